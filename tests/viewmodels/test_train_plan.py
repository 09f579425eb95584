from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from explorer.config import ANCHOR_PRESETS, CREATURE, TOY_SSD, recipe
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


def test_what_will_go_badly_is_said_before(tmp_path: Path) -> None:
    def warnings(**changes: Any) -> tuple[str, ...]:
        return Planner(tmp_path).plan(recipe("fast", dataset="sample", **changes)).warnings

    assert warnings(anchors=ANCHOR_PRESETS["creature"], match={"negative_mining_ratio": 3}) == ()
    (said,) = warnings(anchors=TOY_SSD)
    boxes = load_objects("sample", "train").boxes
    missed = 1 - measure_coverage(TOY_SSD, feature_map_shapes((256, 256)), boxes, 0.5).coverage
    assert missed > 0.2
    assert said.startswith(f"{missed:.0%} of the objects are out of reach of these anchors")
    (said,) = warnings(batch_size=64)
    assert said == "A batch of 64 is more than there are images: each step sees all 32."
    (said,) = warnings(match={"negative_mining_ratio": -1})
    assert "drowns the few positives" in said
