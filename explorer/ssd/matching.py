"""Matching: which ground truth an anchor is responsible for, and why.

The matcher sees nothing but the matrix of IoUs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.i18n import _

LEAST_FORCED_IOU = np.float32(1e-6)
"""A forced match needs more overlap than this: an object that no anchor touches gets none."""


class MatchKind(IntEnum):
    """Why an anchor is what it is."""

    IGNORED = -1
    """Takes no part in the class loss: a negative that mining did not choose."""
    NEGATIVE = 0
    """Background."""
    FORCED = 1
    """Positive as the best anchor of a ground truth, however low the IoU."""
    OVER_THRESHOLD = 2
    """Positive because its best IoU is above the threshold."""


@dataclass(frozen=True, eq=False)
class Matching:
    """The assignment of A anchors to G ground truths."""

    gt_index: NDArray[np.int32]
    """(A,) int32: the matched ground truth, or -1."""
    best_gt: NDArray[np.int32]
    """(A,) int32: the ground truth with the highest IoU, whether matched or not; -1 where G = 0.
    A forced anchor may be matched to another one.
    """
    best_iou: NDArray[np.float32]
    """(A,) float32: IoU with `best_gt`, 0 where G = 0."""
    kind: NDArray[np.int8]
    """(A,) int8: a `MatchKind` each; `match` itself never gives IGNORED."""
    forced_round: NDArray[np.int32]
    """(A,) int32: in which round an anchor was forced, from 1; 0 if it was not."""

    @property
    def positive(self) -> NDArray[np.bool_]:
        """(A,) bool: the anchor has a ground truth."""
        return self.gt_index >= 0


def match(iou: ArrayLike, match_iou_threshold: float = 0.5) -> Matching:
    """Assign anchors to ground truths.

    First, in rounds, the highest IoU left in the matrix (above 1e-6; ties go to the
    lowest anchor, then the lowest ground truth) is taken and its row and column are struck out.
    So no ground truth that overlaps enough anchors goes without one, and none gets two by
    force. Then each other anchor whose best IoU is strictly above the threshold is matched
    to that best ground truth.

    Parameters
    ----------
    iou : (A, G) float32 in [0, 1]
        G = 0 is allowed: every anchor is negative then.
    match_iou_threshold : float in [0, 1]
        Compared as float32. 0 switches the second part off.

    Raises
    ------
    ValueError
        If `iou` is not a finite matrix in [0, 1] or `match_iou_threshold` is out of range.

    References
    ----------
    Liu et al. 2016, arXiv:1512.02325, section 2.2, "matching strategy". MXNet: the same,
    while the paper lets each ground truth force its best anchor, even one taken already.
    """
    quality = _check_iou(iou)
    if not 0.0 <= match_iou_threshold <= 1.0:
        text = _("match_iou_threshold must be from 0 to 1, got {match_iou_threshold}")
        raise ValueError(text.format(match_iou_threshold=match_iou_threshold))
    num_anchors, num_gt = quality.shape
    gt_index = np.full(num_anchors, -1, dtype=np.int32)
    forced_round = np.zeros(num_anchors, dtype=np.int32)
    kind = np.full(num_anchors, MatchKind.NEGATIVE, dtype=np.int8)
    if num_gt == 0 or num_anchors == 0:
        best_gt = np.full(num_anchors, -1, dtype=np.int32)
        best_iou = np.zeros(num_anchors, dtype=np.float32)
        return Matching(gt_index, best_gt, best_iou, kind, forced_round)

    best_gt = quality.argmax(axis=1).astype(np.int32)
    best_iou = quality[np.arange(num_anchors), best_gt]
    for number, (anchor, gt) in enumerate(_forced_pairs(quality), start=1):
        gt_index[anchor] = gt
        kind[anchor] = MatchKind.FORCED
        forced_round[anchor] = number
    threshold = np.float32(match_iou_threshold)
    if threshold > 0:
        over = (best_iou > threshold) & (gt_index < 0)
        gt_index[over] = best_gt[over]
        kind[over] = MatchKind.OVER_THRESHOLD
    return Matching(gt_index, best_gt, best_iou, kind, forced_round)


def _forced_pairs(quality: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Return the (anchor, ground truth) of each round."""
    # Each column keeps its best remaining row; only columns that lose theirs look again.
    left = np.array(quality.T, order="C")
    best_row = left.argmax(axis=1)
    open_columns = list(range(len(left)))
    pairs: list[tuple[int, int]] = []
    while open_columns:
        gt = min(open_columns, key=lambda g: (-left[g, best_row[g]], best_row[g], g))
        anchor = int(best_row[gt])
        if left[gt, anchor] <= LEAST_FORCED_IOU:
            break
        pairs.append((anchor, gt))
        open_columns.remove(gt)
        left[:, anchor] = -1
        for other in open_columns:
            if best_row[other] == anchor:
                best_row[other] = left[other].argmax()
    return pairs


def _check_iou(iou: ArrayLike) -> NDArray[np.float32]:
    quality = np.asarray(iou, dtype=np.float32)
    if quality.ndim != 2:
        raise ValueError(_("iou must have shape (A, G), got {shape}", shape=quality.shape))
    if quality.size and not (quality.min() >= 0 and quality.max() <= 1):
        raise ValueError(_("iou must hold numbers from 0 to 1 only"))
    return quality
