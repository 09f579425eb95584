"""What gets confused with what: the confusion matrix of a detector, with the background."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.evaluation.greedy_matching import match_greedily
from explorer.evaluation.judging import IOU_THRESHOLDS, Judgement


@dataclass(frozen=True, eq=False)
class Confusion:
    """Detections and objects by their classes; the last class, C, is the background."""

    counts: NDArray[np.int64]
    """(C + 1, C + 1) int64: row: what it is. Column: what the detector says. The last row holds
    detections of nothing, the last column objects that were not detected; their corner is always
    0, since there is no end of background that is rightly left alone.
    """
    detection_truth: NDArray[np.int64]
    """(D,) int64: the row of each detection."""
    detection_gt: NDArray[np.int64]
    """(D,) int64: the ground truth that a detection was paired with, or -1."""
    gt_prediction: NDArray[np.int64]
    """(G,) int64: the column of each ground truth."""


def confusion(judgement: Judgement, score_threshold: float, level: int = 0) -> Confusion:
    """Pair detections at or above the score threshold with ground truths, whatever their classes.

    The surest detection chooses first, and takes of the objects still free the one that it
    overlaps most, if by the IoU threshold or more. So each detection and each object counts
    once: a row sums to the objects of its class, a column to the detections of its class. Beside
    the per-class matching of average precision, a detection of the wrong class uses up its object.

    Parameters
    ----------
    level : int
        The IoU threshold, an index of `IOU_THRESHOLDS`.
    """
    number = judgement.num_above(score_threshold)
    background = judgement.num_classes
    pairs, truths = judgement.overlaps, judgement.truths
    able = pairs.where((pairs.detection < number) & (pairs.iou >= IOU_THRESHOLDS[level]))
    detection_gt = match_greedily(able.detection, able.gt, number, len(truths))
    paired = detection_gt >= 0
    predicted = judgement.detections.class_id[:number].astype(np.int64)
    detection_truth = np.full(number, background, np.int64)
    detection_truth[paired] = truths.class_id[detection_gt[paired]]
    gt_prediction = np.full(len(truths), background, np.int64)
    gt_prediction[detection_gt[paired]] = predicted[paired]
    counts = np.zeros((background + 1, background + 1), np.int64)
    np.add.at(counts, (detection_truth, predicted), 1)
    missed = gt_prediction == background
    np.add.at(counts, (truths.class_id[missed], background), 1)
    return Confusion(counts, detection_truth, detection_gt, gt_prediction)
