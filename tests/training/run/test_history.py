from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.config import CREATURE, TOY_SSD, TrainConfig
from explorer.training.run import following
from explorer.training.run.directory import RunDirectory, RunStatus, list_runs
from explorer.training.run.history import (
    delete_run,
    summarise_run,
    summarise_runs,
    worked_seconds,
)
from tests.training.runs import of_kind, step_record


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory.create(TrainConfig(epochs=3, seed=5), tmp_path / "runs")


def _step(step: int, at: float) -> dict[str, Any]:
    return step_record(step, time=at)


def _epoch(step: int, ap50: float, at: float) -> dict[str, Any]:
    figures = {"ap50": ap50, "ap75": ap50 / 2, "map": ap50 / 4}
    return {"kind": "epoch", "step": step, "epoch": step // 2, **figures, "time": at}


def test_a_finished_run(finished: RunDirectory) -> None:
    one = summarise_run(finished)
    assert (one.run_id, one.state, one.message) == (finished.run_id, "finished", "")
    assert (one.recipe, one.anchors, one.seed, one.epochs) == ("fast", "creature", 0, 2)
    assert (one.step, one.num_steps) == (8, 8)
    first, last = of_kind(finished, "epoch")
    assert (one.ap50, one.ap75, one.map) == (last["ap50"], last["ap75"], last["map"])
    assert one.best_ap50 == max(first["ap50"], last["ap50"])
    times = [record["time"] for record in finished.follow_records()]
    assert one.seconds == pytest.approx(times[-1] - times[0])
    assert 0 < times[0] - one.created < 3600


def test_a_new_run_has_no_figures(run: RunDirectory) -> None:
    one = summarise_run(run)
    assert (one.state, one.seed, one.epochs, one.num_steps) == ("starting", 5, 3, 0)
    assert (one.ap50, one.ap75, one.map, one.best_ap50, one.seconds) == (None, None, None, None, 0)


@pytest.mark.parametrize(
    ("anchors", "name"),
    [
        (CREATURE, "creature"),
        (TOY_SSD, "toy-ssd"),
        (TOY_SSD.with_(layers=TOY_SSD.layers[:3]), "own"),
    ],
)
def test_the_name_of_the_anchors(tmp_path: Path, anchors: Any, name: str) -> None:
    assert (
        summarise_run(RunDirectory.create(TrainConfig(anchors=anchors), tmp_path)).anchors == name
    )


def test_what_a_resume_took_back_does_not_count_but_its_time_does(run: RunDirectory) -> None:
    for record in (
        {"kind": "start", "step": 0, "time": 10.0},
        *(_step(1, 11.0), _step(2, 12.0), _epoch(2, 0.5, 13.0)),
        *(_step(3, 14.0), _step(4, 15.0), _epoch(4, 0.9, 16.0), _step(5, 17.5)),
        {"kind": "resume", "step": 2, "time": 100.0},
        *(_step(3, 101.0), _step(4, 102.0), _epoch(4, 0.4, 103.0), _step(5, 104.25)),
    ):
        run.append_record(record)
    one = summarise_run(run)
    assert (one.ap50, one.ap75, one.map, one.best_ap50) == (0.4, 0.2, 0.1, 0.5)
    assert one.seconds == 7.5 + 4.25
    run.append_record(_epoch(6, 0.8, 105.0))  # seen although it was read before
    assert summarise_run(run).best_ap50 == 0.8


moments = st.lists(
    st.tuples(st.sampled_from(["step", "step", "epoch", "resume", "event"]), st.floats(0, 1)),
    max_size=60,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments=moments)
def test_it_says_what_all_records_say(
    moments: list[tuple[str, float]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = RunDirectory.create(TrainConfig(), tmp_path_factory.mktemp("runs"))
    run.append_record({"kind": "start", "step": 0, "time": 1.0})
    step = 0
    for count, (kind, number) in enumerate(moments):
        at = 2.0 + count + number
        if kind == "step":
            step += 1
            run.append_record(_step(step, at))
        elif kind == "epoch":
            run.append_record(_epoch(step, number, at))
        elif kind == "event":
            run.append_record({"kind": "event", "step": step, "text": "x", "time": at})
        else:
            step = int(step * number)
            run.append_record({"kind": "resume", "step": step, "time": at})
    with (run.path / "records.jsonl").open("a") as stream:
        stream.write('{"kind": "epoch", "step"')  # torn
    validations = of_kind(run, "epoch")
    one = summarise_run(run)
    expected = [record["ap50"] for record in validations]
    assert one.ap50 == (expected[-1] if expected else None)
    assert one.best_ap50 == max(expected, default=None)
    assert one.seconds == pytest.approx(worked_seconds(run.follow_records()))


def test_a_long_run_is_read_once_as_long_as_it_does_not_grow(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = []
    for step in range(1, 10_001):
        lines.append(json.dumps(_step(step, float(step))))
        if step % 1000 == 0:
            lines.append(json.dumps(_epoch(step, 1 - step / 10_000, step + 0.5)))
    (run.path / "records.jsonl").write_text("\n".join(lines) + "\n")
    parsed = []
    loads = orjson.loads
    monkeypatch.setattr(following.orjson, "loads", lambda line: parsed.append(0) or loads(line))
    one = summarise_run(run)
    assert (one.ap50, one.best_ap50, one.num_left_out) == (0.0, 0.9, 0)
    assert len(parsed) == 10_010
    assert summarise_run(run) == one
    assert len(parsed) == 10_010  # nothing has been appended
    with (run.path / "records.jsonl").open("a") as stream:
        stream.write('{"kind": "step", "step": null}\n')
    assert summarise_run(run).num_left_out == 1


def test_runs_newest_first_and_the_damaged_among_them(tmp_path: Path) -> None:
    assert summarise_runs(tmp_path / "absent") == []
    for name in ("20260101-000000-fast-aaaa", "20260102-000000-fast-aaaa"):
        RunDirectory.create(TrainConfig(), tmp_path / "made").path.rename(tmp_path / name)
    (tmp_path / "20260101-000000-fast-aaaa" / "config.json").write_text("{")
    (tmp_path / "20260102-000000-fast-aaaa" / "records.jsonl").unlink()
    newest, damaged = summarise_runs(tmp_path)
    assert (newest.run_id[:8], newest.ap50, newest.seconds) == ("20260102", None, 0.0)
    assert (damaged.run_id[:8], damaged.state, damaged.recipe) == ("20260101", "damaged", "")
    assert "config.json is damaged" in damaged.message


def test_a_deleted_run_is_gone_and_the_others_stay(finished: RunDirectory, tmp_path: Path) -> None:
    for name in ("one", "two"):
        shutil.copytree(finished.path, tmp_path / name)
    delete_run(RunDirectory(tmp_path / "one"))
    assert [path.name for path in tmp_path.iterdir() if path.name != ".lock"] == ["two"]
    with pytest.raises(ValueError, match="not a run"):
        delete_run(RunDirectory(tmp_path / "one"))


def test_a_half_deleted_run_is_not_listed(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.write_status(RunStatus(state="stopped"))

    def break_off(path: Path) -> None:
        raise PermissionError(13, "no", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", break_off)
        with pytest.raises(PermissionError):
            delete_run(run)
    assert list_runs(run.path.parent) == []


@pytest.mark.parametrize("state", ["starting", "preparing", "running", "paused"])
def test_an_active_run_is_not_deleted(run: RunDirectory, state: Any) -> None:
    me = psutil.Process()
    run.write_status(RunStatus(state=state, pid=me.pid, process_started=me.create_time()))
    with pytest.raises(ValueError, match=f"is {state}: stop it first"):
        delete_run(run)
    assert list_runs(run.path.parent) == [run]


def test_a_dead_run_can_be_deleted(run: RunDirectory) -> None:
    run.write_status(RunStatus(state="running", pid=1, process_started=time.time() - 1e9))
    assert run.read_status().state == "died"
    delete_run(run)
    assert list_runs(run.path.parent) == []
