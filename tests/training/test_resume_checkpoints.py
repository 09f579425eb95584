"""What a resume does where checkpoints are damaged, half written, or not there at all."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from explorer.files import remove_abandoned
from explorer.training import launch
from explorer.training.launch import NoCheckpointError
from explorer.training.run.checkpoint_list import last_checkpoint, read_position
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
    wait_until,
)


@pytest.fixture
def stopped(finished: RunDirectory, root: Path) -> RunDirectory:
    """A copy of a run of two epochs with both checkpoints, that was stopped at its end."""
    run = RunDirectory(root / finished.run_id)
    shutil.copytree(finished.path, run.path)
    far = {"step": 8, "num_steps": 8, "num_epochs": 2, "epoch": 2, "progress": 1.0}
    run.write_status(RunStatus(state="stopped", **far))
    return run


def _damage(path: Path, how: str) -> None:
    about = path.with_suffix(".json")
    content = json.loads(about.read_text())
    match how:
        case "torn":
            path.write_bytes(path.read_bytes()[:-100])
        case "no states":
            path.with_suffix(".states").unlink()
        case "no description":
            about.unlink()
        case "no JSON":
            about.write_text("{")
        case "a list":
            about.write_text("[]")
        case key:
            content["about"][key] = {"step": "8", "validated_step": None, "epochs": [2]}[key]
            about.write_text(json.dumps(content))


DAMAGES = (
    "torn", "no states", "no description", "no JSON", "a list", "step", "validated_step", "epochs",
)  # fmt: skip


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_checkpoint_is_passed_over(
    finished: RunDirectory, tmp_path: Path, how: str
) -> None:
    folder = tmp_path / "checkpoints"
    shutil.copytree(finished.checkpoints, folder)
    assert last_checkpoint(folder).path == folder / "epoch-0002.params"
    assert last_checkpoint(folder).remark() is None
    _damage(folder / "epoch-0002.params", how)
    last = last_checkpoint(folder)
    assert (last.path, last.passed_over) == (folder / "epoch-0001.params", ("epoch-0002",))
    _damage(folder / "epoch-0001.params", how)
    last = last_checkpoint(folder)
    assert (last.path, last.passed_over) == (None, ("epoch-0002", "epoch-0001"))


def test_that_a_resume_falls_back_is_said(stopped: RunDirectory) -> None:
    _damage(stopped.checkpoints / "epoch-0002.params", "step")
    launch.resume_run(stopped)
    assert wait_for_end(stopped).state == "finished"
    assert events(stopped) == [
        "Checkpoint epoch-0002 is damaged: the run goes on from epoch-0001, step 4."
    ]
    assert last_checkpoint(stopped.checkpoints).passed_over == ()


def test_without_a_good_checkpoint_a_run_begins_again_only_if_it_may(
    stopped: RunDirectory, finished: RunDirectory
) -> None:
    for name in ("epoch-0001", "epoch-0002"):
        _damage(stopped.checkpoints / f"{name}.params", "torn")
    before = stopped.last_written()
    damaged = "Checkpoints epoch-0002, epoch-0001 of run .* are damaged and there is no other"
    with pytest.raises(NoCheckpointError, match=damaged):
        launch.resume_run(stopped)
    with pytest.raises(NoCheckpointError):
        launch.set_epochs(stopped, 3)
    assert stopped.last_written() == before
    launch.resume_run(stopped, from_start=True)
    assert wait_for_end(stopped).state == "finished"
    assert events(stopped) == [
        "Checkpoints epoch-0002, epoch-0001 are damaged and there is no other: the run begins "
        "again from step 0."
    ]
    losses = [[step["class_loss"] for step in of_kind(run, "step")] for run in (stopped, finished)]
    assert losses[0] == losses[1]


def test_a_start_record_that_is_damaged_makes_no_second_beginning(stopped: RunDirectory) -> None:
    path = stopped.path / "records.jsonl"
    first, *others = path.read_text().splitlines(keepends=True)
    path.write_text(first.replace('"start"', "null") + "".join(others))
    _damage(stopped.checkpoints / "epoch-0002.params", "torn")
    launch.resume_run(stopped)
    wait_for_end(stopped)
    assert [record["step"] for record in of_kind(stopped, "step")] == list(range(1, 9))


def test_a_worker_that_dies_before_its_first_checkpoint_claims_none(
    dataset: Path, root: Path
) -> None:
    run = launch.start_run(tiny_config(dataset), root)
    run.send(launch.Command(name="pause"))
    wait_for_state(run, "paused")
    kill(run)
    wait_until(lambda: (run.path / "exit.json").is_file(), "the launcher to note the end")
    assert run.read_status().sentence == (
        "The worker died (code -9, killed, or out of memory) at step 0, and there is no checkpoint."
    )


def test_a_run_that_is_resumed_keeps_how_far_it_came(stopped: RunDirectory) -> None:
    far = {"step", "num_steps", "num_epochs", "epoch", "progress"}
    known = stopped.read_status().model_dump(include=far)
    _damage(stopped.checkpoints / "epoch-0002.params", "torn")
    launch.resume_run(stopped)
    seen: dict[str, dict[str, float]] = {}

    def trains() -> bool:
        status = stopped.read_status()
        if status.state not in ("running", "finished"):
            seen[status.state] = status.model_dump(include=far)
        return not status.active or status.state == "running"

    wait_until(trains, "the worker to train")
    assert seen
    for values in seen.values():
        if values["step"] != 4:  # where the checkpoint is, once it is loaded
            assert values == known
    wait_for_end(stopped)


WRITER = """
import sys, time
from pathlib import Path
from explorer.files import write_atomically

