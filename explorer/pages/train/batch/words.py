"""The next batch in words: its loss, what became of an image, who pays for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from explorer.config import CLASS_LOSSES, TrainConfig
from explorer.datasets.augmentation import LEAST_COVERED
from explorer.i18n import _, ngettext
from explorer.pages.train.batch.model import AnchorCounts, BatchModel

if TYPE_CHECKING:
    from explorer.training.batch_inspection import BatchInspection

_SAME = 1e-3
"""Relative; rounding alone differs by a thousandth of this."""


def shown_loss(value: float) -> str:
    """Return a loss as it is shown: recipes differ by factors of thousands."""
    return f"{value:.4g}"


def small_numbers(values: Sequence[float]) -> list[str]:
    """Return losses that stand below each other: as many decimals as the largest needs."""
    largest = max(values, default=0.0)
    decimals = 2 - math.floor(math.log10(largest)) if largest > 0 else 0
    return [f"{value:.{max(0, decimals)}f}" for value in values]


def state_text(model: BatchModel) -> str:
    """Return what there is to do before a batch is shown; empty when it is."""
    if model.works:
        return _("Augmenting the images and asking the network…")
    if model.run is None:
        return _("Start a run first: its batches can then be looked at.")
    if not model.has_checkpoint:
        return _(
            "This run has no checkpoint yet. One is saved at the end of each epoch, and when you "
            "press Save checkpoint."
        )
    if model.inspection is None:
        return _("Looks at what comes after the newest checkpoint; the run is not disturbed.")
    return ""


def caption(model: BatchModel) -> str:
    """Return which image of which batch is shown."""
    batch: BatchInspection = model.inspection
    image = model.present
    share = image.loss / batch.loss if batch.loss > 0 else 0.0
    return _(
        "Image {number} of {all} · record {record} · {share} of the batch’s loss",
        number=model.image + 1,
        all=len(batch.images),
        record=image.record_id,
        share=f"{share:.1%}",
    )


def loss_text(model: BatchModel) -> str:
    """Return the loss of the batch, and the run's own record of it as a proof."""
    batch: BatchInspection = model.inspection
    text = _(
        "The batch of step {step:,}, with the weights after step {before:,}. Loss of this batch: "
        "{loss} = classes {classes} + boxes {boxes}.",
        step=batch.step,
        before=batch.step - 1,
        loss=shown_loss(batch.loss),
        classes=shown_loss(batch.class_loss),
        boxes=shown_loss(batch.box_loss),
    )
    if model.recorded is None:
        return text + " " + _("The run has no record of this step yet.")
    own = _("The run’s own record of step {step:,}: {loss}.")
    own = own.format(step=batch.step, loss=shown_loss(model.recorded))
    if abs(model.recorded - batch.loss) > _SAME * abs(model.recorded):
        own += " " + _("They differ: the run computes on another device, or on several.")
    return f"{text} {own}"


def before_text(model: BatchModel) -> str:
    """Return what the image was."""
    height, width = model.present.original.shape[:2]
    return _("In the data set, {width} × {height} px", width=width, height=height)


def after_text(model: BatchModel) -> str:
    """Return what the network gets of it."""
    size = model.inspection.config.input_size
    return _("As the network sees it, {width} × {height} px", width=size, height=size)


def augmentation_text(model: BatchModel) -> str:
    """Return what is done to images, and that no object is lost by it."""
    config: TrainConfig = model.inspection.config
    if config.overfit or config.augment == "none":
        return _("This run does not augment: images are resized, and nothing else.")
    text = {
        "crop": _("Augmented: a random part of the image, cut out."),
        "full": _("Augmented: a random part of the image, perhaps mirrored, in other colours."),
    }[config.augment]
    num_objects = len(model.present.labels)
    if num_objects == 0:
        return text
    kept = ngettext(
        "Its object is kept: no crop may lose more than {lost:.0%} of one.",
        "All its {n} objects are kept: no crop may lose more than {lost:.0%} of one.",
        num_objects,
        lost=1 - LEAST_COVERED,
    )
    return f"{text} {kept}"


def batch_summary(model: BatchModel) -> str:
    """Return who takes part in the loss, of the image and of the batch."""
    batch: BatchInspection = model.inspection
    parts = [_counted(_("Anchors of this image"), model.counts(model.present), model.mines)]
    if len(model.present.labels) == 0:
        parts.append(_no_object(model))
    parts.append(_counted(_("Of the batch"), model.counts(*batch.images), model.mines))
    share = model.positive_share()
    if share is None:
        parts.append(_("Nothing in it adds to the loss."))
    else:
        parts.append(_("{share} of its loss comes from the positive ones.", share=f"{share:.0%}"))
    return " ".join(parts)


def _counted(what: str, counts: AnchorCounts, mines: bool) -> str:
    text = (
        _("{what}: {positive:,} positive, {negative:,} mined negative, {ignored:,} ignored.")
        if mines
        else _("{what}: {positive:,} positive, {negative:,} negative, {ignored:,} ignored.")
    )
    return text.format(what=what, **counts._asdict())


def _no_object(model: BatchModel) -> str:
    batch: BatchInspection = model.inspection
    if not CLASS_LOSSES[batch.config.class_loss].mined:
        return _(
            "It has no object: MXNet’s targets leave all its anchors out, but this loss "
            "treats them as background, so they count."
        )
    return _(
        "It has no object: every anchor is ignored, so it adds nothing to the loss and trains "
        "nothing."
    )
