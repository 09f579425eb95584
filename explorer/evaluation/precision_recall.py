"""Precision and recall of a judged data set: at one score threshold, and over all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.evaluation.average_precision import AveragePrecision
from explorer.evaluation.judging import IOU_THRESHOLDS, Judgement

RECALLS = np.linspace(0.0, 1.0, 101)
"""Where COCO reads the precision."""


@dataclass(frozen=True)
class PrecisionRecall:
    """What a detector finds at one score threshold, over all classes."""

    num_right: int
    """Detections that found an object: true positives."""
    num_wrong: int
    """Detections that did not: false positives."""
    num_missed: int
    """Objects that were not found: false negatives."""

    @property
    def precision(self) -> float | None:
        """Right ones of all detections; None where nothing was detected."""
        return _part(self.num_right, self.num_right + self.num_wrong)

    @property
    def recall(self) -> float | None:
        """Found ones of all objects; None where there is no object."""
        return _part(self.num_right, self.num_right + self.num_missed)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both; None where there is neither a detection nor an object."""
        return _part(2 * self.num_right, 2 * self.num_right + self.num_wrong + self.num_missed)


@dataclass(frozen=True, eq=False)
class PrecisionRecallCurve:
    """Precision and recall over falling score thresholds."""

    score_threshold: NDArray[np.float32]
    """(K,) float32, falling: each score that occurs; K = 0 without a detection."""
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    """(K,) float64: recall and F1 are NaN where there is no object."""

    def best(self) -> int | None:
        """Return the row of the highest F1, the highest threshold of equals, or None."""
        if not len(self.f1) or np.isnan(self.f1).any():
            return None
        return int(self.f1.argmax())


def precision_recall(
    judgement: Judgement, score_threshold: float, level: int = 0
) -> PrecisionRecall:
    """Count what is right, wrong and missed at a score threshold.

    Parameters
    ----------
    level : int
        The IoU threshold, an index of `IOU_THRESHOLDS`.
    """
    match = judgement.match[level, : judgement.num_above(score_threshold)]
    num_right = int((match >= 0).sum())
    return PrecisionRecall(num_right, len(match) - num_right, len(judgement.truths) - num_right)


def precision_recall_curve(
    judgement: Judgement, class_id: int | None = None, level: int = 0
) -> PrecisionRecallCurve:
    """Return the curve of one class, or of all classes together.

    A row is what `precision_recall` says at its threshold.
    """
    score, right = judgement.detections.score, judgement.match[level] >= 0
    num_gt = len(judgement.truths)
    if class_id is not None:
        of_class = judgement.detections.class_id == class_id
        score, right = score[of_class], right[of_class]
        num_gt = int(judgement.num_gt[class_id])
    # Equal scores pass a threshold together: only the last of them is a point.
    last = np.append(score[1:] != score[:-1], [True] * bool(len(score))).astype(np.bool_)
    num_right, num_found = np.cumsum(right)[last], np.flatnonzero(last) + 1.0
    nan = np.full(len(num_found), np.nan)
    return PrecisionRecallCurve(
        score_threshold=score[last],
        precision=num_right / num_found,
        recall=num_right / num_gt if num_gt else nan,
        f1=2 * num_right / (num_found + num_gt) if num_gt else nan,
    )


def interpolated_precision(right: ArrayLike, num_gt: int) -> float:
    """Return the average precision of one class, as COCO reads it off the curve.

    At each of 101 recalls it takes the best precision that is reached there or later.

    Parameters
    ----------
    right : (D,) bool
        Which detections found an object, by falling score.
    num_gt : int, above 0
    """
    hits = np.asarray(right, np.bool_)
    if not len(hits):
        return 0.0
    num_right = np.cumsum(hits, dtype=np.float64)
    precision = num_right / np.arange(1, len(hits) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    row = np.searchsorted(num_right / num_gt, RECALLS, side="left")
    return float(best[row[row < len(hits)]].sum() / len(RECALLS))


def class_average_precisions(judgement: Judgement) -> NDArray[np.float64]:
    """Return average precision at each IoU threshold of each class, (T, C).

    NaN for a class without ground truth: it does not count.
    """
    table = np.full((len(IOU_THRESHOLDS), judgement.num_classes), np.nan)
    for class_id, num_gt in enumerate(judgement.num_gt.tolist()):
        if num_gt:
            right = judgement.match[:, judgement.detections.class_id == class_id] >= 0
            table[:, class_id] = [interpolated_precision(row, num_gt) for row in right]
    return table


def average_precision_of(judgement: Judgement) -> AveragePrecision | None:
    """Return AP50, AP75 and mAP: what pycocotools says, in a hundredth of its time.

    None where there is no ground truth.
    """
    table = class_average_precisions(judgement)
    known = ~np.isnan(table[0])
    if not known.any():
        return None
    by_level = table[:, known].mean(axis=1)
    return AveragePrecision(
        ap50=float(by_level[0]), ap75=float(by_level[5]), map=float(by_level.mean())
    )


def _part(count: int, whole: int) -> float | None:
    return count / whole if whole else None
