"""Single detections and objects of a judged data set: which are looked at, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.evaluation.error_types import ErrorType
from explorer.pages.detect.whole_set.verdict import DatasetVerdict

Box = tuple[float, float, float, float]


class Selection(NamedTuple):
    """What the user wants to see: all mistakes, a type of them, or a cell of the matrix."""

    what: Literal["mistakes", "wrong", "unfound", "type", "cell"] = "mistakes"
    error_type: int = -1
    truth: int = -1
    """Row of the confusion matrix."""
    prediction: int = -1
    """Column of it."""


class Members(NamedTuple):
    """What a selection holds, in order: a row of the detections or of the ground truths each."""

    is_gt: NDArray[np.bool_]
    row: NDArray[np.int64]


@dataclass(frozen=True)
class Case:
    """One detection or one object that was not found."""

    image: int
    """Number in the data set."""
    is_gt: bool
    """Whether it is an object that was not found."""
    row: int
    """Of the detections or of the ground truths."""
    cost: float
    """AP50 that would be gained without this mistake; 0 for what is none."""
    detection: Box | None
    """corner box, normalised, or None."""
    detection_class: str
    """Empty without a detection; hostile until escaped, as `gt_class`."""
    score: float
    """0 without a detection."""
    gt: Box | None
    """corner box or None: the object that it is about."""
    gt_class: str
    others: tuple[Box, ...]
    """tuple of corner boxes: the other objects on the image."""


def members_of(verdict: DatasetVerdict, selection: Selection) -> Members:
    """Return what `selection` holds.

    The costliest come first; of equal cost the surer detection, and the larger object. Detections
    that are right cost nothing: there the least sure come first.
    """
    errors, costs = verdict.errors, verdict.single_costs
    detections, gts = _chosen(verdict, selection)
    rows = np.flatnonzero(detections)
    score = verdict.judgement.detections.score[rows].astype(np.float64)
    right = errors.detection_type[rows] < 0
    gt_rows = np.flatnonzero(gts)
    boxes = verdict.judgement.truths.boxes[gt_rows]
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    row = np.concatenate([rows, gt_rows])
    is_gt = np.repeat([False, True], [len(rows), len(gt_rows)])
    cost = np.concatenate([costs.detection[rows], costs.gt[gt_rows]])
    prominence = np.concatenate([np.where(right, -score, score), area])
    order = np.lexsort((-prominence, is_gt, -cost))
    return Members(is_gt[order], row[order])


def case_of(verdict: DatasetVerdict, is_gt: bool, row: int) -> Case:
    """Return one member of a selection with all that is drawn of it."""
    judgement, names = verdict.judgement, verdict.class_names
    detections, truths = judgement.detections, judgement.truths
    if is_gt:
        image, gt = int(truths.image[row]), row
        cost = float(verdict.single_costs.gt[row])
    else:
        image = int(detections.image[row])
        gt = int(verdict.errors.detection_gt[row])
        cost = float(verdict.single_costs.detection[row])
    start, end = truths.starts[image : image + 2]
    return Case(
        image=image,
        is_gt=is_gt,
        row=row,
        cost=cost,
        detection=None if is_gt else _box(detections.boxes[row]),
        detection_class="" if is_gt else names[detections.class_id[row]],
        score=0.0 if is_gt else float(detections.score[row]),
        gt=_box(truths.boxes[gt]) if gt >= 0 else None,
        gt_class=names[truths.class_id[gt]] if gt >= 0 else "",
        others=tuple(_box(truths.boxes[n]) for n in range(start, end) if n != gt),
    )


def _chosen(
    verdict: DatasetVerdict, selection: Selection
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which detections and which ground truths are in the selection."""
    errors, found = verdict.errors, verdict.confusion
    wrong = errors.detection_type >= 0
    no_detection, no_gt = np.zeros_like(wrong), np.zeros_like(errors.missed)
    if selection.what == "mistakes":
        return wrong, errors.missed
    if selection.what == "wrong":
        return wrong, no_gt
    if selection.what == "unfound":
        return no_detection, ~errors.gt_found
    if selection.what == "type":
        if selection.error_type == ErrorType.MISSED:
            return no_detection, errors.missed
        return errors.detection_type == selection.error_type, no_gt
    background = verdict.judgement.num_classes
    if selection.prediction == background:
        missed = found.gt_prediction == background
        return no_detection, missed & (verdict.judgement.truths.class_id == selection.truth)
    class_id = verdict.judgement.detections.class_id[: errors.number]
    return (found.detection_truth == selection.truth) & (class_id == selection.prediction), no_gt


def _box(row: NDArray[np.float32]) -> Box:
    left, top, right, bottom = (float(value) for value in row)
    return left, top, right, bottom
