"""`ssd-explorer train` and `resume` when their worker dies, or has no good checkpoint."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.training import launch
from explorer.training.run.directory import RunDirectory, list_runs
from explorer.training.run.worker_exit import explain_exit
from tests.places import ROOT
from tests.training.runs import (
    kill,
    of_kind,
    tiny_config,
    wait_for_end,
    wait_for_step,
    wait_until,
    write_tiny_dataset,
)

TINY = ("--epochs", "1000", "--input-size", "64", "--batch-size", "4", "--device", "cpu")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "runs"
    about = {"SSD_EXPLORER_RUNS": folder, "SSD_EXPLORER_THREADS": 1, "PYTHONPATH": ROOT}
    for name, value in about.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.chdir(tmp_path)
    write_tiny_dataset(tmp_path / "tiny")
    yield folder
    for run in list_runs(folder):
        kill(run)


def _explorer(*arguments: str, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "explorer.cli", *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **options)


def _started(root: Path) -> RunDirectory:
    return wait_until(lambda: list_runs(root), "a run")[0]


@pytest.mark.parametrize("step", [1, 9])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_what_a_worker_died_of_is_said(root: Path, number: signal.Signals, step: int) -> None:
    command = _explorer("train", "--dataset", "tiny", *TINY)
    run = _started(root)
    wait_for_step(run, step)
    os.kill(run.read_status().pid, number)
    _out, said = command.communicate()
    assert command.returncode == 2
    assert f"The worker died ({explain_exit(-number)}) at step" in said
    assert (run.path / "exit.json").is_file()


def test_a_worker_that_is_asked_to_end_has_not_died(root: Path) -> None:
    command = _explorer("train", "--dataset", "tiny", *TINY)
    run = _started(root)
    wait_for_step(run, 2)
    os.kill(run.read_status().pid, signal.SIGTERM)
    _out, said = command.communicate()
    assert command.returncode == 130
    assert "Stopped at step" in said


@pytest.fixture
def without_checkpoint(root: Path, tmp_path: Path) -> RunDirectory:
    """A run that died in its first epoch."""
    run = launch.start_run(tiny_config(tmp_path / "tiny", epochs=1), root)
    run.send(launch.Command(name="pause"))
    run.send(launch.Command(name="step"))
    wait_for_step(run, 1)
    kill(run)
    assert list(run.checkpoints.glob("*.params")) == []
    return run


@pytest.mark.parametrize("command", [("resume",), ("runs", "resume"), ("runs", "set")])
def test_nobody_is_asked_where_nobody_can_answer(
    without_checkpoint: RunDirectory, command: tuple[str, ...]
) -> None:
    epochs = ("--epochs", "2") if "set" in command else ()
    refused = _explorer(*command, "last", *epochs, stdin=subprocess.DEVNULL)
    _out, said = refused.communicate()
    assert refused.returncode == 2
    assert said == (
        f"error: Run {without_checkpoint.run_id} has no checkpoint: it can only begin again from "
        "step 0. To have it do so: --from-start\n"
    )
    assert without_checkpoint.read_status().state == "died"
    allowed = _explorer(*command, "last", *epochs, "--from-start", stdin=subprocess.DEVNULL)
    allowed.communicate()
    assert allowed.returncode == 0
    assert wait_for_end(without_checkpoint).state == "finished"
    steps = [record["step"] for record in of_kind(without_checkpoint, "step")]
    assert steps == list(range(1, 9 if epochs else 5))


@pytest.mark.parametrize(("answer", "code", "state"), [("n", 2, "died"), ("y", 0, "finished")])
def test_whoever_sits_at_a_terminal_is_asked(
    without_checkpoint: RunDirectory, answer: str, code: int, state: str
) -> None:
    keyboard, terminal = pty.openpty()
    os.write(keyboard, f"{answer}\n".encode())
    command = _explorer("resume", "last", stdin=terminal)
    _out, said = command.communicate()
    for end in (keyboard, terminal):
        os.close(end)
    assert "has no checkpoint: it can only begin again from step 0. Begin again? [y/N]" in said
    assert command.returncode == code
    assert ("Nothing was started." in said) == (answer == "n")
    assert without_checkpoint.read_status().state == state


def test_a_ruined_run_is_no_success(root: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.params"
    rate = ("--epochs", "3", "--learning-rate", "1.0", "--save", str(kept))
    command = _explorer("train", "--dataset", "tiny", *TINY, *rate)
    _out, said = command.communicate()
    assert command.returncode == 2
    (run,) = list_runs(root)
    first, second = said.splitlines()[-2:]
    assert first == f"error: {run.read_status().sentence}"
    assert "start again with a lower learning rate" in first
    assert second == f"{kept} was not written, since the training diverged."
    assert not kept.exists()
    listed = subprocess.run(
        [sys.executable, "-m", "explorer.cli", "runs", "list"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert " diverged " in listed.stdout
    assert "finished" not in listed.stdout


def test_a_damaged_checkpoint_that_is_passed_over_is_said(root: Path, tmp_path: Path) -> None:
    run = launch.start_run(tiny_config(tmp_path / "tiny"), root)
    wait_for_end(run)
    run.write_status(run.read_status().model_copy(update={"state": "stopped"}))
    (run.checkpoints / "epoch-0002.json").write_text("{")
    said = "Checkpoint epoch-0002 is damaged: the run goes on from epoch-0001, step 4."
    command = _explorer("runs", "resume", "last")
    assert command.communicate()[1].splitlines() == [
        f"Run {run.run_id} goes on in a new process.",
        f"Run {run.run_id}: {said}",
    ]
    wait_for_end(run)
    run.write_status(run.read_status().model_copy(update={"state": "stopped"}))
    (run.checkpoints / "epoch-0002.json").write_text("{")
    command = _explorer("resume", "last")
    assert command.communicate()[1].splitlines().count(said) == 2  # it happened twice
    assert command.returncode == 0
