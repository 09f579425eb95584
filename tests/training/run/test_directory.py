from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from pydantic import ValidationError

from explorer.config import TrainConfig
from explorer.training.run.command import Command
from explorer.training.run.directory import RunDirectory, RunStatus, list_runs, runs_root
from explorer.training.run.following import Follower, drop_retracted, parse_object
from tests.training.runs import step_record


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory.create(TrainConfig(epochs=3, seed=5), tmp_path)


def _append(path: Path, content: bytes) -> None:
    with path.open("ab") as stream:
        stream.write(content)


def test_a_new_run_has_its_configuration_and_no_process(run: RunDirectory) -> None:
    assert run.read_config() == TrainConfig(epochs=3, seed=5)
    status = run.read_status()
    assert (status.state, status.pid, status.step) == ("starting", 0, 0)
    assert run.records() == []
    content = json.loads((run.path / "config.json").read_text())
    assert content["versions"]["mxnet"] == "1.9.1"


def test_two_runs_of_one_second_that_draw_one_number_have_two_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "strftime", lambda _format: "20260101-000000")
    drawn = iter(("aaaa", "aaaa", "bbbb"))
    monkeypatch.setattr(secrets, "token_hex", lambda _bytes: next(drawn))
    runs = [RunDirectory.create(TrainConfig(), tmp_path) for _ in range(2)]
    assert [run.run_id[-4:] for run in runs] == ["aaaa", "bbbb"]


def test_a_run_that_got_no_process_is_dead_after_a_while(run: RunDirectory) -> None:
    path = run.path / "status.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "heartbeat": time.time() - 3600}))
    assert run.read_status().state == "died"


