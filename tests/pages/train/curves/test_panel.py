from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from bokeh.document import Document
from bokeh.models import ColumnDataSource, Div, Range1d

from benchmarks.long_run import step_line, write_long_run
from explorer.pages.train.curves.decimation import MOST_BUCKETS, Window, decimate
from explorer.pages.train.curves.panel import Curves
from explorer.pages.train.model import TrainLiveModel
from explorer.training.run.directory import RunDirectory, RunStatus

NUM_STEPS = 3 * MOST_BUCKETS + 3
SPIKE = 5000
"""A step in the middle of a bucket of four."""


def steps_of(curves: Curves) -> ColumnDataSource:
    return curves.layout.select_one({"name": "class_loss"}).data_source


def beside_of(curves: Curves) -> ColumnDataSource:
    return curves.layout.select_one({"name": "beside_class_loss_smooth"}).data_source


def look(curves: Curves, start: float, end: float) -> None:
    step_range(curves).update(start=start, end=end)


def step_range(curves: Curves) -> Range1d:
    return curves.layout.children[0].x_range


def loss_axis(curves: Curves) -> tuple[float, float]:
    losses = curves.layout.children[0].y_range
    return losses.start, losses.end


def append(run: RunDirectory, first: int, last: int, class_loss: float = 0.5) -> None:
    with (run.path / "records.jsonl").open("a") as stream:
        stream.writelines(step_line(step, class_loss) for step in range(first, last + 1))


def assert_shows(curves: Curves, model: TrainLiveModel, window: Window) -> None:
    expected = decimate(model.curves.steps, window)
    shown = steps_of(curves).data
    assert set(shown) == set(expected)
    for name, values in expected.items():
        np.testing.assert_array_equal(shown[name], values)


def working() -> RunStatus:
    me = psutil.Process()
    return RunStatus(
        state="running", pid=me.pid, process_started=me.create_time(), num_steps=NUM_STEPS
    )


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.pages.train.curves.pace.MOST_SECONDS", 0.0)


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    made = write_long_run(tmp_path, NUM_STEPS)
    path = made.path / "records.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    lines[SPIKE - 1] = step_line(SPIKE, 99.0)
    path.write_text("".join(lines))
    return made


@pytest.fixture
def model(run: RunDirectory) -> TrainLiveModel:
    made = TrainLiveModel(run.path.parent)
    made.follow(run)
    return made


@pytest.fixture
def events(curves: Curves) -> list[str]:
    """What is sent, by the names of Bokeh's events."""
    document, seen = Document(), list[str]()
    document.add_root(curves.layout)
    steps = steps_of(curves)

    def note(event: Any) -> None:
        if event.model is steps:
            seen.append(type(event).__name__)

    document.on_change(note)
    return seen


@pytest.fixture
def curves(model: TrainLiveModel) -> Curves:
    return Curves(model)


def test_a_long_run_is_a_few_points_with_its_spike_and_its_last_step(
    curves: Curves, model: TrainLiveModel
) -> None:
    curves.send_all()
    assert_shows(curves, model, Window(4, 0, NUM_STEPS))
    shown = steps_of(curves).data
    assert shown["step"].tolist() == [*range(4, NUM_STEPS, 4), NUM_STEPS]
    assert shown["class_loss"].max() == 99.0
    assert shown["step"][shown["class_loss"].argmax()] == SPIKE
    assert loss_axis(curves) == (0.01, 100.0)


def test_a_closer_look_has_every_step_and_a_look_at_all_few_again(
    curves: Curves, model: TrainLiveModel
) -> None:
    curves.send_all()
    look(curves, 4990, 5010)
    assert_shows(curves, model, Window(1, 4969, 5030))
    curves.send_new()
    assert_shows(curves, model, Window(1, 4969, 5030))  # the next poll leaves the zoom alone
    look(curves, 0, NUM_STEPS)
    assert_shows(curves, model, Window(4, 0, NUM_STEPS))


@pytest.mark.usefixtures("no_waiting")
def test_a_growing_run_streams_whole_buckets_and_at_its_end_the_rest(
    curves: Curves, model: TrainLiveModel, run: RunDirectory, events: list[str]
) -> None:
    run.write_status(working())
    model.poll()
    curves.send_all()
    assert_shows(curves, model, Window(4, 0, NUM_STEPS - 3))
    assert events == ["ColumnDataChangedEvent"]
    for step, stop in (
        (NUM_STEPS + 1, NUM_STEPS + 1),  # a bucket is full
        (NUM_STEPS + 2, NUM_STEPS + 1),
        (NUM_STEPS + 5, NUM_STEPS + 5),
        (NUM_STEPS + 7, NUM_STEPS + 5),
    ):
        append(run, len(model.curves.steps["step"]) + 1, step)
        model.poll()
        curves.send_new()
        assert_shows(curves, model, Window(4, 0, stop))
    run.write_status(RunStatus(state="finished", num_steps=NUM_STEPS))
    model.poll()
    curves.send_new()
    assert_shows(curves, model, Window(4, 0, NUM_STEPS + 7))
    assert events == ["ColumnDataChangedEvent"] + 3 * ["ColumnsStreamedEvent"]
    curves.send_new()
    assert len(events) == 4  # nothing new, nothing sent


