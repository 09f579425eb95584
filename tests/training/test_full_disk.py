"""A full disk: the run waits with all it has, and goes on as if nothing had been.

A small disk of its own where the system lets us mount one; elsewhere, and for a worker that
already runs, a limit of the size of files stands for it.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from explorer.training import checkpoints, launch, worker
from explorer.training.run.command import Command
from explorer.training.run.directory import RunDirectory, RunStatus
from explorer.training.run.journal import Journal
from tests.training.runs import (
    files_no_larger_than,
    kill,
    of_kind,
    step_record,
    tiny_config,
    wait_for_end,
    wait_for_state,
    wait_until,
)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 40 MB with a folder of runs."""
    mount = shutil.which("mount")
    disk = tmp_path / "disk"
    disk.mkdir()
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(disk)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    try:
        yield disk
    finally:
        for run in (disk / "runs").glob("*-*"):
            kill(RunDirectory(run))
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def _fill(disk: Path) -> Path:
    """Take all the room there is."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as stream:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while stream.write(b"x" * size) == size:
                    pass
            except OSError:
                continue
    return filler


def _figures(run: RunDirectory) -> list[tuple[int, float]]:
    return [(step["step"], step["class_loss"]) for step in of_kind(run, "step")]


def _assert_same_as_undisturbed(run: RunDirectory, finished: RunDirectory) -> None:
    assert run.read_status().state == "finished"
    assert _figures(run) == _figures(finished)
    kinds = [r["kind"] for r in run.follow_records() if r["kind"] != "answer"]
    follower = finished.follow_records()
    assert kinds == [record["kind"] for record in follower]
    assert follower.num_left_out == 0
    for suffix in (".params", ".states"):
        path = (Path("checkpoints") / "epoch-0002").with_suffix(suffix)
        assert (run.path / path).read_bytes() == (finished.path / path).read_bytes()


def test_on_a_full_disk_a_run_waits_and_loses_nothing(
    dataset: Path, small_disk: Path, finished: RunDirectory
) -> None:
    run = launch.start_run(tiny_config(dataset), small_disk / "runs")
    run.send(Command(name="pause"))
    process = psutil.Process(wait_for_state(run, "paused").pid)
    run.log.write_text("so that it has a block\n")
    filler = _fill(small_disk)
    run.send(Command(name="resume"))  # fits behind "pause", where nothing new has room
    wait_until(lambda: "Disk full" in run.log.read_text(), "the worker to notice")
    assert process.is_running()
    assert run.read_status().sentence == "Paused at step 0."  # it cannot even say so
    filler.unlink()
    wait_until(lambda: "Disk full" in run.read_status().sentence, "the worker to say so")
    run.send(Command(name="resume"))
    wait_for_end(run)
    _assert_same_as_undisturbed(run, finished)


def test_a_worker_whose_checkpoint_finds_no_room_says_so_and_waits(
    dataset: Path, root: Path, finished: RunDirectory
) -> None:
    run = launch.start_run(tiny_config(dataset), root)
    run.send(Command(name="pause"))
    paused = wait_for_state(run, "paused")
    process = psutil.Process(paused.pid)
    process.rlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))  # weights need more
    run.send(Command(name="resume"))
    wait_until(lambda: "Disk full" in run.read_status().sentence, "the worker to notice")
    full = run.read_status()
    assert (full.state, full.step) == ("paused", 4)
    assert full.sentence == (
        "Disk full: step 4 is kept in memory and training is paused; free some space, "
        "and it goes on."
    )
    assert checkpoints.latest(run.checkpoints) is None
    run.send(Command(name="resume"))  # too early
    process.rlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    run.send(Command(name="resume"))
    wait_for_end(run)
    _assert_same_as_undisturbed(run, finished)


def test_room_is_noticed_without_being_asked(
    dataset: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_RETRY_SECONDS", 0.2)
    # In this process, too: another may compute with another number of threads.
    finished = RunDirectory.create(tiny_config(dataset), root)
    worker.Worker(finished).work()
    run = RunDirectory.create(tiny_config(dataset), root)
    with files_no_larger_than(100_000):
        thread = threading.Thread(target=worker.Worker(run).work)
        thread.start()
        wait_until(lambda: "Disk full" in run.read_status().sentence, "the worker to notice")
    thread.join()
    _assert_same_as_undisturbed(run, finished)


def test_asked_to_stop_it_ends_and_what_was_done_after_the_checkpoint_is_done_again(
    dataset: Path, root: Path, finished: RunDirectory
) -> None:
    run = launch.start_run(tiny_config(dataset), root)
    run.send(Command(name="pause"))
    process = psutil.Process(wait_for_state(run, "paused").pid)
    process.rlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    run.send(Command(name="resume"))
    wait_until(lambda: "Disk full" in run.read_status().sentence, "the worker to notice")
    process.terminate()
    status = wait_for_end(run)
    assert (status.state, status.step) == ("failed", 4)
    assert status.sentence == (
        "The disk is full: stopped at step 4, which could not be saved, and there is no checkpoint."
    )
    launch.resume_run(run, from_start=True)
    wait_for_end(run)
    assert run.read_status().state == "finished"
    assert _figures(run) == _figures(finished)


def test_what_waits_is_written_once_and_in_order(root: Path) -> None:
    run = RunDirectory.create(tiny_config(root), root)
    journal = Journal(run, RunStatus(state="running"))
    journal.append(step_record(1))
    waiting = {"key": "disk_full", "step": 3}
    size = (run.path / "records.jsonl").stat().st_size
    with files_no_larger_than(size + 10):  # tears the next line
        for step in (2, 3):
            journal.append(step_record(step))
            journal.write_status(step=step)
        assert not journal.flush()
        assert not journal.show_waiting(waiting)  # not even that
        assert (run.path / "records.jsonl").stat().st_size == size
    assert run.read_status().state == "starting"
    assert journal.show_waiting(waiting)
    shown = json.loads((run.path / "status.json").read_text())
    assert (shown["state"], shown["message"], shown["step"]) == ("paused", waiting, 3)
    assert journal.flush()
    assert [record["step"] for record in run.follow_records()] == [1, 2, 3]
    shown = json.loads((run.path / "status.json").read_text())
    assert (shown["state"], shown["message"], shown["step"]) == ("running", "", 3)


def test_another_failure_is_not_taken_for_a_full_disk(root: Path) -> None:
    run = RunDirectory.create(tiny_config(root), root)
    journal = Journal(run, RunStatus())
    shutil.rmtree(run.path)
    with pytest.raises(FileNotFoundError):
        journal.do(lambda: (run.path / "absent").read_bytes())
