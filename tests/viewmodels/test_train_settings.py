from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from explorer.config import CREATURE, recipe
from explorer.datasets import load_objects
from explorer.ssd.anchors import feature_map_shapes
from explorer.ssd.coverage import measure_coverage
from explorer.training.run_directory import RunDirectory, RunStatus
from explorer.viewmodels.train_settings import Plan, TrainSettings


@pytest.fixture
def settings(tmp_path: Path) -> TrainSettings:
    return TrainSettings(tmp_path)


@pytest.mark.parametrize("name", ["fast", "tutorial"])
def test_a_recipe_alone_gives_that_recipe(settings: TrainSettings, name: str) -> None:
    settings.recipe = name
    assert settings.config() == recipe(name, epochs=8)


def test_a_recipe_brings_what_it_decides_and_is_then_changed(settings: TrainSettings) -> None:
    settings.recipe = "tutorial"
    assert (settings.batch_size, settings.learning_rate) == (32, 0.1)
    assert settings.class_loss == "focal"
    settings.learning_rate = 0.05
    settings.focal_gamma = 0.0
    config = settings.config()
    assert (config.learning_rate, config.focal_gamma, config.optimizer) == (0.05, 0.0, "sgd")


@pytest.mark.parametrize(("loss", "mining"), [("cross-entropy", 3.0), ("focal", -1.0)])
def test_only_cross_entropy_needs_mining(settings: TrainSettings, loss: str, mining: float) -> None:
    settings.class_loss = loss
    assert settings.config().match.negative_mining_ratio == mining


def test_the_plan_of_a_set_that_is_there(settings: TrainSettings) -> None:
    settings.set_trait("dataset", "sample")
    settings.set_trait("batch_size", 4)
    plan = settings.plan()
    assert (plan.num_anchors, plan.num_images, plan.num_steps) == (5444, 32, 64)
    boxes = load_objects("sample", "train").boxes
    found = measure_coverage(CREATURE, feature_map_shapes((256, 256)), boxes, 0.5)
    assert plan.coverage == found.coverage > 0.8
    assert plan.seconds is None
    settings.overfit = True
    assert settings.plan().num_steps == 160


def test_the_plan_of_a_set_that_is_still_to_be_made(
    settings: TrainSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path / "no-data"))
    assert settings.plan() == Plan(num_anchors=5444)


def test_the_last_runs_pace_tells_the_time(settings: TrainSettings, tmp_path: Path) -> None:
    run = RunDirectory.create(recipe("fast", dataset="sample", batch_size=8), tmp_path)
    run.append_record({"kind": "start", "step": 0, "time": 100.0})
    for step in range(1, 41):
        run.append_record({"kind": "step", "step": step, "time": 100.0 + step})
    run.write_status(RunStatus(state="stopped", step=40))
    settings.set_trait("dataset", "sample")
    settings.set_trait("batch_size", 16)
    # 40 steps of 8 images in 40 s: 16 steps of 16 take twice as long a step.
    assert settings.plan().seconds == pytest.approx(32.0)


def test_a_setting_out_of_range_has_no_plan(settings: TrainSettings) -> None:
    settings.epochs = 0
    with pytest.raises(ValidationError, match="epochs"):
        settings.plan()