@pytest.mark.usefixtures("no_waiting")
def test_a_short_run_streams_each_step(
    tmp_path: Path, curves: Curves, model: TrainLiveModel, events: list[str]
) -> None:
    run = write_long_run(tmp_path, 2)
    run.write_status(working())
    model.follow(run)
    curves.send_all()
    for step in range(3, 7):
        append(run, step, step, class_loss=1.0 / step)
        model.poll()
        curves.send_new()
    assert_shows(curves, model, Window(1, 0, 6))
    assert steps_of(curves).data["class_loss"][2:].tolist() == [1 / 3, 1 / 4, 1 / 5, 1 / 6]
    assert events == ["ColumnDataChangedEvent"] + 4 * ["ColumnsStreamedEvent"]


def test_a_step_too_small_to_be_seen_waits_and_the_end_of_a_run_waits_for_nothing(
    tmp_path: Path, curves: Curves, model: TrainLiveModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.pages.train.curves.pace.MOST_SECONDS", 1e9)
    run = write_long_run(tmp_path, 10)
    run.write_status(working())
    model.follow(run)
    curves.send_all()
    append(run, 11, 11)
    model.poll()
    curves.send_new()
    assert_shows(curves, model, Window(1, 0, 10))
    look(curves, 0, 100)  # there a step is seven pixels
    assert_shows(curves, model, Window(1, 0, 11))
    append(run, 12, 12)
    model.poll()
    curves.send_new()
    assert_shows(curves, model, Window(1, 0, 12))
    look(curves, 0, NUM_STEPS)
    append(run, 13, 13)
    model.poll()
    curves.send_new()
    assert_shows(curves, model, Window(1, 0, 12))
    run.write_status(RunStatus(state="finished", num_steps=NUM_STEPS))
    model.poll()
    curves.send_new()
    assert_shows(curves, model, Window(1, 0, 13))


def test_steps_that_a_resume_takes_back_go_from_the_figure(
    curves: Curves, model: TrainLiveModel, run: RunDirectory
) -> None:
    curves.send_all()
    with (run.path / "records.jsonl").open("a") as stream:
        stream.write(json.dumps({"kind": "resume", "step": 10, "time": 200.0}) + "\n")
    model.poll()
    curves.send_new()
    assert_shows(curves, model, Window(1, 0, 10))
    assert loss_axis(curves) == (1.0, 10.0)  # of the losses that are left


def test_all_goes_to_a_browser_that_has_just_come(
    curves: Curves, model: TrainLiveModel, events: list[str]
) -> None:
    curves.send_all()
    curves.send_all()
    assert events == 2 * ["ColumnDataChangedEvent"]


def test_the_zoom_stays_until_the_run_gets_another_length(
    curves: Curves, model: TrainLiveModel, run: RunDirectory
) -> None:
    curves.send_all()
    steps = step_range(curves)
    look(curves, 10, 20)
    curves.send_new()
    assert (steps.start, steps.end, steps.reset_end) == (10, 20, NUM_STEPS)
    run.write_status(RunStatus(state="finished", num_steps=2 * NUM_STEPS))
    model.poll()
    curves.send_new()
    assert (steps.start, steps.end, steps.reset_end) == (0, 2 * NUM_STEPS, 2 * NUM_STEPS)


def test_the_run_beside_it_is_as_fine(curves: Curves, model: TrainLiveModel) -> None:
    other = write_long_run(model.root, 20_000)
    curves.send_all()
    assert not len(beside_of(curves).data["step"])
    model.look_beside(other.run_id)
    curves.send_beside()
    assert beside_of(curves).data["step"].tolist() == [*range(8, 20_001, 8)]
    look(curves, 100, 110)
    assert beside_of(curves).data["step"].tolist() == [*range(90, 121)]
    model.look_beside("")
    curves.send_beside()
    assert not len(beside_of(curves).data["step"])


def test_what_is_normal_is_drawn_behind_a_run_of_its_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "explorer.pages.train.curves.reference_band.shipped_root", lambda: tmp_path / "no"
    )
    root = tmp_path / "runs"
    for _number in range(2):
        write_long_run(root, 500)
    model = TrainLiveModel(root)
    curves = Curves(model)
    curves.send_all()
    area: Any = curves.layout.select_one({"name": "normal_class_loss"})
    losses = next(d for d in curves.layout.select({"type": Div}) if "Class loss" in d.text)
    assert "Normal" not in losses.text
    model.follow(write_long_run(root, 20))
    curves.send_new()
    band = model.band
    assert band is not None
    assert "<span>Normal: 2 finished runs of fast on creature</span>" in losses.text
    columns = area.data_source.data
    assert columns["class_loss_low"].tolist() == band.low["class_loss_smooth"].tolist()
    assert columns["class_loss_high"].tolist() == band.high["class_loss_smooth"].tolist()
    model.follow(write_long_run(tmp_path / "elsewhere", 20))
    curves.send_new()
    assert "Normal" not in losses.text
    assert not len(area.data_source.data["step"])
