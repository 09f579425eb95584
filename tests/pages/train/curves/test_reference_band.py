from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.config import ANCHOR_PRESETS, TOY_SSD, TrainConfig, recipe
from explorer.pages.train.curves.reference_band import loss_means_the_same, reference_band
from explorer.training.run.directory import RunDirectory, RunStatus

CONFIG = recipe("fast", dataset="sample", batch_size=16)


@pytest.fixture(autouse=True)
def _nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "explorer.pages.train.curves.reference_band.shipped_root", lambda: tmp_path / "no"
    )


def write_run(
    root: Path, loss: float, num_steps: int = 40, state: Any = "finished", **changes: Any
) -> RunDirectory:
    """Write a run whose losses are constant, the box loss half the class loss."""
    run = RunDirectory.create(CONFIG.with_(**changes), root)
    for step in range(1, num_steps + 1):
        run.append_record(
            {
                "kind": "step",
                "step": step,
                "time": float(step),
                "num_samples": 16,
                "seconds": {},
                "class_loss": loss,
                "box_loss": loss / 2,
                "positive_accuracy": 0.5,
                "accuracy": 0.9,
                "background_accuracy": 0.9,
                "learning_rate": 0.001,
            }
        )
    run.write_status(RunStatus(state=state, step=num_steps, num_steps=num_steps))
    return run


def test_the_band_lies_between_the_lowest_and_the_highest_run(tmp_path: Path) -> None:
    for loss in (1.0, 3.0, 2.0):
        write_run(tmp_path, loss, seed=int(loss))
    shown = write_run(tmp_path, 9.0, num_steps=1, state="stopped")
    band = reference_band(shown)
    assert band is not None
    assert (band.num_runs, band.recipe, band.dataset) == (3, "fast", "sample")
    assert (band.step[0], band.step[-1]) == (1.0, 40.0)
    np.testing.assert_allclose(band.low["class_loss_smooth"], 1.0)
    np.testing.assert_allclose(band.high["class_loss_smooth"], 3.0)
    np.testing.assert_allclose(band.low["box_loss_smooth"], 0.5)
    np.testing.assert_allclose(band.high["box_loss_smooth"], 1.5)


def test_with_half_the_batch_as_many_images_are_seen_in_twice_the_steps(tmp_path: Path) -> None:
    write_run(tmp_path, 1.0)
    write_run(tmp_path, 2.0, num_steps=30)
    band = reference_band(write_run(tmp_path, 9.0, batch_size=8, state="stopped"))
    assert band is not None
    assert (band.step[0], band.step[-1]) == (2.0, 60.0)  # as far as both runs go


def test_one_run_is_no_range_and_the_shown_one_is_no_example(tmp_path: Path) -> None:
    write_run(tmp_path, 1.0)
    assert reference_band(write_run(tmp_path, 2.0)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "stopped"},
        {"num_steps": 10},
        {"pretrained": "creature"},
        {"learning_rate": 0.1},  # not as the recipe says: how it goes is not what is normal
        {"dataset": "creature"},
        {"anchors": TOY_SSD},
        {"class_loss": "focal"},
        {"overfit": True},
    ],
    ids=str,
)
def test_other_runs_are_no_examples(tmp_path: Path, changes: dict[str, Any]) -> None:
    shown = write_run(tmp_path, 9.0, state="stopped")
    write_run(tmp_path, 1.0)
    write_run(tmp_path, 2.0, **changes)
    assert reference_band(shown) is None
    write_run(tmp_path, 3.0)
    band = reference_band(shown)
    assert band is not None
    assert band.num_runs == 2


def test_damaged_runs_are_passed_over(tmp_path: Path) -> None:
    shown = write_run(tmp_path, 9.0, state="stopped")
    for loss in (1.0, 2.0, 3.0):
        damaged = write_run(tmp_path, loss)
    (damaged.path / "config.json").write_text("{")
    band = reference_band(shown)
    assert band is not None
    assert band.num_runs == 2
    assert reference_band(damaged) is None


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"seed": 4, "epochs": 30, "learning_rate": 1.0, "batch_size": 4}, True),
        ({"pretrained": "creature"}, True),
        ({"anchors": ANCHOR_PRESETS["ssd300"]}, False),
        ({"box_weight": 2.0}, False),
        ({"input_size": 128}, False),
    ],
    ids=str,
)
def test_which_losses_can_be_compared(changes: dict[str, Any], same: bool) -> None:
    assert loss_means_the_same(CONFIG, CONFIG.with_(**changes)) is same
    assert loss_means_the_same(TrainConfig.model_validate(CONFIG.model_dump()), CONFIG)
