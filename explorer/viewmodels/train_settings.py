"""Settings of the next run, and what will happen when it is started with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import traitlets as t

from explorer.config import ANCHOR_PRESETS, OVERFIT_STEPS, RECIPES, TrainConfig, recipe
from explorer.datasets import load_objects, num_batches, open_dataset
from explorer.ssd.anchors import anchor_grid, feature_map_shapes
from explorer.ssd.coverage import measure_coverage
from explorer.training.history import summarise_runs
from explorer.training.run_directory import RunDirectory

__all__ = ["Plan", "TrainSettings"]

_DEFAULTS = recipe("fast")
_TAKEN = ("batch_size", "learning_rate", "class_loss")
"""What a recipe decides and the page shows; the rest of it stays as it is."""


@dataclass(frozen=True)
class Plan:
    """What a run with the present settings is going to do.

    Parameters
    ----------
    num_anchors : int
    num_images : int or None
        To learn from; None while the data set is not there: the run makes it.
    num_steps : int or None
    coverage : float in [0, 1] or None
        Share of the objects that an anchor overlaps with at least the match threshold.
    seconds : float or None
        At the pace of the newest run that has come far enough to have one; None without one.
    """

    num_anchors: int
    num_images: int | None = None
    num_steps: int | None = None
    coverage: float | None = None
    seconds: float | None = None


class TrainSettings(t.HasTraits):
    """What the page lets one choose; choosing a recipe sets what it decides.

    Parameters
    ----------
    root : path
        Of the runs, whose pace tells how long the next one will take.
    """

    recipe = t.Enum(tuple(RECIPES), "fast")
    dataset = t.Unicode("creature")
    anchors = t.Enum(tuple(ANCHOR_PRESETS), "creature")
    device = t.Unicode("auto")
    epochs = t.Int(8)
    batch_size = t.Int(_DEFAULTS.batch_size)
    learning_rate = t.Float(_DEFAULTS.learning_rate)
    seed = t.Int(0)
    overfit = t.Bool(False)
    class_loss = t.Enum(("cross-entropy", "focal"), _DEFAULTS.class_loss)
    focal_alpha = t.Float(_DEFAULTS.focal_alpha)
    focal_gamma = t.Float(_DEFAULTS.focal_gamma)

    def __init__(self, root: Path, **traits: Any) -> None:
        super().__init__(**traits)
        self._root = root
        self._coverage: dict[tuple[str, str], float] = {}

    @t.observe("recipe")
    def _take_recipe_values(self, _change: Any) -> None:
        chosen = recipe(self.recipe)
        with self.hold_trait_notifications():
            for name in _TAKEN:
                setattr(self, name, getattr(chosen, name))

    def config(self) -> TrainConfig:
        """Return the configuration of the next run.

        Raises
        ------
        ValidationError
            If a setting is out of its range.
        """
        names = (*_TAKEN, "dataset", "device", "epochs", "seed", "overfit", "focal_alpha",
                 "focal_gamma")  # fmt: skip
        changes = {name: getattr(self, name) for name in names}
        mining = recipe(self.recipe).match.with_(
            negative_mining_ratio=3.0 if self.class_loss == "cross-entropy" else -1.0
        )
        return recipe(self.recipe, anchors=ANCHOR_PRESETS[self.anchors], match=mining, **changes)

    def plan(self) -> Plan:
        """Look up what a run would do.

        Raises
        ------
        ValueError
            If a setting is out of its range, or the data set is damaged.
        """
        config = self.config()
        shapes = feature_map_shapes((config.input_size, config.input_size))
        num_anchors = len(anchor_grid(config.anchors, shapes))
        try:
            num_images = len(open_dataset(config.dataset, "train"))
        except FileNotFoundError:
            return Plan(num_anchors)
        an_epoch = OVERFIT_STEPS if config.overfit else num_batches(num_images, config.batch_size)
        num_steps = an_epoch * config.epochs
        pace = self._seconds_a_sample()
        return Plan(
            num_anchors,
            num_images,
            num_steps,
            self._covered(config),
            None if pace is None else pace * num_steps * config.batch_size,
        )

    def _covered(self, config: TrainConfig) -> float:
        key = (config.dataset, self.anchors)
        if key not in self._coverage:
            boxes = load_objects(config.dataset, "train").boxes
            shapes = feature_map_shapes((config.input_size, config.input_size))
            threshold = config.match.match_iou_threshold
            self._coverage[key] = measure_coverage(
                config.anchors, shapes, boxes, threshold
            ).coverage
        return self._coverage[key]

    def _seconds_a_sample(self) -> float | None:
        """Return the pace of the newest run that has come far enough to tell."""
        for run in summarise_runs(self._root):
            if run.step >= 2 * OVERFIT_STEPS and run.state != "damaged":
                batch_size = RunDirectory(self._root / run.run_id).read_config().batch_size
                return run.seconds / (run.step * batch_size)
        return None
