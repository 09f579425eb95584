"""What a run is going to do, before it is started."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from explorer.config import OVERFIT_STEPS, AnchorConfig, TrainConfig
from explorer.datasets import load_objects, num_batches, open_dataset
from explorer.datasets.catalog import is_named
from explorer.i18n import _
from explorer.ssd.anchors import anchor_grid, feature_map_shapes
from explorer.ssd.coverage import measure_coverage
from explorer.training.history import summarise_runs
from explorer.training.run_directory import RunDirectory

__all__ = ["Plan", "Planner"]

_GOOD_COVERAGE = 0.85
"""With 0.74 of the objects covered, AP50 was 0.86 after eight epochs; with 0.89, 0.985."""


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
    warnings : tuple of str
        What will go badly, a sentence each.
    """

    num_anchors: int
    num_images: int | None = None
    num_steps: int | None = None
    coverage: float | None = None
    seconds: float | None = None
    warnings: tuple[str, ...] = ()


class Planner:
    """Makes plans; what takes long to look up is remembered.

    Parameters
    ----------
    root : path
        Of the runs, whose pace tells how long the next one will take.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._coverage: dict[tuple[str, AnchorConfig, int, float], float] = {}

    def plan(self, config: TrainConfig) -> Plan:
        """Look up what a run would do.

        Raises
        ------
        ValueError
            If the anchors do not fit the input, or the data set is damaged, or no folder.
        """
        shapes = feature_map_shapes(
            (config.input_size, config.input_size), len(config.anchors.layers)
        )
        num_anchors = len(anchor_grid(config.anchors, shapes))
        try:
            num_images = len(open_dataset(config.dataset, "train"))
        except FileNotFoundError as error:
            if is_named(config.dataset):
                return Plan(num_anchors)
            raise ValueError(str(error)) from None
        an_epoch = OVERFIT_STEPS if config.overfit else num_batches(num_images, config.batch_size)
        num_steps = an_epoch * config.epochs
        pace = self._seconds_a_sample()
        coverage = self._covered(config, shapes)
        return Plan(
            num_anchors,
            num_images,
            num_steps,
            coverage,
            None if pace is None else pace * num_steps * config.batch_size,
            tuple(_warnings(config, num_images, coverage)),
        )

    def _covered(self, config: TrainConfig, shapes: tuple[tuple[int, int], ...]) -> float:
        threshold = config.match.match_iou_threshold
        key = (config.dataset, config.anchors, config.input_size, threshold)
        if key not in self._coverage:
            boxes = load_objects(config.dataset, "train").boxes
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


def _warnings(config: TrainConfig, num_images: int, coverage: float) -> Iterator[str]:
    if coverage < _GOOD_COVERAGE:
        yield _(
            "{share:.0%} of the objects are out of reach of these anchors, but for one forced "
            "match each: the anchors page suggests better ones."
        ).format(share=1 - coverage)
    if num_images < config.batch_size:
        yield _(
            "A batch of {batch} is more than there are images: each step sees all {images}."
        ).format(batch=config.batch_size, images=num_images)
    if config.class_loss == "cross-entropy" and config.match.negative_mining_ratio < 0:
        yield _(
            "Cross-entropy over all anchors drowns the few positives in background: mine the "
            "negatives (3 a positive), or take the focal loss."
        )
