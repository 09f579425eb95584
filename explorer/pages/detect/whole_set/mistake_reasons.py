"""Why a detection is wrong, and why an object was not found: one or two sentences."""

from __future__ import annotations

import numpy as np

from explorer.evaluation.error_types import FOREGROUND_IOU, ErrorType
from explorer.i18n import _
from explorer.pages.detect.whole_set.mistake_cases import Case
from explorer.pages.detect.whole_set.verdict import DatasetVerdict
from explorer.ssd.boxes import iou
from explorer.ssd.nms import OVERLAPS


def case_reason(verdict: DatasetVerdict, case: Case) -> str:
    """Return why this case is what it is; plain text, with names as they are."""
    if case.is_gt:
        return _why_unfound(verdict, case)
    kind = int(verdict.errors.detection_type[case.row])
    if kind == ErrorType.DUPLICATE:
        return _why_duplicate(verdict, case)
    overlap = _floored(_overlap(case))
    sentences = {
        -1: _("It overlaps the {gt} by {iou}."),
        ErrorType.CLASS: _("Called {detection}, but this is a {gt}; they overlap by {iou}."),
        ErrorType.LOCATION: _("It overlaps the {gt} by {iou} only; {needed} is needed."),
        ErrorType.BOTH: _("No {detection} is near; an object of another class is, but the box "
                          "overlaps it too little."),
        ErrorType.BACKGROUND: _("There is no object here."),
    }  # fmt: skip
    return sentences[kind].format(
        detection=case.detection_class,
        gt=case.gt_class,
        iou=overlap,
        needed=f"{FOREGROUND_IOU:.2f}",
    )


def _why_duplicate(verdict: DatasetVerdict, case: Case) -> str:
    judgement = verdict.judgement
    gt = verdict.errors.detection_gt[case.row]
    first = int(np.flatnonzero(judgement.match[0] == gt)[0])
    boxes = judgement.detections.boxes
    measure = OVERLAPS[verdict.config.nms_measure]
    between = float(measure(boxes[[first]], boxes[[case.row]])[0, 0])
    return _(
        "The {gt} is found already, with {score}. The two boxes overlap by {iou}: with an NMS IoU "
        "of no more than that, this one goes.",
        gt=case.gt_class,
        score=f"{judgement.detections.score[first]:.2f}",
        iou=_floored(between),
    )


def _why_unfound(verdict: DatasetVerdict, case: Case) -> str:
    judgement, errors = verdict.judgement, verdict.errors
    below = np.flatnonzero(judgement.match[0] == case.row)
    if len(below):  # one at or above the threshold would have found it
        return _("A box finds it with {score} only, which is below the score threshold.").format(
            score=f"{judgement.detections.score[below[0]]:.2f}"
        )
    nearly = np.flatnonzero(
        (errors.detection_gt == case.row)
        & np.isin(errors.detection_type, [ErrorType.CLASS, ErrorType.LOCATION])
    )
    if len(nearly):
        name = verdict.class_names[judgement.detections.class_id[nearly[0]]]
        if errors.detection_type[nearly[0]] == ErrorType.CLASS:
            return _("Mistaken for {detection}.").format(detection=name)
        return _("Only a box that overlaps it too little was found.")
    return _what_came_near(verdict, case)


def _what_came_near(verdict: DatasetVerdict, case: Case) -> str:
    """Look before NMS: at the candidates, and then at the anchors themselves."""
    nms, gt = verdict.nms, np.array([case.gt], np.float32)
    raw = nms.raw
    rows = slice(*np.searchsorted(raw.image, [case.image, case.image + 1]))
    overlap = iou(nms.boxes(verdict.config)[rows], gt)[:, 0]
    own_class = raw.class_id[rows] == verdict.judgement.truths.class_id[case.row]
    sure = raw.score[rows] >= np.float32(verdict.config.score_threshold)
    detections = verdict.judgement.detections
    kept = np.isin(raw.anchor[rows], detections.anchor[detections.image == case.image])
    fits = (overlap >= FOREGROUND_IOU) & own_class
    removed = np.flatnonzero(fits & ~kept)  # the surest first
    if len(removed) and sure[removed[0]]:
        return _(
            "A box that fits, with {score}, did not survive NMS: a better one overlaps it by the "
            "NMS IoU or more, or it was beyond the best that take part."
        ).format(score=f"{raw.score[rows][removed[0]]:.2f}")
    if len(removed):
        return _("The best box that fits has {score}, and NMS removes it.").format(
            score=f"{raw.score[rows][removed[0]]:.2f}"
        )
    if fits.any():
        return _("The box that fits it belongs to another object, which it overlaps more.")
    best_anchor = float(iou(raw.anchors, gt).max())
    if best_anchor < FOREGROUND_IOU:
        return _(
            "No anchor overlaps it by {needed}, the best one by {iou}: it is in the anchors' blind "
            "zone."
        ).format(needed=f"{FOREGROUND_IOU:.2f}", iou=_floored(best_anchor))
    if not len(overlap) or overlap.max() <= 0:
        return _("No candidate is near, whatever its score.")
    return _("The nearest candidate of any score overlaps it by {iou}.").format(
        iou=_floored(float(overlap.max()))
    )


def _overlap(case: Case) -> float:
    """Return the IoU of the detection with its object, 0 where it has none."""
    if case.detection is None or case.gt is None:
        return 0.0
    return float(iou(np.array([case.detection]), np.array([case.gt]))[0, 0])


def _floored(value: float) -> str:
    """Return two digits, never more than `value`: 0.499 is not enough where 0.50 is needed."""
    return f"{np.floor(value * 100) / 100:.2f}"
