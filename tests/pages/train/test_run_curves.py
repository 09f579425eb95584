from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from explorer.config import recipe
from explorer.data_folders import shipped_root
from explorer.pages.train.run_curves import STEP_COLUMNS, RunCurves
from explorer.training.run.directory import RunDirectory
from explorer.training.run.export import export_csv

SHIPPED = shipped_root() / "reference" / "creature-fast-0"


@pytest.fixture
def older(tmp_path: Path) -> RunDirectory:
    """A run that was recorded before some figures, and a stage of the time, were measured."""
    run = RunDirectory.create(recipe("fast"), tmp_path)
    lines = (SHIPPED / "records.jsonl").read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        record = json.loads(line)
        if record["kind"] == "step":
            record["seconds"] = {"forward": 0.5, "data": 0.25}
        if number < len(lines) - 10:
            record.pop("background_accuracy", None)
            record.get("seconds", {}).pop("data", None)
        run.append_record(record)
    figures = {"ap50": 0.5, "ap75": 0.25, "map": 0.3}
    run.append_record({**figures, "kind": "epoch", "step": len(lines), "epoch": 8, "time": 500})
    return run


def test_the_shipped_run_has_all_columns() -> None:
    curves = RunCurves()
    curves.follow(RunDirectory(SHIPPED))
    curves.poll()
    assert set(curves.steps) == set(STEP_COLUMNS)
    lengths = {len(column) for column in curves.steps.values()}
    assert lengths == {int(curves.steps["step"][-1])}


def test_what_was_not_yet_measured_has_no_value_and_breaks_nothing(
    older: RunDirectory, tmp_path: Path
) -> None:
    curves = RunCurves()
    curves.follow(older)
    curves.poll()
    figures = curves.steps["background_accuracy"]
    assert math.isnan(figures[0])
    assert figures[-1] == 0.75
    assert curves.validations["ap50"] == [0.5]
    assert not any(map(math.isnan, curves.steps["class_loss_smooth"]))
    times = curves.seconds_by_stage()
    assert times["forward"] == 0.5
    assert 0 < times["data"] < 0.25
    steps, _epochs = export_csv(older, tmp_path / "curves.csv")
    heading, first, *_others, last = (line.split(",") for line in steps.read_text().splitlines())
    place = heading.index("background_accuracy")
    assert first[place] == ""
    assert float(last[place]) == figures[-1]
