from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from explorer.training import launch
from explorer.training.launch import AlreadyRunningError
from explorer.training.run.directory import RunDirectory, RunStatus, list_runs
from tests.training.runs import kill, stop, tiny_config, wait_for_step


def test_a_second_start_is_refused_and_names_the_run(dataset: Path, root: Path) -> None:
    first = launch.start_run(tiny_config(dataset, epochs=1000), root)
    assert first.read_status().state in ("starting", "preparing", "running")
    for again in (
        lambda: launch.start_run(tiny_config(dataset), root),
        lambda: launch.resume_run(first),
    ):
        with pytest.raises(AlreadyRunningError, match=first.run_id) as caught:
            again()
        assert caught.value.run == first
    assert [run.run_id for run in list_runs(root)] == [first.run_id]  # nothing was made
    assert launch.active_run(root) == first
    wait_for_step(first, 1)
    started = RunStatus.model_validate_json((first.path / "status.json").read_text())
    refused = subprocess.run(  # started by hand, past the launcher
        [sys.executable, "-m", "explorer.training.worker", str(first.path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "already running" in refused.stderr
    assert first.read_status().pid == started.pid
    stop(first)
    assert launch.active_run(root) is None


def test_of_two_processes_that_start_at_once_one_wins(dataset: Path, root: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from explorer.config import TrainConfig\n"
        "from explorer.training.launch import AlreadyRunningError, start_run\n"
        "config = TrainConfig.model_validate_json(sys.argv[1])\n"
        "print('ready', flush=True); input()\n"
        "try: print(start_run(config, Path(sys.argv[2])).run_id)\n"
        "except AlreadyRunningError as error: print('refused', error.run.run_id)\n"
    )
    config = tiny_config(dataset, epochs=1000).to_json()
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", code, config, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for starter in starters:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "ready\n"
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("go\n")
        starter.stdin.flush()
    answers = sorted(starter.communicate()[0].strip() for starter in starters)
    (run,) = list_runs(root)
    assert answers == sorted([run.run_id, f"refused {run.run_id}"])
    kill(run)


def test_a_dead_run_does_not_stand_in_the_way(root: Path, dataset: Path) -> None:
    dead = RunDirectory.create(tiny_config(dataset), root)
    me = psutil.Process()
    dead.write_status(
        RunStatus(state="running", pid=me.pid, process_started=me.create_time() - 1000)
    )
    assert launch.active_run(root) is None


def test_a_finished_run_has_nothing_to_resume(finished: RunDirectory) -> None:
    with pytest.raises(ValueError, match="finished"):
        launch.resume_run(finished)


def test_the_worker_is_its_own_session_with_the_run_s_threads(
    dataset: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = launch.start_run(tiny_config(dataset, epochs=1000), root)
    pid = run.read_status().pid
    assert os.getsid(pid) == pid != os.getsid(0)
    assert psutil.Process(pid).environ()["OMP_NUM_THREADS"] == "1"
    monkeypatch.setenv("SSD_EXPLORER_THREADS", "2")
    assert run.read_num_threads() == 1, "a resume computes as the run began"
    command = psutil.Process(pid).cmdline()
    assert command[-2:] == ["explorer.training.worker", str(run.path.resolve())]
    kill(run)
    assert run.read_status().state == "died"


def test_a_folder_of_runs_that_cannot_be_written(dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        launch.start_run(tiny_config(dataset), tmp_path / "file")


def test_a_process_that_no_status_names_is_ended(dataset: Path, root: Path) -> None:
    run = RunDirectory.create(tiny_config(dataset), root)
    (run.path / "status.json").unlink()
    (run.path / "status.json").mkdir()  # so that the status cannot be written, by anybody
    with pytest.raises(IsADirectoryError):
        launch.resume_run(run)
    commands = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    assert [command for command in commands if str(run.path.resolve()) in command] == []
