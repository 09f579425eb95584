"""What a run is going to do, before it is started."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from explorer.config import (
    OPTIMIZERS,
    OVERFIT_STEPS,
    AnchorConfig,
    DetectorConfig,
    FeatureMap,
    TrainConfig,
)
from explorer.datasets import load_objects, num_batches
from explorer.datasets.catalog import is_named
from explorer.datasets.records.trainable import open_to_train
from explorer.engine.checkpoint_files import CheckpointError
from explorer.engine.pretrained import pretrained_name, verify_pretrained
from explorer.engine.transfer import what_fits
from explorer.i18n import _
from explorer.pages.train.duration_text import duration_text
from explorer.ssd.anchors import anchors_per_layer
from explorer.ssd.coverage import measure_coverage
from explorer.training.failures import explain_failure
from explorer.training.run.directory import RunDirectory
from explorer.training.run.history import summarise_runs

_GOOD_COVERAGE = 0.85
"""With 0.74 of the objects covered, AP50 was 0.86 after eight epochs; with 0.89, 0.985."""

_BORNE = {
    ("cross-entropy", "positives"): 1,
    ("cross-entropy", "anchors"): 300,
    ("focal", "positives"): 5,
    ("focal", "anchors"): 200,
}
"""How many times the rate of `Optimizer.largest_rate` a loss bears whose gradient is smaller. Of 40
steps on `sample` in batches of 8 with SGD, cross-entropy by positives left AP50 at 0.19 with 0.01,
at 0.002 with 0.1; by anchors at 0.032 with 30; the focal loss by positives at 0.050 with 0.01, at
0.026 with 0.5, at 0.003 with 1; by anchors, as the tutorial has it, at 0.041 with 1, at 0.119 with
10, at 0.003 with 30."""


@dataclass(frozen=True)
class Plan:
    """What a run with the present settings is going to do."""

    num_anchors: int
    num_images: int | None = None
    """To learn from; None while the data set is not there: the run makes it."""
    num_steps: int | None = None
    coverage: float | None = None
    """float in [0, 1] or None: share of the objects that an anchor overlaps with at least the
    match threshold.
    """
    taken: str = ""
    """What the first weights are taken from and which are new, in one sentence; empty if all are
    random.
    """
    seconds: float | None = None
    """At the pace of the newest run that has come far enough to have one; None without one."""
    warnings: tuple[str, ...] = ()
    """What will go badly, a sentence each."""


class Planner:
    """Makes plans; what takes long to look up is remembered.

    `root` is the folder of the runs, whose pace tells how long the next one will take.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._coverage: dict[tuple[str, AnchorConfig, int, float], float] = {}

    def plan(self, config: TrainConfig) -> Plan:
        """Look up what a run would do.

        Raises
        ------
        ValueError
            If the anchors do not fit the input, the data set is damaged or no folder, or the
            weights to begin with are missing or damaged.
        """
        maps = config.detector(("object",)).feature_maps
        num_anchors = sum(anchors_per_layer(config.anchors, maps))
        try:
            train_set, _val_set = open_to_train(config.dataset)
        except FileNotFoundError as error:
            if is_named(config.dataset):
                from explorer.datasets import classes_to_come  # with all that makes sets

                taken, of_heads = _beginning(config, classes_to_come(config.dataset))
                return Plan(num_anchors, taken=taken, warnings=(*_warnings(config), *of_heads))
            raise ValueError(str(error)) from None
        num_images = len(train_set)
        an_epoch = OVERFIT_STEPS if config.overfit else num_batches(num_images, config.batch_size)
        num_steps = an_epoch * (config.epochs - config.first_epoch)
        pace = self._seconds_a_sample()
        coverage = self._covered(config, maps)
        taken, of_heads = _beginning(config, train_set.class_names)
        return Plan(
            num_anchors,
            num_images,
            num_steps,
            coverage,
            taken,
            None if pace is None else pace * num_steps * config.batch_size,
            (*_warnings(config), *_of_data(config, num_images, coverage), *of_heads),
        )

    def _covered(self, config: TrainConfig, maps: Sequence[FeatureMap]) -> float:
        threshold = config.match.match_iou_threshold
        key = (config.dataset, config.anchors, config.input_size, threshold)
        if key not in self._coverage:
            boxes = load_objects(config.dataset, "train").boxes
            shape_px = (config.input_size, config.input_size)
            measured = measure_coverage(config.anchors, maps, shape_px, boxes, threshold)
            self._coverage[key] = measured.coverage
        return self._coverage[key]

    def _seconds_a_sample(self) -> float | None:
        """Return the pace of the newest run that has come far enough to tell."""
        for run in summarise_runs(self._root):
            if run.step >= 2 * OVERFIT_STEPS and run.state != "damaged":
                batch_size = RunDirectory(self._root / run.run_id).read_config().batch_size
                return run.seconds / (run.step * batch_size)
        return None


