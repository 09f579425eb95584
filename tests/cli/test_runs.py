"""`ssd-explorer runs`: listing what is there, and steering a real process that trains."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before the first import of MXNet

from explorer.cli import app
from explorer.engine.pretrained import pretrained_path
from explorer.training import launch
from explorer.training.run.directory import RunDirectory, RunStatus, list_runs
from tests.places import ROOT
from tests.training.runs import (
    kill,
    of_kind,
    step_record,
    tiny_config,
    wait_for_end,
    wait_for_step,
    write_tiny_dataset,
)

Call = Callable[..., Result]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_dataset(tmp_path_factory.mktemp("data"))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of runs of this process; a worker that a failed test leaves is ended."""
    folder = tmp_path / "runs"
    for name, value in (("RUNS", str(folder)), ("THREADS", "1")):
        monkeypatch.setenv(f"SSD_EXPLORER_{name}", value)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    yield folder
    for run in list_runs(folder):
        kill(run)


@pytest.fixture
def runs() -> Call:
    def call(*arguments: object, answer: str = "") -> Result:
        return CliRunner().invoke(app, ["runs", *map(str, arguments)], input=answer)

    return call


@pytest.fixture
def three(root: Path, dataset: Path) -> list[RunDirectory]:
    """Three runs that have ended, the newest first; the first of them has trained an epoch."""
    made = []
    for name, seed in (("0103-fast-cc", 3), ("0102-fast-bb", 2), ("0101-tutorial-aa", 2)):
        run = RunDirectory.create(tiny_config(dataset, seed=seed), root)
        run.path.rename(root / name)
        made.append(RunDirectory(root / name))
        made[-1].write_status(RunStatus(state="stopped", step=4, num_steps=8, num_epochs=2))
    newest = made[0]
    newest.append_record({"kind": "start", "step": 0, "time": 100.0})
    newest.append_record({"kind": "event", "step": 1, "text": "Hello [you].", "time": 101.0})
    newest.append_record(step_record(4, time=160.0))
    figures = {"ap50": 0.5, "ap75": 0.25, "map": 0.125}
    newest.append_record({"kind": "epoch", "step": 4, "epoch": 1, **figures, "time": 165.0})
    return made


def _said(result: Result, *words: str, code: int = 0) -> None:
    """Assert one sentence on stderr, and nothing else."""
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith("error: ") == (code == 2)
    for word in words:
        assert word in line


def test_a_training_is_steered(root: Path, dataset: Path, runs: Call) -> None:
    run = launch.start_run(tiny_config(dataset, epochs=1000, schedule="constant"), root)
    wait_for_step(run, 1)
    _said(runs("pause", "last"), run.run_id, "is paused at step")
    at = run.read_status().step
    assert run.read_status().state == "paused"
    _said(runs("pause", "last"), f"paused already, at step {at}")
    _said(runs("step", "last"), f"is paused at step {at + 1}.")
    _said(runs("set", "last", "--learning-rate", "recipe"), "follows the recipe again")
    _said(runs("set", "last", "--learning-rate", 0.00125), "0.00125")
    _said(runs("checkpoint", "last"), "Checkpoint epoch-", "saved")
    epoch, step = divmod(at + 1, 4)  # a whole epoch has no step in its name
    name = f"epoch-{epoch:04d}" + (f"-step-{step:04d}" if step else "")
    assert (run.checkpoints / f"{name}.params").is_file()
    _said(runs("delete", "last", "--yes"), "is paused", "stop it first", code=2)
    _said(runs("resume", "last"), f"goes on from step {at + 1}.")
    _said(runs("resume", "last"), "is running already")
    wait_for_step(run, at + 3)
    _said(runs("stop", "last"), run.run_id, "is stopped at step")
    at = wait_for_end(run).step
    _said(runs("stop", "last"), f"is stopped already, at step {at}.")
    rates = {step["learning_rate"] for step in of_kind(run, "step")[-2:]}
    assert rates == {0.00125}
    for command in ("pause", "step", "checkpoint"):
        _said(runs(command, "last"), "is stopped: no process listens", code=2)

    _said(runs("resume", "last"), "goes on in a new process")
    wait_for_step(run, at + 1)
    kill(run)
    _said(runs("pause", "last"), "has died: no process listens", "runs resume", code=2)
    _said(runs("stop", "last"), "has died already")
    _said(runs("delete", "last", "--yes"), "Deleted run", run.run_id)
    assert list_runs(root) == []