def write(path):
    path.write_text("half")
    print("writing", flush=True)
    time.sleep(600)

write_atomically(Path(sys.argv[1]), write)
"""


def _writes(path: Path) -> subprocess.Popen[str]:
    """Start a process that is in the middle of saving `path`."""
    command = [sys.executable, "-c", WRITER, str(path)]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "writing\n"
    return writer


def _temporary(folder: Path) -> list[str]:
    return sorted(path.name.split(".")[1] for path in folder.rglob(".*.tmp"))


def test_what_a_killed_save_left_goes_at_the_next_start_and_that_of_the_living_stays(
    stopped: RunDirectory,
) -> None:
    killed, living = (_writes(stopped.checkpoints / f"{name}.params") for name in ("dead", "alive"))
    others = _writes(stopped.film / "frame-00000001.json")
    try:
        for writer in (killed, others):
            writer.send_signal(signal.SIGKILL)
            os.waitid(os.P_PID, writer.pid, os.WEXITED | os.WNOWAIT)  # a zombie is dead, too
        (stopped.path / ".mine.tmp").write_text("of somebody else")
        assert _temporary(stopped.checkpoints) == ["alive", "dead"]
        launch.resume_run(stopped)
        wait_for_end(stopped)
        # The launcher may be writing down how it ended just now.
        wait_until(lambda: _temporary(stopped.path) == ["alive", "mine"], "the others to go")
    finally:
        for writer in (killed, living, others):
            writer.kill()
            writer.communicate()
    remove_abandoned(stopped.path)
    assert _temporary(stopped.path) == ["mine"]


def test_killed_in_the_midst_of_a_save_a_run_has_its_last_checkpoint(
    dataset: Path, root: Path
) -> None:
    run = launch.start_run(tiny_config(dataset, epochs=1000), root)
    wait_until(lambda: last_checkpoint(run.checkpoints).path, "a checkpoint")
    process = psutil.Process(run.read_status().pid)
    wait_until(lambda: list(run.checkpoints.glob(".*.tmp")), "a save", pause=0.0)
    process.kill()
    wait_until(lambda: (run.path / "exit.json").is_file(), "the launcher to note the end")
    assert run.read_status().sentence.endswith("; the last checkpoint is kept.")
    last = last_checkpoint(run.checkpoints).path
    assert last is not None
    at = read_position(last).step
    launch.resume_run(run)
    wait_for_step(run, at + 1)
    stop(run)
    # The launcher may just be writing how it ended.
    wait_until(lambda: _temporary(run.path) == [], "no temporary file to be left")
    steps = [record["step"] for record in of_kind(run, "step")]
    assert steps == list(range(1, len(steps) + 1))
