"""Runs that begin with a detector's weights: which these are, and that a resume needs no file."""

from __future__ import annotations

import hashlib
import itertools
import json
import signal
from pathlib import Path

import numpy as np
import pytest

from explorer.config import SHIPPED_DETECTORS, TrainConfig
from explorer.engine import Engine
from explorer.engine.checkpoint import load_checkpoint
from explorer.engine.checkpoint_files import CheckpointError, describe_checkpoint
from explorer.engine.pretrained import pretrained_path
from explorer.net.runtime import choose_device
from explorer.training import checkpoints, launch
from explorer.training.loop import Training
from explorer.training.run.command import Command
from explorer.training.run.directory import RunDirectory, list_runs
from explorer.training.run.sentences import event_sentence
from explorer.training.worker import main
from tests.training.runs import (
    events,
    new_training,
    of_kind,
    tiny_config,
    wait_for_end,
    wait_for_state,
    wait_for_step,
    weights,
)

TAKEN = (
    "Taken from detector.params: body, 3 down-samplings, box and class heads of all maps; "
    "nothing is new."
)


@pytest.fixture
def detector(finished: RunDirectory, tmp_path: Path) -> Path:
    """The detector of a finished run on the same data, as a file of its own."""
    last = checkpoints.latest(finished.checkpoints)
    assert last is not None
    path = tmp_path / "detector.params"
    for suffix in (".params", ".json"):
        path.with_suffix(suffix).write_bytes(last.with_suffix(suffix).read_bytes())
    return path


@pytest.fixture
def config(dataset: Path, detector: Path) -> TrainConfig:
    return tiny_config(dataset, pretrained=str(detector), seed=3)


def _change(detector: Path) -> None:
    """Put other weights, whole ones, in the place of the detector's."""
    Engine(("class 0",), "creature", 64, "cpu", seed=9).save(detector)


def _train(training: Training, num_steps: int) -> list[float]:
    steps = (record for record in training.records() if record["kind"] == "step")
    return [r["class_loss"] + r["box_loss"] for r in itertools.islice(steps, num_steps)]


def test_the_name_and_the_path(tmp_path: Path) -> None:
    assert pretrained_path(str(tmp_path / "a.params")) == tmp_path / "a.params"
    detector, content = describe_checkpoint(pretrained_path("creature"))
    assert detector.class_names == SHIPPED_DETECTORS == ("creature",)
    assert content["about"]["recipe"] == "fast"


def test_a_training_begins_with_them_and_the_seed_brings_the_same_again(
    config: TrainConfig, detector: Path
) -> None:
    begun, again = new_training(config), new_training(config)
    given, _ = load_checkpoint(detector, choose_device("cpu"))
    for name, parameter in given._collect_params_with_prefix().items():
        np.testing.assert_array_equal(weights(begun)[name], parameter.data().asnumpy())
    (remark,) = begun.remarks()
    assert event_sentence(remark) == TAKEN
    losses = _train(begun, 3)
    assert losses == _train(again, 3)
    noise = new_training(config.with_(pretrained=""))
    assert list(noise.remarks()) == []
    assert losses[0] < 0.75 * _train(noise, 1)[0]


def test_a_resume_is_bit_equal_and_the_file_may_be_gone(
    config: TrainConfig, detector: Path, tmp_path: Path
) -> None:
    whole, broken_off = new_training(config), new_training(config)
    losses = _train(whole, 8)
    first = _train(broken_off, 3)
    path = checkpoints.save(broken_off, tmp_path / "checkpoints")
    detector.unlink()
    resumed = new_training(config.with_(pretrained=""))  # as the worker does
    checkpoints.restore(resumed, path)
    assert first + _train(resumed, 5) == losses
    one, other = weights(whole), weights(resumed)
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_a_run_says_what_it_began_with_and_its_process_goes_on_without(
    config: TrainConfig, detector: Path, root: Path
) -> None:
    config = config.with_(epochs=1)
    whole = launch.start_run(config, root)
    wait_for_end(whole)
    run = launch.start_run(config, root)
    run.send(Command(name="pause"))
    wait_for_state(run, "paused")
    run.send(Command(name="step"))
    wait_for_step(run, 1)
    run.send(Command(name="stop"))
    wait_for_end(run)
    digest = hashlib.sha256(detector.read_bytes()).hexdigest()
    detector.unlink()
    launch.resume_run(run)
    assert wait_for_end(run).state == "finished"
    for each in (whole, run):
        assert each.read_config().pretrained == str(detector)
        assert each.read_origin().pretrained_sha256 == digest
        assert events(each) == [TAKEN]
    last = "epoch-0001.params"
    assert (run.checkpoints / last).read_bytes() == (whole.checkpoints / last).read_bytes()


def test_without_pretrained_weights_there_is_no_digest(finished: RunDirectory) -> None:
    assert finished.read_origin().pretrained_sha256 is None
    path = finished.path / "config.json"
    assert json.loads(path.read_text())["pretrained_sha256"] is None


def test_a_missing_file_is_said_before_there_is_a_run(
    config: TrainConfig, detector: Path, root: Path
) -> None:
    detector.unlink()
    with pytest.raises(CheckpointError, match=r"detector\.params does not exist"):
        launch.start_run(config, root)
    assert list_runs(root) == []


def test_a_damaged_file_is_said_before_there_is_a_run(
    config: TrainConfig, detector: Path, root: Path
) -> None:
    detector.write_bytes(detector.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match="is damaged: its SHA-256 is not the one in"):
        launch.start_run(config, root)
    assert list_runs(root) == []


def test_other_weights_than_those_noted_are_refused(
    config: TrainConfig, detector: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # the tests' own handlers stay
    run = RunDirectory.create(config, root)
    _change(detector)  # before a first checkpoint: the run must begin again with the same
    assert main([str(run.path)]) == 1
    status = run.read_status()
    assert (status.state, status.step) == ("failed", 0)
    assert status.sentence == (
        f"{detector} has changed since this run was made: bring the former file back, or start "
        "a new run."
    )
    assert of_kind(run, "start") == of_kind(run, "step") == []


def test_the_engine_begins_with_them_too(detector: Path) -> None:
    train = TrainConfig(pretrained=str(detector))
    engine = Engine(("ace", "king"), "creature", 64, "cpu", train=train)
    image = np.zeros((64, 64, 3), np.uint8)
    offsets = engine.predict([image]).offsets
    np.testing.assert_array_equal(
        offsets, Engine.load(detector, "cpu").predict([image]).offsets
    )  # the box heads fit, the class heads do not