def plan_text(plan: Plan) -> str:
    """Return a list of what will happen, and what will go badly, as HTML."""
    lines = [_("{number:,} anchors per image.", number=plan.num_anchors)]
    if plan.num_images is None or plan.num_steps is None:
        lines.append(_("The data set is not there yet: it is made first, which takes a minute."))
    else:
        text = _("{images:,} images to learn from: {steps:,} steps in total.")
        lines.append(text.format(images=plan.num_images, steps=plan.num_steps))
    if plan.coverage is not None:
        text = _("{share:.1%} of their objects have an anchor over the match threshold.")
        lines.append(text.format(share=plan.coverage))
    if plan.taken:
        lines.append(escape(plan.taken))
    if plan.seconds is not None:
        time = duration_text(plan.seconds)
        lines.append(_("About {time} at the last run's pace.", time=time))
    items = "".join(f"<li>{line}</li>" for line in lines)
    warnings = "".join(f'<p class="ssdx-warning">{escape(each)}</p>' for each in plan.warnings)
    return f"<ul>{items}</ul>{warnings}"


def check_pretrained(pretrained: str) -> DetectorConfig:
    """Return what detector a `TrainConfig.pretrained` is that is not empty.

    Raises
    ------
    ValueError
        If it is missing or damaged.
    """
    try:
        return verify_pretrained(pretrained)[0]
    except (CheckpointError, OSError) as error:
        text = explain_failure(error)
        text = text[0].upper() + text[1:]
        raise ValueError(_("{text}: choose other weights to start from.", text=text)) from None


def _beginning(config: TrainConfig, class_names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return `Plan.taken`, and what is to be warned of."""
    if not config.pretrained:
        return "", ()
    transfer = what_fits(check_pretrained(config.pretrained), config.detector(class_names))
    source = pretrained_name(config.pretrained)
    warnings: tuple[str, ...] = ()
    if maps := transfer.maps_with_new_boxes:
        text = _(
            "These anchors are not those of {source}: the heads of {maps} do not fit, and begin "
            "with random weights. With its own anchors, its box heads would be taken too."
        )
        warnings = (text.format(source=source, maps=maps),)
    return transfer.sentence(source), warnings


def _of_data(config: TrainConfig, num_images: int, coverage: float) -> Iterator[str]:
    """Return what will go badly on these images, a sentence each."""
    if coverage < _GOOD_COVERAGE:
        yield _(
            "{share:.0%} of the objects are out of reach of these anchors, except for one forced "
            "match each: the anchors page suggests better ones.",
            share=1 - coverage,
        )
    if num_images < config.batch_size:
        text = _(
            "A batch of {batch} is larger than the number of images: each step sees all {images}."
        )
        yield text.format(batch=config.batch_size, images=num_images)


def _warnings(config: TrainConfig) -> Iterator[str]:
    """Return what will go badly on any data, a sentence each."""
    largest = _largest_rate(config)
    if config.learning_rate > largest:
        yield _(
            "A learning rate of {rate:,.10g} is too high for {optimizer} with this loss: nothing "
            "is learned, and the loss may explode. Take {largest:g} or less.",
            rate=config.learning_rate,
            optimizer=_(OPTIMIZERS[config.optimizer].title),
            largest=largest,
        )
    if config.class_loss == "cross-entropy" and config.match.negative_mining_ratio < 0:
        yield _(
            "Cross-entropy over all anchors drowns the few positives in background: mine the "
            "negatives (3 per positive), or take the focal loss."
        )


def _largest_rate(config: TrainConfig) -> float:
    """Return the rate above which a run surely fails; a lower one may fail, too."""
    optimizer = OPTIMIZERS[config.optimizer]
    largest = optimizer.largest_rate
    if "momentum" in optimizer.options:
        largest *= 1 - config.momentum  # the steps before go on, and add up
    if optimizer.by_gradient:
        largest *= _BORNE[config.class_loss, config.loss_average]
    return float(f"{largest:.2g}")
