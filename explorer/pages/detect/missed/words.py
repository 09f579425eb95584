"""What the detect page says of an object: found by whom, or lost where, and what helps."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.config import DetectConfig
from explorer.evaluation.smallest_change import LEAST_SCORE, SettingChange
from explorer.evaluation.why_missed import TRAINED_IOU, ObjectVerdict, Outcome
from explorer.i18n import _
from explorer.pages.detect.compared_numbers import compared, digits_apart
from explorer.ssd.detection import Detections


def object_name(class_name: str, number: int) -> str:
    """Return what an object is called, counted from 1 over all classes: hostile until escaped."""
    return f"{class_name[:1].upper()}{class_name[1:]} {number}"


def verdict_text(
    verdict: ObjectVerdict,
    detections: Detections,
    config: DetectConfig,
    class_names: Sequence[str],
    object_names: Sequence[str],
) -> str:
    """Return what became of an object, in a sentence or two.

    Parameters
    ----------
    detections : Detections
        Those that the verdict is about; boxes are called by their place among them.
    class_names : sequence of str
        Of the model.
    object_names : sequence of str
        One per object.
    """
    name = class_names[verdict.class_id] if verdict.class_id >= 0 else ""
    texts = {
        Outcome.FOUND: _("Found by {box}: score {score}, IoU {iou}."),
        Outcome.UNKNOWN_CLASS: _("The model has no such class; it knows {known}."),
        Outcome.NO_ANCHOR: _(
            "No anchor fits it: the best overlaps it by IoU {anchor_iou}, and training makes only "
            "those above {trained_iou} learn it. The best predicted box reaches {iou}."
        ),
        Outcome.POOR_BOX: _(
            "No predicted box fits it: the best reaches IoU {iou}, although an anchor overlaps it "
            "by {anchor_iou}."
        ),
        Outcome.WRONG_CLASS: _("A box fits it, but the model takes it for {name}, score {score}."),
        Outcome.LOW_SCORE: _(
            "The model does not see it: of the boxes that fit it, the surest has score {score}."
        ),
        Outcome.TAKEN: _(
            "{box} fits it too (IoU {iou}), but counts for {other}; no second box that fits has a "
            "score of {least} or more."
        ),
        Outcome.UNDER_THRESHOLD: _("Its surest box has score {below}."),
        Outcome.BEYOND_TOPK: _(
            "Its surest box is number {rank:,} by score, and only the best {topk} enter NMS."
        ),
        Outcome.SUPPRESSED: _(
            "Its box, score {score}, is suppressed by {suppressor}: {measure} {overlap} ≥ "
            "{nms_iou}."
        ),
    }
    other = object_names[verdict.taken_for] if verdict.taken_for >= 0 else ""
    text = texts[verdict.outcome]
    if verdict.outcome == Outcome.WRONG_CLASS and other:
        text = _("{box} fits it, but is taken for {name} and counts for {other}.")
    text = text.format(
        box=box_name(verdict.anchor, detections),
        suppressor=_suppressor(verdict, detections, class_names),
        name=name,
        known=", ".join(class_names),
        other=other,
        score=f"{verdict.score:.2f}",
        below=compared(verdict.score, config.score_threshold, _digits(verdict)),
        least=f"{LEAST_SCORE:.2f}",
        iou=f"{verdict.iou:.2f}",
        anchor_iou=f"{verdict.best_anchor_iou:.2f}",
        trained_iou=f"{TRAINED_IOU:.2f}",
        measure=config.nms_measure,
        overlap=f"{verdict.suppressed_iou:.{_digits(verdict)}f}",
        nms_iou=f"{config.nms_iou_threshold:.2f}",
        rank=verdict.rank,
        topk=config.nms_topk,
    )
    return text[:1].upper() + text[1:]


def remedy_text(verdict: ObjectVerdict) -> str:
    """Return what would make the object found; empty where it is."""
    if verdict.change is not None:
        return _change_text(verdict.change)
    if verdict.outcome == Outcome.FOUND:
        return ""
    if verdict.outcome == Outcome.UNKNOWN_CLASS:
        return _("Give the object one of these names, or choose another model.")
    if verdict.outcome == Outcome.NO_ANCHOR:
        return _("No setting helps; anchors of its size would: see the Anchors page.")
    if verdict.outcome <= Outcome.WRONG_CLASS:
        return _("No setting helps; more training may.")
    return _("No change of one setting brings it back.")


def lowered_text(story: str) -> str:
    """Return what to say where a lower score threshold alone does not help; `story` is ours."""
    return _("A lower score threshold alone does not bring it back. Then: {story}", story=story)


def button_text(change: SettingChange) -> str:
    """Return what a button says that makes the change."""
    if change.setting == "score_threshold":
        return _("Set score threshold to {value}").format(value=f"{change.value:.2f}")
    if change.setting == "nms_iou_threshold":
        return _("Set NMS IoU to {value}").format(value=f"{change.value:.2f}")
    if change.setting == "force_suppress":
        return _("Suppress within a class only")
    return _("Let the best {number} into NMS").format(number=change.value)


def back_text(before: SettingChange) -> str:
    """Return what a button says that takes a change back; `before` has the earlier value."""
    if before.setting == "force_suppress":
        return _("Suppress across classes again")
    if before.setting == "nms_topk":
        return _("Back to {value}").format(value=before.value if before.value > 0 else _("all"))
    return _("Back to {value}").format(value=f"{before.value:.2f}")


def _change_text(change: SettingChange) -> str:
    if change.setting == "score_threshold":
        text = _("Score threshold {value} brings it back.")
    elif change.setting == "nms_iou_threshold":
        text = _("NMS IoU {value} brings it back.")
    elif change.setting == "force_suppress":
        return _("Suppressing within a class only brings it back.")
    else:
        return _("Letting the best {number} into NMS brings it back.").format(number=change.value)
    return text.format(value=f"{change.value:.2f}")


def box_name(anchor: int, detections: Detections) -> str:
    """Return what a detection is called, by its place by score; other boxes have no name."""
    places = (detections.anchor == anchor).nonzero()[0]
    return _("box {number}").format(number=int(places[0]) + 1) if len(places) else _("a box")


def _suppressor(verdict: ObjectVerdict, detections: Detections, class_names: Sequence[str]) -> str:
    """Return the box that removed one; its class too where that is another."""
    places = (detections.anchor == verdict.suppressor).nonzero()[0]
    if len(places) == 0:
        return ""
    box = box_name(verdict.suppressor, detections)
    class_id = int(detections.class_id[places[0]])
    if class_id == verdict.class_id:
        return box
    return _("{box}, a {name}").format(box=box, name=class_names[class_id])


def _digits(verdict: ObjectVerdict) -> int:
    """Return how many digits show why no smaller change is suggested."""
    change = verdict.change
    if change is None:
        return 2
    if change.setting == "nms_iou_threshold":
        return digits_apart(verdict.suppressed_iou, change.value)
    rounded_up = f"{verdict.score:.2f}" != f"{change.value:.2f}"
    return 3 if change.setting == "score_threshold" and rounded_up else 2
