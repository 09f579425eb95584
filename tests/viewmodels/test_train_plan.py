from __future__ import annotations

from pathlib import Path

import pytest

from explorer.config import CREATURE, recipe
from explorer.datasets import load_objects
from explorer.ssd.anchors import feature_map_shapes
from explorer.ssd.coverage import measure_coverage
from explorer.training.run_directory import RunDirectory, RunStatus
from explorer.viewmodels.train_plan import Plan, Planner


def test_the_plan_of_a_set_that_is_there(tmp_path: Path) -> None:
    planner = Planner(tmp_path)
    plan = planner.plan(recipe("fast", dataset="sample", batch_size=4))
    assert (plan.num_anchors, plan.num_images, plan.num_steps) == (5444, 32, 64)
    boxes = load_objects("sample", "train").boxes
    found = measure_coverage(CREATURE, feature_map_shapes((256, 256)), boxes, 0.5)
    assert plan.coverage == found.coverage > 0.8
    assert plan.seconds is None
    by_heart = recipe("fast", dataset="sample", batch_size=4, overfit=True)
    assert planner.plan(by_heart).num_steps == 160


def test_a_higher_threshold_is_not_answered_from_memory(tmp_path: Path) -> None:
    planner = Planner(tmp_path)
    config = recipe("fast", dataset="sample")
    strict = config.with_(match=config.match.with_(match_iou_threshold=0.7))
    covered = [planner.plan(each).coverage for each in (config, strict)]
    assert covered[0] is not None
    assert covered[1] is not None
    assert covered[1] < covered[0] - 0.2


def test_the_plan_of_a_set_that_is_still_to_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path / "no-data"))
    assert Planner(tmp_path).plan(recipe("fast")) == Plan(num_anchors=5444)


def test_a_folder_that_is_not_there_has_no_plan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nowhere"):
        Planner(tmp_path).plan(recipe("fast", dataset=str(tmp_path / "nowhere")))


def test_the_last_runs_pace_tells_the_time(tmp_path: Path) -> None:
    run = RunDirectory.create(recipe("fast", dataset="sample", batch_size=8), tmp_path)
    run.append_record({"kind": "start", "step": 0, "time": 100.0})
    for step in range(1, 41):
        run.append_record({"kind": "step", "step": step, "time": 100.0 + step})
    run.write_status(RunStatus(state="stopped", step=40))
    config = recipe("fast", dataset="sample", batch_size=16)
    # 40 steps of 8 images in 40 s: 16 steps of 16 take twice as long a step.
    assert Planner(tmp_path).plan(config).seconds == pytest.approx(32.0)