def test_a_run_is_told_to_end_earlier(root: Path, dataset: Path, runs: Call) -> None:
    run = launch.start_run(tiny_config(dataset, epochs=1000), root)
    wait_for_step(run, 5)  # in epoch 2
    runs("pause", "last")
    begun = -(-run.read_status().step // 4)
    fewer = runs("set", "last", "--epochs", 1)
    _said(fewer, f"Epochs set to {begun}. Fewer than have begun cannot be")
    epochs = run.read_status().step // 4 + 2
    _said(runs("set", "last", "--epochs", epochs), f"Epochs set to {epochs}.")
    runs("resume", "last")
    status = wait_for_end(run)
    assert (status.state, status.step) == ("finished", epochs * 4)
    _said(runs("stop", "last"), "is finished already")
    _said(runs("resume", "last"), "finished", "nothing to resume", "--epochs N", code=2)
    _said(runs("pause", "last"), f"runs set {run.run_id} --epochs N", "goes on with it", code=2)
    too_few = runs("set", "last", "--epochs", epochs)
    _said(too_few, f"has ended epoch {epochs}: ask for more", code=2)
    longer = runs("set", "last", "--epochs", epochs + 1, "--learning-rate", 0.00125)
    assert longer.exit_code == 0
    assert longer.stderr.splitlines() == [
        f"Run {run.run_id} goes on in a new process, to {epochs + 1} epochs in total.",
        f"Run {run.run_id}: Learning rate set to 0.00125.",
    ]
    status = wait_for_end(run)
    assert (status.state, status.step) == ("finished", (epochs + 1) * 4)
    assert of_kind(run, "step")[-1]["learning_rate"] == 0.00125


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("0102-fast-bb", 1),
        ("0102", 1),
        ("bb", 1),
        ("0101", 2),
        ("last", 0),
        ("runs/0102-fast-bb", 1),
    ],
)
def test_how_a_run_is_named(three: list[RunDirectory], runs: Call, name: str, found: int) -> None:
    result = runs("show", name, "--json")
    assert json.loads(result.stdout)["run_id"] == three[found].run_id


def test_a_name_of_several_or_of_none(three: list[RunDirectory], runs: Call) -> None:
    _said(runs("show", "010"), "3 runs", "0103-fast-cc, 0102-fast-bb", code=2)
    _said(runs("show", "fast"), "no run is called 'fast'", "the latest are: 0103", code=2)


def test_without_runs(root: Path, runs: Call) -> None:
    _said(runs("stop", "last"), "no run is called 'last'", "none yet", code=2)
    assert json.loads(runs("list", "--json").stdout) == {"runs": []}


def test_the_list(three: list[RunDirectory], runs: Call, dataset: Path) -> None:
    (three[2].path / "config.json").write_text("{")
    newest, second, damaged = json.loads(runs("list", "--json").stdout)["runs"]
    about = {"run_id": "0103-fast-cc", "state": "stopped", "message": "", "recipe": "fast"}
    length = {"epochs": 2, "first_epoch": 0}
    config = {"dataset": str(dataset), "anchors": "creature", "seed": 3, **length}
    figures = {"ap50": 0.5, "ap75": 0.25, "map": 0.125, "best_ap50": 0.5, "num_left_out": 0}
    position = {"step": 4, "num_steps": 8, "seconds": 65.0, "created": newest["created"]}
    assert newest == {**about, **config, **figures, **position}
    assert (second["ap50"], second["seconds"]) == (None, 0.0)
    assert damaged["state"] == "damaged"
    with (three[0].path / "records.jsonl").open("a") as stream:
        stream.write('{"kind": "step", "step": null}\n{"kind": "snow", "step": 5, "time": 1.0}\n')
    listed = runs("list")
    assert listed.stderr.splitlines() == [
        "Run 0103-fast-cc: 2 lines of its records cannot be read and are left out.",
        f"Run 0101-tutorial-aa: {damaged['message']}",
    ]
    lines = listed.stdout.splitlines()
    (line,) = [line for line in lines if "0103-fast-cc" in line]
    assert line.split()[-6:] == ["2", "4/8", "0.500", "0.500", "0.125", "1:05"]


