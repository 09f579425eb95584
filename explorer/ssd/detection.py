"""From probabilities and offsets to detections, and what became of every anchor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.config import DetectConfig
from explorer.ssd.boxes import check_boxes
from explorer.ssd.boxes import clip as clip_boxes
from explorer.ssd.nms import nms
from explorer.ssd.offsets import decode
from explorer.ssd.probabilities import softmax

__all__ = ["Detections", "Stage", "detect", "softmax"]

NOT_FINITE = (
    "model output is not finite: it holds NaN or infinity, so the training has diverged; "
    "load an earlier checkpoint or train with a lower learning rate"
)


class Stage(IntEnum):
    """How far an anchor's candidate came."""

    KEPT = 0
    """It is a detection."""
    LOW_SCORE = 1
    """Its best foreground class is below the score threshold."""
    BEYOND_TOPK = 2
    """Too many better candidates: it did not enter NMS."""
    SUPPRESSED = 3
    """A better box overlaps it."""


@dataclass(frozen=True, eq=False)
class Detections:
    """D detections by descending score, and the fate of all A anchors.

    Attributes
    ----------
    class_id : (D,) int32, from 0
    score : (D,) float32 in [0, 1]
    boxes : (D, 4) float32, corner
    anchor : (D,) int32
        The anchor that a detection comes from.
    class_prob : (D, C + 1) float32
    stage : (A,) int8
        A `Stage` each.
    suppressed_by : (A,) int32
        The anchor of the detection that suppressed this one, or -1.
    suppressed_iou : (A,) float32
        IoU with the suppressor, 0 where there is none.
    """

    class_id: NDArray[np.int32]
    score: NDArray[np.float32]
    boxes: NDArray[np.float32]
    anchor: NDArray[np.int32]
    class_prob: NDArray[np.float32]
    stage: NDArray[np.int8]
    suppressed_by: NDArray[np.int32]
    suppressed_iou: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.score)


def detect(
    anchors: ArrayLike, class_prob: ArrayLike, offsets: ArrayLike, config: DetectConfig
) -> Detections:
    """Turn what the network says about one image into detections.

    Each anchor votes for its best foreground class only (of equals the first), whatever
    the background's probability is. Those at or above the score threshold are decoded and
    go through NMS. Raising the threshold afterwards gives the same as detecting with the
    higher one, as long as `nms_topk` does not bind.

    Parameters
    ----------
    anchors : (A, 4) float32, corner
    class_prob : (A, C + 1) float32 in [0, 1]
        Column 0 is the background; `softmax` makes it from scores.
    offsets : (A, 4) float32
    config : DetectConfig

    Raises
    ------
    ValueError
        If the shapes disagree, or `class_prob`, `offsets` or a decoded box is not finite.

    References
    ----------
    Liu et al. 2016, arXiv:1512.02325, section 3, "inference time". MXNet: the same rows;
    the operator loses the anchor and the reason of what it dropped.
    """
    anchors_ = check_boxes(anchors, "anchors")
    prob, shifts = _check_output(class_prob, offsets, len(anchors_))
    num_anchors = len(anchors_)
    best = prob[:, 1:].argmax(axis=1) if num_anchors else np.zeros(0, dtype=np.int64)
    score = prob[np.arange(num_anchors), best + 1]
    candidates = np.flatnonzero(score >= np.float32(config.score_threshold))

    boxes = decode(anchors_[candidates], shifts[candidates], config.variances)
    if not np.isfinite(boxes).all():
        raise ValueError(NOT_FINITE)
    if config.clip:
        boxes = clip_boxes(boxes)
    trace = nms(
        boxes,
        score[candidates],
        best[candidates],
        config.nms_iou_threshold,
        config.force_suppress,
        config.nms_topk,
    )

    suppressed = trace.suppressed_by >= 0
    fate = np.full(len(candidates), Stage.BEYOND_TOPK, dtype=np.int8)
    fate[suppressed] = Stage.SUPPRESSED
    fate[trace.keep] = Stage.KEPT
    stage = np.full(num_anchors, Stage.LOW_SCORE, dtype=np.int8)
    stage[candidates] = fate
    suppressed_by = np.full(num_anchors, -1, dtype=np.int32)
    suppressed_by[candidates[suppressed]] = candidates[trace.suppressed_by[suppressed]]
    suppressed_iou = np.zeros(num_anchors, dtype=np.float32)
    suppressed_iou[candidates] = trace.suppressed_iou

    kept = trace.order[trace.keep[trace.order]]
    anchor = candidates[kept]
    return Detections(
        class_id=best[anchor].astype(np.int32),
        score=score[anchor],
        boxes=boxes[kept],
        anchor=anchor.astype(np.int32),
        class_prob=prob[anchor],
        stage=stage,
        suppressed_by=suppressed_by,
        suppressed_iou=suppressed_iou,
    )


def _check_output(
    class_prob: ArrayLike, offsets: ArrayLike, num_anchors: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    prob = np.asarray(class_prob, dtype=np.float32)
    shifts = np.asarray(offsets, dtype=np.float32)
    if prob.ndim != 2 or prob.shape[0] != num_anchors or prob.shape[1] < 2:
        raise ValueError(
            f"class_prob must have shape ({num_anchors}, C + 1) with C of at least 1, "
            f"got {prob.shape}"
        )
    if shifts.shape != (num_anchors, 4):
        raise ValueError(f"offsets must have shape ({num_anchors}, 4), got {shifts.shape}")
    if not (np.isfinite(prob).all() and np.isfinite(shifts).all()):
        raise ValueError(NOT_FINITE)
    return prob, shifts
