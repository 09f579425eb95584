"""The worker as users meet it: a process that is started, asked, interrupted and killed."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from explorer.config import TrainConfig
from explorer.datasets import open_dataset
from explorer.engine import Engine
from explorer.engine.checkpoint import load_checkpoint
from explorer.evaluation.evaluate import evaluate
from explorer.net.runtime import choose_device
from explorer.training import checkpoints, launch
from explorer.training.run.command import Command
from explorer.training.run.directory import RunDirectory, RunStatus
from explorer.training.run.history import summarise_run
from explorer.training.run.sentences import status_sentence
from explorer.training.worker import main
from tests.datasets.record_files import jpeg, spoil_images
from tests.training.runs import (
    events,
    kill,
    of_kind,
    stop,
    tiny_config,
    wait_for_end,
    wait_for_state,
    wait_for_step,
    wait_until,
    write_tiny_dataset,
)


def _weights_on_disk(run: RunDirectory, name: str) -> dict[str, bytes]:
    return {
        suffix: (run.checkpoints / name).with_suffix(suffix).read_bytes()
        for suffix in (".params", ".states")
    }


def test_a_run_writes_all_that_a_reader_needs(finished: RunDirectory, dataset: Path) -> None:
    status = finished.read_status()
    assert (status.state, status.step, status.num_steps, status.epoch) == ("finished", 8, 8, 2)
    assert status.progress == 1.0
    kinds = [record["kind"] for record in finished.follow_records()]
    assert kinds == ["start", *["step"] * 4, "epoch", *["step"] * 4, "epoch", "end"]
    times = [record["time"] for record in finished.follow_records()]
    assert times == sorted(times)
    start = next(iter(finished.follow_records()))
    assert start["fingerprint"] == open_dataset(dataset, "train").fingerprint
    for record in of_kind(finished, "epoch"):
        assert all(0.0 <= record[name] <= 1.0 for name in ("ap50", "ap75", "map"))
    assert checkpoints.latest(finished.checkpoints) == finished.checkpoints / "epoch-0002.params"
    frames = sorted(path.name for path in finished.film.glob("frame-*.json"))
    assert frames == [f"frame-{step:08d}.json" for step in range(9)]
    described = json.loads((finished.film / "images.json").read_text())
    assert described["class_names"] == ["class 0"]
    for number, labels in enumerate(described["labels"]):
        image = cv2.imread(str(finished.film / f"image-{number}.png"))
        assert image.shape == (64, 64, 3)
        assert np.array(labels).shape == (1, 5)
        boxes = np.array(described["anchor_boxes"][number])
        assert boxes.shape == (len(described["anchor_gt"][number]), 4)
        last = json.loads((finished.film / frames[-1]).read_text())["images"][number]
        assert len(last["anchor_score"]) == len(boxes) > 0
    assert "Traceback" not in finished.log.read_text()


def test_every_image_that_cannot_be_read_is_said_before_the_first_step(
    tmp_path: Path, root: Path
) -> None:
    folder = write_tiny_dataset(tmp_path / "damaged")
    path = spoil_images(folder / "train.rec", {3: jpeg(3)[:-300], 7: b"no image", 11: b""})
    run = launch.start_run(tiny_config(folder), root)
    status = wait_for_state(run, "failed")
    assert status.sentence == (
        "train.rec, record 3 is damaged or cut off; record 7 is not a readable image (JPEG, PNG, "
        "WebP, BMP or GIF); record 11 is empty (3 of 16 records are bad)"
    )
    assert of_kind(run, "step") == []
    write_tiny_dataset(folder)
    spoil_images(folder / "val.rec", {2: b"no image"})
    run = launch.start_run(tiny_config(folder), root)
    assert wait_for_state(run, "failed").sentence == (
        "val.rec, record 2 is not a readable image (JPEG, PNG, WebP, BMP or GIF)"
    )
    with pytest.raises(ValueError, match=r"^val\.rec, record 2 is not a readable image"):
        evaluate(Engine(class_names=("class 0",), device="cpu"), open_dataset(folder))
    assert path.is_file()


def test_commands_are_obeyed_one_step_at_a_time(dataset: Path, root: Path) -> None:
    run = launch.start_run(tiny_config(dataset, epochs=1000, schedule="constant"), root)
    run.send(Command(name="pause"))  # before its process can have read anything
    paused = wait_for_state(run, "paused")
    assert paused.step == 0
    for step in (1, 2):
        run.send(Command(name="step"))
        wait_for_step(run, step)
        wait_for_state(run, "paused")
        time.sleep(0.3)
        assert run.read_status().step == step
    run.send(Command(name="set_learning_rate", value=0.00125))
    run.send(Command(name="checkpoint"))
    saved = wait_until(lambda: checkpoints.latest(run.checkpoints), "a checkpoint")
    assert saved.name == "epoch-0000-step-0002.params"
    with (run.path / "commands.jsonl").open("a") as stream:
        stream.write('{"name": "explode"}\n["stop"]\nstop\n')  # not commands: passed over
    run.send(Command(name="resume"))
    wait_for_step(run, 6)
    stop(run)
    status = run.read_status()
    assert status.state == "stopped"
    rates = [step["learning_rate"] for step in of_kind(run, "step")]
    assert rates[:2] == [0.002, 0.002]
    assert set(rates[2:]) == {0.00125}
    assert events(run) == [
        "Learning rate set to 0.00125.",
        "Checkpoint epoch-0000-step-0002 saved.",
    ]
    commands = [line.get("id") for line in run.follow_commands() if line.get("id")]
    answers = [each for record in run.follow_records() for each in record.get("answers", [])]
    assert answers == commands  # each once, in the order of asking
    last = checkpoints.latest(run.checkpoints)
    assert last is not None
    assert json.loads(last.with_suffix(".json").read_text())["about"]["step"] == status.step


def test_a_run_is_steered_and_what_was_asked_survives_a_kill(dataset: Path, root: Path) -> None:
    config = tiny_config(dataset, epochs=1000)
    run = launch.start_run(config, root)
    run.send(Command(name="pause"))
    wait_for_state(run, "paused")
    for _ in range(2):  # asking twice is asking once
        run.send(Command(name="set_epochs", value=3))
        run.send(Command(name="set_learning_rate", value=0.005))
    run.send(Command(name="step"))
    wait_for_step(run, 1)
    wait_for_state(run, "paused")
    run.send(Command(name="set_learning_rate"))
    run.send(Command(name="checkpoint"))
    wait_until(lambda: checkpoints.latest(run.checkpoints), "a checkpoint")
    status = run.read_status()
    assert (status.num_steps, status.num_epochs, status.progress) == (12, 3, 1 / 12)
    kill(run)
    launch.resume_run(run)
    status = wait_for_end(run)
    assert (status.state, status.step, status.num_steps, status.progress) == ("finished", 12, 12, 1)
    assert events(run) == [
        *["Epochs set to 3.", "Learning rate set to 0.005."] * 2,
        "Learning rate follows the recipe again.",
        "Checkpoint epoch-0000-step-0001 saved.",
    ]
    rates = [step["learning_rate"] for step in of_kind(run, "step")]
    assert rates == [0.005, *(config.learning_rate_at(step, 12) for step in range(1, 12))]
    assert run.read_config() == config  # what was asked at first stays on record


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_a_checkpoint_from_which_it_goes_on(
    dataset: Path, root: Path, number: signal.Signals
) -> None:
    run = RunDirectory.create(tiny_config(dataset, epochs=50), root)
    worker = subprocess.Popen([sys.executable, "-m", "explorer.training.worker", str(run.path)])
    wait_for_step(run, 3)
    worker.send_signal(number)
    assert worker.wait() == 0
    stopped = run.read_status()
    assert stopped.state == "stopped"
    assert f"step {stopped.step}" in stopped.sentence
    if number == signal.SIGINT:
        return
    launch.resume_run(run)
    wait_for_step(run, stopped.step + 2)
    stop(run)
    steps = [record["step"] for record in of_kind(run, "step")]
    assert steps == list(range(1, len(steps) + 1))
    (resumed,) = of_kind(run, "resume")
    assert resumed["step"] == stopped.step


def _killed_and_resumed(
    config: TrainConfig, root: Path, moments: list[tuple[int, float]]
) -> RunDirectory:
    """Kill a run that many seconds after each of these steps, each time resuming it."""
    run = launch.start_run(config, root)
    for step, seconds in moments:
        wait_for_step(run, step)
        time.sleep(seconds)
        kill(run)
        status = run.read_status()
        if status.state == "finished":  # it was faster
            break
        assert status.state == "died"
        launch.resume_run(run, from_start=True)  # it may have died before its first checkpoint
    assert wait_for_end(run).state == "finished"
    return run


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_killed_at_any_moment_it_ends_with_the_same_bits(
    dataset: Path, tmp_path: Path, root: Path, optimizer: str
) -> None:
    config = tiny_config(dataset, epochs=4, optimizer=optimizer)
    whole = launch.start_run(config, tmp_path / "whole")
    seed = random.randrange(10**6)
    moment = (random.Random(seed).randint(1, 14), random.Random(seed).uniform(0, 0.03))
    assert wait_for_end(whole).state == "finished"
    killed = _killed_and_resumed(config, root, [moment])
    for name in ("epoch-0002", "epoch-0003", "epoch-0004"):
        assert _weights_on_disk(killed, name) == _weights_on_disk(whole, name), moment
    losses = [[step["class_loss"] for step in of_kind(run, "step")] for run in (killed, whole)]
    assert losses[0] == losses[1]
    assert [r["step"] for r in of_kind(killed, "epoch")] == [4, 8, 12, 16]


@pytest.mark.slow
def test_killed_many_times_it_ends_with_the_same_bits(dataset: Path, tmp_path: Path) -> None:
    config = tiny_config(dataset, epochs=12)
    whole = launch.start_run(config, tmp_path / "whole")
    assert wait_for_end(whole).state == "finished"
    seed = random.randrange(10**6)
    rng = random.Random(seed)
    for attempt in range(5):
        moments = [(step, rng.uniform(0, 0.1)) for step in sorted(rng.sample(range(1, 46), 4))]
        killed = _killed_and_resumed(config, tmp_path / str(attempt), moments)
        assert _weights_on_disk(killed, "epoch-0012") == _weights_on_disk(whole, "epoch-0012"), seed


def test_a_damaged_last_checkpoint_is_passed_over_and_made_again(
    finished: RunDirectory, root: Path
) -> None:
    run = RunDirectory(root / finished.run_id)
    shutil.copytree(finished.path, run.path)
    whole = _weights_on_disk(run, "epoch-0002")
    torn = run.checkpoints / "epoch-0002.params"
    torn.write_bytes(torn.read_bytes()[:-100])
    run.write_status(RunStatus(state="stopped"))
    launch.resume_run(run)
    assert wait_for_end(run).state == "finished"
    (resumed,) = of_kind(run, "resume")
    assert resumed["step"] == 4
    assert _weights_on_disk(run, "epoch-0002") == whole


def test_a_huge_learning_rate_fails_with_a_sentence_and_keeps_the_good_checkpoint(
    dataset: Path, root: Path
) -> None:
    config = tiny_config(dataset, epochs=1000, optimizer="sgd", schedule="constant")
    run = launch.start_run(config, root)
    wait_until(lambda: checkpoints.latest(run.checkpoints), "the first epoch's checkpoint")
    run.send(Command(name="set_learning_rate", value=1e6))
    status = wait_for_end(run)
    assert status.state == "failed"
    for words in ("Stopped", "record", "lower learning rate"):
        assert words in status.sentence
    told = json.loads((run.path / "tripwire.json").read_text())
    assert status_sentence(told) == status.sentence
    assert told["step"] - (told["split"] == "train") == status.step
    assert told["term"] in ("output", "class loss", "box loss", "gradient")
    assert str(told["record_ids"][0]) in status.sentence
    assert [each["file"] for each in told["images"]] == [
        f"tripwire-{n}.png" for n in range(min(4, len(told["record_ids"])))
    ]
    for each, record_id in zip(told["images"], told["record_ids"], strict=False):
        assert each["record_id"] == record_id
        assert cv2.imread(str(run.path / each["file"])).shape == (64, 64, 3)
        assert np.array(each["labels"]).shape == (1, 5)
    last = checkpoints.latest(run.checkpoints)
    assert last is not None
    for path in run.checkpoints.glob("*.params"):
        net, _ = load_checkpoint(path, choose_device("cpu"))
        for parameter in net.collect_params().values():
            assert np.isfinite(parameter.data().asnumpy()).all()
    assert "Traceback" in run.log.read_text()


@pytest.mark.parametrize("megabytes", [50, 400])
def test_memory_that_is_full_is_said_with_half_the_batch(
    dataset: Path, root: Path, megabytes: int
) -> None:
    run = launch.start_run(tiny_config(dataset, batch_size=16, input_size=512), root)
    run.send(Command(name="pause"))
    process = psutil.Process(wait_for_state(run, "paused").pid)
    most = process.memory_info().vms + megabytes * 10**6
    process.rlimit(psutil.RLIMIT_AS, (most, psutil.RLIM_INFINITY))
    run.send(Command(name="resume"))
    status = wait_for_end(run)
    assert (status.state, status.step) == ("failed", 0)
    assert status.sentence == "The device's memory is full: try a batch size of 8."


def test_a_run_that_was_ruined_in_12_steps_is_not_called_finished(
    dataset: Path, root: Path
) -> None:
    run = launch.start_run(tiny_config(dataset, epochs=3, learning_rate=1.0), root)
    status = wait_for_end(run)
    assert (status.state, status.step, status.num_steps) == ("diverged", 12, 12)
    losses = [step["class_loss"] + step["box_loss"] for step in of_kind(run, "step")]
    assert sorted(losses)[-2] > 10 * losses[0]
    assert status.sentence.startswith(f"The loss rose from {losses[0]:.1f} to {max(losses):,.0f}, ")
    assert status.sentence.endswith("start again with a lower learning rate.")
    assert summarise_run(run).state == "diverged"
    (end,) = of_kind(run, "end")
    assert end["state"] == "diverged"
    with pytest.raises(
        ValueError, match="has come to its last step, so there is nothing to resume"
    ):
        launch.resume_run(run)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Callable[[RunDirectory], int]:
    """Work on a run in this process: quicker, where no signal and no kill is meant."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # the tests' own handlers stay
    return lambda run: main([str(run.path)])


