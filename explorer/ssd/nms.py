"""Greedy non-maximum suppression that remembers who suppressed whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.i18n import _
from explorer.ssd.boxes import check_boxes, iou

OVERLAPS: Mapping[str, Callable[..., NDArray[np.float32]]] = {"IoU": iou}
"""How much two sets of boxes overlap, (N, M), by what it is called: what NMS may compare with its
threshold. Not above 0 for boxes that do not meet."""

PAIRS_AT_ONCE = 16_384
"""IoUs computed in one go: this many cost little more than one."""


@dataclass(frozen=True, eq=False)
class NmsTrace:
    """What NMS did with N candidates; all indices are rows of the input."""

    order: NDArray[np.int64]
    """(N,) int64: candidates by descending score; of equal scores the earlier row first."""
    keep: NDArray[np.bool_]
    """(N,) bool."""
    suppressed_by: NDArray[np.int64]
    """(N,) int64: the kept candidate that removed this one, or -1. A candidate that is neither
    kept nor suppressed was beyond `nms_topk`.
    """
    suppressed_iou: NDArray[np.float32]
    """(N,) float32: IoU with the suppressor, 0 where there is none."""


def nms(
    boxes: ArrayLike,
    scores: ArrayLike,
    class_ids: ArrayLike,
    nms_iou_threshold: float,
    force_suppress: bool = False,
    nms_topk: int = -1,
    measure: str = "IoU",
) -> NmsTrace:
    """Keep the best box, drop those that overlap it, and go on with the best one left.

    Any two kept boxes (of one class, unless `force_suppress`) have an IoU below the
    threshold, and each suppressed box has one at or above it with a kept, better box.

    Parameters
    ----------
    boxes : (N, 4) float32, corner
        N = 0 is allowed.
    scores : (N,) float32
    class_ids : (N,) int
    nms_iou_threshold : float
        A box is suppressed at this IoU or more, compared as float32. Outside of (0, 1]
        there is no NMS, and no top-k either.
    force_suppress : bool
        Suppress across classes too.
    nms_topk : int
        At most this many of the best candidates take part, the others are dropped; 0 or less means
        all.
    measure : str
        One of `OVERLAPS`.

    Raises
    ------
    ValueError
        If the lengths differ, or a number in `boxes` or `scores` is not finite.

    References
    ----------
    Liu et al. 2016, arXiv:1512.02325, section 3, "inference time": top 200, 0.45.
    MXNet: the same, but its rows lose the anchor and the suppressor.
    """
    boxes_ = check_boxes(boxes, "boxes")
    scores_ = np.asarray(scores, dtype=np.float32)
    classes = np.asarray(class_ids)
    count = len(boxes_)
    if scores_.shape != (count,) or classes.shape != (count,):
        text = _(
            "boxes, scores and class_ids must have one length, got {count}, {scores} and "
            "{class_ids}"
        )
        raise ValueError(text.format(count=count, scores=scores_.shape, class_ids=classes.shape))
    if not np.isfinite(scores_).all():
        raise ValueError(_("scores must be finite: the model output holds NaN or infinity"))

    order = np.argsort(-scores_, kind="stable").astype(np.int64)
    suppressed_by = np.full(count, -1, dtype=np.int64)
    suppressed_iou = np.zeros(count, dtype=np.float32)
    threshold = np.float32(nms_iou_threshold)
    if not 0 < threshold <= 1:
        return NmsTrace(order, np.ones(count, dtype=np.bool_), suppressed_by, suppressed_iou)

    keep = np.zeros(count, dtype=np.bool_)
    entering = order[:nms_topk] if nms_topk > 0 else order
    # Classes do not touch each other, and boxes of another one need not be compared.
    alone = [entering] if force_suppress else _by_class(entering, classes[entering])
    for waiting in alone:
        while len(waiting):
            # The IoUs of several best candidates at once: numpy's cost is per call, not per pair.
            head = waiting[: max(1, PAIRS_AT_ONCE // len(waiting))]
            overlap = OVERLAPS[measure](boxes_[head], boxes_[waiting])
            hit = overlap >= threshold
            alive = np.ones(len(waiting), dtype=np.bool_)
            for row, best in enumerate(head):
                if not alive[row]:
                    continue
                keep[best] = True
                fallen = np.flatnonzero(alive[row + 1 :] & hit[row, row + 1 :]) + row + 1
                alive[fallen] = False
                suppressed_by[waiting[fallen]] = best
                suppressed_iou[waiting[fallen]] = overlap[row, fallen]
            alive[: len(head)] = False
            waiting = waiting[alive]
    return NmsTrace(order, keep, suppressed_by, suppressed_iou)


def _by_class(rows: NDArray[np.int64], classes: NDArray[Any]) -> list[NDArray[np.int64]]:
    """Return the rows of each class by themselves, in the order that they have."""
    together = np.argsort(classes, kind="stable")
    ends = np.flatnonzero(np.diff(classes[together])) + 1
    return np.split(rows[together], ends)
