"""A run that has ended is told to go on to more epochs, by real processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.training import launch
from explorer.training.launch import AlreadyRunningError
from explorer.training.run import plan
from explorer.training.run.command import Command
from explorer.training.run.directory import RunDirectory, RunStatus
from tests.training.runs import (
    events,
    kill,
    of_kind,
    stop,
    tiny_config,
    wait_for_end,
    wait_for_state,
    wait_for_step,
)


def _files(run: RunDirectory, name: str) -> list[bytes]:
    return [(run.checkpoints / f"{name}.{suffix}").read_bytes() for suffix in ("params", "states")]


def test_a_finished_run_goes_on_to_the_bits_of_one_that_was_longer_from_the_start(
    dataset: Path, tmp_path: Path, root: Path
) -> None:
    config = tiny_config(dataset, epochs=1, schedule="constant", augment="full")
    whole = launch.start_run(config.with_(epochs=2), tmp_path / "whole")
    assert wait_for_end(whole).state == "finished"
    run = launch.start_run(config, root)
    assert wait_for_end(run).state == "finished"
    launch.set_epochs(run, 2)
    status = wait_for_end(run)
    assert (status.state, status.step, status.num_steps, status.num_epochs) == ("finished", 8, 8, 2)
    assert status.progress == 1.0
    kinds = [record["kind"] for record in run.records()]
    epoch = [*["step"] * 4, "epoch"]
    assert kinds == ["start", *epoch, "end", "resume", "event", *epoch, "end"]
    assert [record["step"] for record in of_kind(run, "step")] == list(range(1, 9))
    assert events(run) == ["Epochs set to 2."]
    figures = [
        [(r["epoch"], r["ap50"], r["map"]) for r in of_kind(one, "epoch")] for one in (run, whole)
    ]
    assert figures[0] == figures[1]
    for name in ("epoch-0001", "epoch-0002"):
        assert _files(run, name) == _files(whole, name)
    assert run.read_config() == config  # what was asked at first stays on record


def test_the_schedule_follows_the_new_length_also_after_a_kill(dataset: Path, root: Path) -> None:
    config = tiny_config(dataset, epochs=1)
    assert config.schedule == "cosine"
    run = launch.start_run(config, root)
    wait_for_end(run)
    run.send(Command(name="stop"))  # it came too late, and is no wish for the next worker
    launch.set_epochs(run, 1000)
    run.send(Command(name="pause"))
    assert wait_for_state(run, "paused").step == 5
    kill(run)  # before the new number has reached a checkpoint
    launch.resume_run(run)
    run.send(Command(name="pause"))
    status = wait_for_state(run, "paused")
    assert (status.step, status.num_steps, status.num_epochs) == (5, 4000, 1000)
    for _ in range(2):  # a run under way gets the command; asking twice is asking once
        launch.set_epochs(run, 3)
    run.send(Command(name="resume"))
    status = wait_for_end(run)
    assert (status.state, status.step, status.num_steps) == ("finished", 12, 12)
    assert plan.read_epochs(run.path) == 3
    rates = [step["learning_rate"] for step in of_kind(run, "step")]
    lengths = [4] * 4 + [4000] + [12] * 7
    assert rates == [config.learning_rate_at(step, n) for step, n in enumerate(lengths)]


def test_a_stopped_run_and_one_whose_checkpoint_is_damaged_keep_the_wish(
    dataset: Path, root: Path
) -> None:
    run = launch.start_run(tiny_config(dataset, epochs=1000), root)
    run.send(Command(name="pause"))
    wait_for_state(run, "paused")
    run.send(Command(name="step"))
    wait_for_step(run, 1)
    stop(run)
    launch.set_epochs(run, 1)
    assert (wait_for_end(run).state, run.read_status().step) == ("finished", 4)
    for path in run.checkpoints.glob("*.params"):
        path.write_bytes(path.read_bytes()[:-1])
    launch.set_epochs(run, 2, from_start=True)
    status = wait_for_end(run)
    assert (status.state, status.step, status.num_epochs) == ("finished", 8, 2)
    assert [record["step"] for record in of_kind(run, "resume")] == [1, 0]
    assert [record["step"] for record in of_kind(run, "step")] == list(range(1, 9))


def test_what_a_run_cannot_be_told(finished: RunDirectory, dataset: Path, root: Path) -> None:
    for epochs in (1, 2):
        with pytest.raises(
            ValueError, match=rf"ended epoch 2: ask for more than 2 epochs, not {epochs}\.$"
        ):
            launch.set_epochs(finished, epochs)
    for epochs in (0, 10_001):
        with pytest.raises(ValueError, match=r"whole number from 1 to 10000|greater than 0"):
            launch.set_epochs(finished, epochs)
    with pytest.raises(ValueError, match=f"runs set {finished.run_id} --epochs N"):
        launch.resume_run(finished)
    assert plan.read_epochs(finished.path) is None
    assert finished.read_status().state == "finished"

    other = launch.start_run(tiny_config(dataset, epochs=1000), root)
    ended = RunDirectory.create(tiny_config(dataset), root)
    ended.write_status(RunStatus(state="stopped"))
    with pytest.raises(AlreadyRunningError, match=other.run_id):
        launch.set_epochs(ended, 3)
    assert plan.read_epochs(ended.path) is None
    assert list(other.follow_commands()) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"epochs": 0}', '{"epochs": 2.5}', '{"epochs": "3"}'])
def test_a_damaged_plan_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(ValueError, match=r"plan\.json is damaged: "):
        plan.read_epochs(tmp_path)
    plan.write_epochs(tmp_path, 3)
    assert plan.read_epochs(tmp_path) == 3