def test_follower_leaves_a_half_written_last_line_for_the_next_read(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    follower = Follower(path, parse_object)
    assert list(follower) == []  # not there yet
    _append(path, b'{"step": 1}\n{"st')
    assert list(follower) == [{"step": 1}]
    assert list(follower) == []
    _append(path, b'ep": 2}')
    assert list(follower) == []
    _append(path, b"\n")
    assert list(follower) == [{"step": 2}]
    assert follower.num_left_out == 0


@pytest.mark.parametrize(
    "bad",
    [
        b"{oops}",
        b"[1]",
        b"",
        b"\xff\xfe\x00",
        b'{"step": 1}{"step": 2}',
        b'{"step": NaN}',
        b'{"step": -Infinity}',
        b'{"step": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_follower_skips_and_counts_what_is_no_record(tmp_path: Path, bad: bytes) -> None:
    path = tmp_path / "records.jsonl"
    _append(path, b'{"step": 1}\n' + bad + b'\n{"step": 2}\n')
    follower = Follower(path, parse_object)
    assert list(follower) == [{"step": 1}, {"step": 2}]
    assert follower.num_left_out == 1


def test_two_followers_read_the_same_each_at_its_own_pace(run: RunDirectory) -> None:
    early, late = run.follow_records(), run.follow_records()
    seen = []
    for step in range(1, 50):
        run.append_record(step_record(step))
        seen += list(early)
    assert seen == list(late) == [step_record(step) for step in range(1, 50)]


def test_lines_of_several_writing_processes_do_not_mix(run: RunDirectory) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from explorer.training.run.directory import RunDirectory\n"
        "run = RunDirectory(Path(sys.argv[1]))\n"
        "for n in range(300): run.append_record({'by': sys.argv[2], 'n': n, 'pad': 'x' * 3000})\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(run.path), name]) for name in "ab"]
    assert [writer.wait() for writer in writers] == [0, 0]
    follower = Follower(run.path / "records.jsonl", parse_object)
    records = list(follower)
    assert follower.num_left_out == 0
    for name in "ab":
        assert [r["n"] for r in records if r["by"] == name] == list(range(300))


def test_a_torn_line_is_closed_once(run: RunDirectory) -> None:
    run.append_record(step_record(1))
    _append(run.path / "records.jsonl", b'{"kind": "step", "st')
    run.close_torn_line()
    run.close_torn_line()
    run.append_record(step_record(2))
    follower = run.follow_records()
    assert [record["step"] for record in follower] == [1, 2]
    assert follower.num_left_out == 1


def test_a_resume_takes_back_the_steps_after_its_checkpoint() -> None:
    def step(number: int, loss: float) -> dict[str, object]:
        return {"kind": "step", "step": number, "loss": loss}

    records = [
        {"kind": "start", "step": 0},
        step(1, 0.5),
        step(2, 0.4),
        {"kind": "epoch", "step": 2},
        step(3, 0.3),
        {"kind": "event", "step": 3, "text": "kept"},
        {"kind": "resume", "step": 2},
        step(3, 0.31),
        step(4, 0.2),
        {"kind": "epoch", "step": 4},
    ]
    kept = drop_retracted(records)
    assert kept == [*records[:4], *records[5:]]
    assert len(records) == 10  # the argument stays


def test_status_of_a_living_process(run: RunDirectory) -> None:
    me = psutil.Process()
    run.write_status(RunStatus(state="running", pid=me.pid, process_started=me.create_time()))
    status = run.read_status()
    assert status.state == "running"
    assert abs(status.heartbeat - time.time()) < 60


def test_a_recycled_pid_is_not_trusted(run: RunDirectory) -> None:
    me = psutil.Process()
    run.write_status(
        RunStatus(state="running", pid=me.pid, process_started=me.create_time() - 30, step=840)
    )
    status = run.read_status()
    assert status.state == "died"
    assert "step 840" in status.sentence


def test_a_process_that_is_gone_or_a_zombie_has_died(run: RunDirectory) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = psutil.Process(child.pid).create_time()
    run.write_status(RunStatus(state="paused", pid=child.pid, process_started=started))
    assert run.read_status().state == "paused"
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, and not yet collected
    assert run.read_status().state == "died"
    child.wait()
    assert child.stdin is not None
    child.stdin.close()
    assert run.read_status().state == "died"


def test_an_ended_run_needs_no_process(run: RunDirectory) -> None:
    run.write_status(RunStatus(state="finished", pid=1, process_started=0.0))
    assert run.read_status().state == "finished"


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"state": "flying"}', '{"step": null}', '{"message": {"key": "paused"}}'],
)
def test_an_unreadable_status_is_a_death_and_no_exception(run: RunDirectory, content: str) -> None:
    (run.path / "status.json").write_text(content)
    status = run.read_status()
    assert status.state == "died"
    assert status.sentence == (
        "The file that says how far this run came is missing or damaged: resume the run, and it is "
        "written anew."
    )


@pytest.mark.parametrize(
    ("content", "word"),
    [("{", "damaged"), ("{}", "damaged"), ('{"config": {"epochs": 0}}', "epochs")],
)
def test_a_damaged_configuration_is_named(run: RunDirectory, content: str, word: str) -> None:
    (run.path / "config.json").write_text(content)
    with pytest.raises(ValueError, match=word):
        run.read_config()


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is not a run"):
        RunDirectory(tmp_path).read_config()


def test_commands_are_read_in_order_and_forgotten(run: RunDirectory) -> None:
    commands = [
        Command(name="pause"),
        Command(name="set_learning_rate", value=0.01),
        Command(name="set_learning_rate"),
        Command(name="set_epochs", value=10_000),
    ]
    for command in commands:
        run.send(command)
    follower = run.follow_commands()
    assert [Command.model_validate(content) for content in follower] == commands
    run.forget_commands()
    assert list(run.follow_commands()) == []


@pytest.mark.parametrize(
    "content",
    [
        {"name": "explode"},
        {"name": "set_learning_rate", "value": 0},
        {"name": "set_epochs"},
        {"name": "set_epochs", "value": 0},
        {"name": "set_epochs", "value": 2.5},
        {"name": "set_epochs", "value": 10_001},
        {"name": "set_learning_rate", "value": float("nan")},
        {"name": "stop", "value": 1.0},
    ],
)
def test_a_bad_command_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Command.model_validate(content)


def test_runs_are_listed_newest_first(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "absent") == []
    (tmp_path / "no-run").mkdir()
    for name in ("20260101-000000-fast-aaaa", "20260102-000000-fast-aaaa"):
        RunDirectory.create(TrainConfig(), tmp_path / "made").path.rename(tmp_path / name)
    assert [run.run_id[:8] for run in list_runs(tmp_path)] == ["20260102", "20260101"]


def test_the_environment_decides_where_runs_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSD_EXPLORER_RUNS", str(tmp_path / "elsewhere"))
    assert runs_root() == tmp_path / "elsewhere"


def test_a_folder_of_runs_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        RunDirectory.create(TrainConfig(), tmp_path / "file" / "runs")
