from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest

from explorer.training import launch
from explorer.training.run.directory import RunDirectory, RunStatus
from explorer.training.run.worker_exit import explain_exit, read_exit_code, write_exit_code
from tests.training.runs import tiny_config, wait_for_step, wait_until


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-9, "code -9, killed, or out of memory"),
        (-11, "code -11, a crash inside MXNet"),
        (255, "code 255, a crash inside MXNet"),
        (-6, "code -6, Aborted"),
        (-64, "code -64, Real-time signal 30"),
        (1, "code 1"),
    ],
)
def test_a_code_in_words(code: int, words: str) -> None:
    assert explain_exit(code) == words


def test_a_code_is_that_of_its_process_alone(tmp_path: Path) -> None:
    assert read_exit_code(tmp_path, 7, 1e9) is None
    write_exit_code(tmp_path, 7, 1e9 + 0.25, -9)
    assert read_exit_code(tmp_path, 7, 1e9 + 0.25) == -9
    assert read_exit_code(tmp_path, 8, 1e9 + 0.25) is None
    assert read_exit_code(tmp_path, 7, 1e9 + 50) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"pid": 7, "process_started": null}'])
def test_a_damaged_note_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "exit.json").write_text(content)
    assert read_exit_code(tmp_path, 7, 0.0) is None


def test_a_deleted_run_is_not_made_again(tmp_path: Path) -> None:
    write_exit_code(tmp_path / "gone", 7, 0.0, 0)
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT])
def test_a_worker_that_dies_is_said_with_its_code(
    dataset: Path, root: Path, number: signal.Signals
) -> None:
    run = launch.start_run(tiny_config(dataset, epochs=1000), root)
    wait_for_step(run, 5)
    os.kill(run.read_status().pid, number)
    wait_until(lambda: (run.path / "exit.json").is_file(), "the launcher to note the end")
    status = run.read_status()
    assert status.state == "died"
    how = explain_exit(-number)
    assert status.sentence == (
        f"The worker died ({how}) at step {status.step}; the last checkpoint is kept."
    )


def test_without_a_note_it_is_only_said_that_it_died(tmp_path: Path) -> None:
    run = RunDirectory.create(tiny_config(tmp_path), tmp_path)
    started = psutil.Process().create_time() - 1000
    run.write_status(RunStatus(state="running", pid=os.getpid(), process_started=started, step=840))
    sentence = "The worker died at step 840, and there is no checkpoint."
    assert run.read_status().sentence == sentence
    write_exit_code(run.path, os.getpid(), started - 1000, 1)  # of an earlier worker
    assert run.read_status().sentence == sentence