def test_data_that_is_exchanged_during_a_run_is_noticed(
    tmp_path: Path, root: Path, work: Callable[[RunDirectory], int]
) -> None:
    folder = write_tiny_dataset(tmp_path / "data")
    run = RunDirectory.create(tiny_config(folder), root)
    assert work(run) == 0
    write_tiny_dataset(folder, num_train=12)
    assert work(run) == 1
    status = run.read_status()
    assert status.state == "failed"
    assert "data set has changed" in status.sentence


def test_a_small_data_set_is_said_to_be_small(
    tmp_path: Path, root: Path, work: Callable[[RunDirectory], int]
) -> None:
    write_tiny_dataset(tmp_path / "data", num_train=3, num_val=1)
    run = RunDirectory.create(tiny_config(tmp_path / "data", epochs=1, batch_size=8), root)
    assert work(run) == 0
    assert run.read_status().state == "finished"
    (event,) = events(run)
    assert "3 images, fewer than a batch of 8" in event


def test_a_stop_while_the_data_set_is_made_leaves_nothing(
    tmp_path: Path,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    work: Callable[[RunDirectory], int],
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "backgrounds").symlink_to(Path(__file__).parents[2] / "data" / "backgrounds")
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(data))
    run = RunDirectory.create(TrainConfig(dataset="creature", device="cpu"), root)
    run.send(Command(name="stop"))
    assert work(run) == 0
    status = run.read_status()
    assert (status.state, status.step) == ("stopped", 0)
    assert [path.name for path in data.iterdir()] == ["backgrounds"]


@pytest.mark.parametrize("name", ["no-such-folder", "pikachu"])
def test_a_missing_data_set_fails_with_a_sentence(
    tmp_path: Path,
    root: Path,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    work: Callable[[RunDirectory], int],
) -> None:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path))
    for proxy in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")  # nobody answers there
    # It reads the two at the first download of a process, and keeps them.
    monkeypatch.setattr(urllib.request, "_opener", None)
    run = RunDirectory.create(tiny_config(Path(name)), root)
    assert work(run) == 1
    status = run.read_status()
    assert status.state == "failed"
    assert name in status.sentence
    assert "\n" not in status.sentence
    assert not list(tmp_path.glob("pikachu/*.rec"))
