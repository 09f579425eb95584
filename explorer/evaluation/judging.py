"""Detections held against the ground truths of a data set, as COCO does it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.evaluation.dataset_nms import DatasetDetections
from explorer.evaluation.greedy_matching import match_greedily
from explorer.evaluation.overlaps import Overlaps, Truths, find_overlaps

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
"""COCO's: 0.5 is the first, 0.75 the sixth."""

MOST_PER_CLASS = 100
"""At most this many of the best detections of a class on one image count."""


@dataclass(frozen=True, eq=False)
class Judgement:
    """Which of D detections are right, at each of T IoU thresholds."""

    detections: DatasetDetections
    """By falling score over the whole set; of equal scores the earlier image's first. Only the
    `MOST_PER_CLASS` best of a class on an image.
    """
    truths: Truths
    num_classes: int
    overlaps: Overlaps
    """Of `detections` and `truths`."""
    match: NDArray[np.int64]
    """(T, D) int64: the ground truth that a detection found, or -1: then it is a false positive.
    Of each image and class the surest detection chooses first, and takes the best one still free
    that it overlaps by the threshold or more. What less sure detections do changes nothing for
    the surer ones, so leaving those below a score threshold out needs no new matching.
    """

    @property
    def num_gt(self) -> NDArray[np.int64]:
        """(C,): ground truths of each class."""
        return np.bincount(self.truths.class_id, minlength=self.num_classes)

    def num_above(self, score_threshold: float) -> int:
        """Return how many detections have at least that score: they come first."""
        score = -self.detections.score
        return int(np.searchsorted(score, -np.float32(score_threshold), side="right"))


def judge(detections: DatasetDetections, truths: Truths, num_classes: int) -> Judgement:
    """Match detections with ground truths at all of COCO's IoU thresholds.

    Either may be empty.

    References
    ----------
    Lin et al. 2014, arXiv:1405.0312; pycocotools, `COCOeval.evaluateImg`.
    """
    ranked = detections.take(np.argsort(-detections.score, kind="stable"))
    ranked = ranked.take(_rank_in_image_and_class(ranked, num_classes) < MOST_PER_CLASS)
    overlaps = find_overlaps(ranked, truths)
    able = overlaps.where(overlaps.same_class & (overlaps.iou >= IOU_THRESHOLDS[0]))
    # All thresholds in one go, as if each were a data set of its own.
    level, pair = np.nonzero(able.iou >= IOU_THRESHOLDS[:, None])
    num_levels, num_gt = len(IOU_THRESHOLDS), len(truths)
    match = match_greedily(
        able.detection[pair] + level * len(ranked),
        able.gt[pair] + level * num_gt,
        num_levels * len(ranked),
        num_levels * num_gt,
    ).reshape(num_levels, len(ranked))
    match -= np.where(match >= 0, np.arange(num_levels)[:, None] * num_gt, 0)
    return Judgement(ranked, truths, num_classes, overlaps, match)


def _rank_in_image_and_class(ranked: DatasetDetections, num_classes: int) -> NDArray[np.int64]:
    """Return the place of each detection, from 0, among those of its image and class."""
    group = ranked.image.astype(np.int64) * num_classes + ranked.class_id
    order = np.argsort(group, kind="stable")
    sorted_group = group[order]
    rank = np.empty(len(group), np.int64)
    rank[order] = np.arange(len(group)) - np.searchsorted(sorted_group, sorted_group)
    return rank
