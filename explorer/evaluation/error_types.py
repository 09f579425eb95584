"""What kind of mistake each wrong detection is, and which objects nothing comes near."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from explorer.evaluation.judging import IOU_THRESHOLDS, Judgement
from explorer.evaluation.overlaps import Overlaps

FOREGROUND_IOU = float(IOU_THRESHOLDS[0])
"""From this IoU on a box is in the right place."""

BACKGROUND_IOU = 0.1
"""Below this IoU a box is nowhere near."""


class ErrorType(IntEnum):
    """The six kinds of mistakes."""

    CLASS = 0
    """In the right place, of the wrong class."""
    LOCATION = 1
    """Of the right class, but the box fits too badly."""
    BOTH = 2
    """Of the wrong class, and the box fits too badly."""
    DUPLICATE = 3
    """Right, but a surer detection has found the object already."""
    BACKGROUND = 4
    """There is nothing."""
    MISSED = 5
    """An object that no detection found, nor would have found with another class or box; those
    below the score threshold do not count."""


@dataclass(frozen=True, eq=False)
class Errors:
    """The mistakes at one score threshold: each has exactly one type."""

    judgement: Judgement
    number: int
    """How many of its detections are judged: those at or above the score threshold."""
    detection_type: NDArray[np.int8]
    """(number,) int8: an `ErrorType`, or -1 where the detection is right."""
    detection_gt: NDArray[np.int64]
    """(number,) int64: the object that a detection found, that it would have found with another
    class or box, or that was found already; -1 for the types both and background.
    """
    gt_found: NDArray[np.bool_]
    """(G,) bool."""
    missed: NDArray[np.bool_]
    """(G,) bool: not found, and not within reach of a class or location error either."""

    def counts(self) -> dict[ErrorType, int]:
        """Return how many mistakes there are of each type."""
        by_type = np.bincount(
            self.detection_type[self.detection_type >= 0], minlength=len(ErrorType)
        )
        return {
            kind: int(self.missed.sum() if kind == ErrorType.MISSED else by_type[kind])
            for kind in ErrorType
        }


def find_errors(judgement: Judgement, score_threshold: float) -> Errors:
    """Sort the mistakes at IoU 0.5 into types.

    A detection that found nothing is asked, in this order: does it overlap an object of its own
    class by 0.1 but not by 0.5 at best (location); one of another class by 0.5 (class); one of its
    own by 0.5, which then is taken (duplicate); none by 0.1 (background). What is left is both.

    With the score threshold of an evaluation these are the errors of the paper; with a higher one
    they are those of the detections that a user is shown.

    The paper's bounds meet: an IoU of exactly 0.5 is on both sides of its line, and so is one of
    0.1. Here what reaches a bound is above it: 0.5 with the own class is a duplicate and 0.1 is no
    background. The authors' program, tidecv, asks in the same order, but calls the first a
    location error, and 0.1 with another class background.

    References
    ----------
    Bolya et al. 2020, arXiv:2008.08115, section 2.2.
    """
    number = judgement.num_above(score_threshold)
    match = judgement.match[0, :number]
    pairs = judgement.overlaps
    pairs = pairs.where(pairs.detection < number)
    own_iou, own_gt = _best(pairs.where(pairs.same_class), number)
    other_iou, other_gt = _best(pairs.where(~pairs.same_class), number)

    location = (own_iou >= BACKGROUND_IOU) & (own_iou < FOREGROUND_IOU)
    wrong_class = other_iou >= FOREGROUND_IOU
    duplicate = own_iou >= FOREGROUND_IOU
    nothing = np.maximum(own_iou, other_iou) < BACKGROUND_IOU
    cases = [match >= 0, location, wrong_class, duplicate, nothing]
    none = np.full(number, -1)
    kinds = [-1, ErrorType.LOCATION, ErrorType.CLASS, ErrorType.DUPLICATE, ErrorType.BACKGROUND]
    detection_type = np.select(cases, kinds, ErrorType.BOTH).astype(np.int8)
    detection_gt = np.select(cases, [match, own_gt, other_gt, own_gt, none], none)

    gt_found = np.zeros(len(judgement.truths), np.bool_)
    gt_found[match[match >= 0]] = True
    within_reach = np.zeros_like(gt_found)
    fixable = (detection_type == ErrorType.CLASS) | (detection_type == ErrorType.LOCATION)
    within_reach[detection_gt[fixable]] = True
    return Errors(
        judgement, number, detection_type, detection_gt, gt_found, ~gt_found & ~within_reach
    )


def _best(pairs: Overlaps, number: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the highest IoU of each detection, 0 without any, and the ground truth or -1."""
    best = pairs.best_per_detection()
    iou = np.zeros(number)
    gt = np.full(number, -1, np.int64)
    iou[best.detection], gt[best.detection] = best.iou, best.gt
    return iou, gt