@pytest.fixture
def long_names(root: Path, dataset: Path) -> str:
    """Return the name of a run whose data set is a long path."""
    folder = dataset / ("deep/" * 20)
    folder.mkdir(parents=True, exist_ok=True)
    run = RunDirectory.create(tiny_config(folder), root)
    run.write_status(RunStatus(state="finished", step=11_400, num_steps=11_400, num_epochs=20))
    return run.run_id


def test_the_list_in_a_pipe_is_as_wide_as_it_needs(
    long_names: str, runs: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    (line,) = [line.split() for line in runs("list").stdout.splitlines() if "fast" in line]
    assert line[:3] == [long_names, "finished", "fast"]
    assert line[3].endswith("deep/deep")
    assert line[4:] == ["creature", "20", "11,400/11,400", "–", "–", "–", "0:00"]


@pytest.mark.parametrize("width", [160, 120, 100, 80, 70])
def test_the_list_on_a_narrow_terminal_leaves_columns_out(long_names: str, width: int) -> None:
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    environment.pop("COLUMNS", None)
    command = [sys.executable, "-m", "explorer.cli", "runs", "list"]
    process = subprocess.Popen(command, env=environment, stdout=terminal, stderr=terminal)
    os.close(terminal)
    seen = b""
    with contextlib.suppress(OSError):  # that is how a terminal ends whose other side has gone
        while more := os.read(screen, 4096):
            seen += more
    os.close(screen)
    assert process.wait() == 0
    lines = re.sub(r"\x1b\[[0-9;]*m", "", seen.decode()).splitlines()
    assert max(map(len, lines)) <= width
    (line,) = [line.split() for line in lines if long_names in line]
    assert (line[0], line[1]) == (long_names, "finished")
    assert "11,400/11,400" in line
    headings = next(line for line in lines if "state" in line)
    assert ("anchors" in headings) == (width == 160)
    assert ("data set" in headings) == (width >= 100)


def test_one_run_is_shown(three: list[RunDirectory], runs: Call) -> None:
    shown = json.loads(runs("show", "last", "--json").stdout)
    assert shown["pretrained_sha256"] is None
    assert shown["config"] == three[0].read_config().model_dump(mode="json")
    assert [record["ap50"] for record in shown["validations"]] == [0.5]
    assert [record["text"] for record in shown["events"]] == ["Hello [you]."]
    text = runs("show", "last").stdout
    for part in ("stopped at step 4 of 8, 1:05", "match.negative_mining_ratio", "Hello [you]."):
        assert part in text
    assert ["1", "4", "0.500", "0.250", "0.125"] in [line.split() for line in text.splitlines()]


def test_a_run_shows_what_it_began_with(root: Path, dataset: Path, runs: Call) -> None:
    run = RunDirectory.create(tiny_config(dataset, pretrained="creature"), root)
    described = json.loads(pretrained_path("creature").with_suffix(".json").read_text())
    shown = json.loads(runs("show", "last", "--json").stdout)
    assert shown["config"]["pretrained"] == "creature"
    assert shown["pretrained_sha256"] == run.read_origin().pretrained_sha256 == described["sha256"]
    lines = [line.split() for line in runs("show", "last").stdout.splitlines()]
    assert ["pretrained", "creature"] in lines
    assert ["its", "SHA-256", described["sha256"]] in lines


def test_two_runs_are_compared(three: list[RunDirectory], runs: Call) -> None:
    compared = json.loads(runs("compare", "0103", "0102", "--json").stdout)
    assert compared["differences"] == {"seed": [3, 2]}
    assert [run["run_id"] for run in compared["runs"]] == ["0103-fast-cc", "0102-fast-bb"]
    rows = [line.split() for line in runs("compare", "0103", "0102").stdout.splitlines()]
    assert ["seed", "3", "2"] in rows
    assert ["best", "AP50", "0.500", "–"] in rows
    same = runs("compare", "0101", "0102").stdout
    assert ["settings", "equal", "equal"] in [line.split() for line in same.splitlines()]


def test_delete_asks(three: list[RunDirectory], runs: Call, root: Path) -> None:
    refused = runs("delete", "0102", answer="n\n")
    assert refused.exit_code == 0
    assert "Nothing was deleted." in refused.stderr
    assert list_runs(root) == three
    deleted = runs("delete", "0102", answer="y\n")
    assert deleted.exit_code == 0
    assert list_runs(root) == [three[0], three[2]]


def test_export(three: list[RunDirectory], runs: Call, tmp_path: Path) -> None:
    _said(runs("export", "last", "--csv", "curves.csv"), "curves.csv and curves-epochs.csv")
    assert (
        tmp_path / "curves.csv"
    ).read_text() == "step,epoch,class_loss,box_loss,num_samples,time\n4,,0.5,0.25,4,160.0\n"
    _said(runs("export", "last", "--csv", "curves.csv"), "exists already", code=2)
    _said(runs("export", "last", "--tensorboard", "board"), "tensorboard --logdir board")
    (events,) = (tmp_path / "board").iterdir()
    assert events.name == "events.out.tfevents.100.0103-fast-cc"
    _said(runs("export", "last", "--tensorboard", "board"), "not empty", code=2)
    _said(runs("export", "0102", "--csv", "none.csv"), "no steps yet", code=2)
    _said(runs("export", "last"), "--csv", "--tensorboard", code=2)
    with (three[0].path / "records.jsonl").open("a") as stream:
        stream.write("[]\n")
    said = runs("export", "last", "--csv", "again.csv").stderr.splitlines()
    assert said[1:] == ["Run 0103-fast-cc: 1 line of its records cannot be read and is left out."]
    for path in ("again.csv", "again-epochs.csv"):
        (tmp_path / path).unlink()
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.csv").mkdir()
    before = sorted(tmp_path.iterdir())
    in_the_way = "file: a part of this path is a file"
    _said(runs("export", "last", "--csv", "file/c.csv"), in_the_way, code=2)
    new = ("--csv", "new.csv")
    _said(runs("export", "last", *new, "--tensorboard", "file"), in_the_way, code=2)
    _said(runs("export", "last", *new, "--tensorboard", "board"), "not empty", code=2)
    for folder in ("folder.csv", "."):
        said = f"{folder}: it is a folder, not a file"
        _said(runs("export", "last", "--csv", folder), said, code=2)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], ("nothing to set", "--learning-rate")),
        (["--learning-rate", "0"], ("must be a number above 0, or 'recipe', got 0",)),
        (["--learning-rate", "nan"], ("must be a number above 0, or 'recipe', got nan",)),
        (["--learning-rate", "high"], ("must be a number above 0, or 'recipe', got high",)),
        (["--epochs", "0"], ("--epochs must be 1 to 10000, got 0",)),
        (["--epochs", "100000"], ("--epochs must be 1 to 10000, got 100000",)),
        (["--learning-rate", "0.1"], ("is stopped", "no process listens")),
    ],
)
def test_what_cannot_be_set(
    three: list[RunDirectory], runs: Call, options: list[str], words: tuple[str, ...]
) -> None:
    _said(runs("set", "last", *options), *words, code=2)
    assert list(three[0].follow_commands()) == []
