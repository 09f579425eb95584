"""From probabilities and offsets to detections, and what became of every anchor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.config import DetectConfig
from explorer.i18n import N_, _
from explorer.ssd.boxes import check_boxes
from explorer.ssd.boxes import clip as clip_boxes
from explorer.ssd.nms import nms
from explorer.ssd.offsets import decode

NOT_FINITE = N_(
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
class Candidates:
    """K anchors that may become detections: decoded, by descending score."""

    anchor: NDArray[np.int32]
    """(K,) int32: of equal scores the earlier anchor comes first."""
    class_id: NDArray[np.int32]
    """(K,) int32, from 0: the anchor's best foreground class."""
    score: NDArray[np.float32]
    """(K,) float32 in [0, 1]."""
    boxes: NDArray[np.float32]
    """(K, 4) float32, corner."""
    num_anchors: int
    """A, of how many anchors these are the best."""

    def __len__(self) -> int:
        return len(self.score)

    def above(self, score_threshold: float) -> Candidates:
        """Return those at or above a threshold, compared as float32."""
        count = int((self.score >= np.float32(score_threshold)).sum())
        return Candidates(
            anchor=self.anchor[:count],
            class_id=self.class_id[:count],
            score=self.score[:count],
            boxes=self.boxes[:count],
            num_anchors=self.num_anchors,
        )


@dataclass(frozen=True, eq=False)
class Detections:
    """D detections by descending score, and the fate of all A anchors."""

    class_id: NDArray[np.int32]
    """(D,) int32, from 0."""
    score: NDArray[np.float32]
    """(D,) float32 in [0, 1]."""
    boxes: NDArray[np.float32]
    """(D, 4) float32, corner."""
    anchor: NDArray[np.int32]
    """(D,) int32: the anchor that a detection comes from."""
    candidates: Candidates
    """Those that passed the score threshold, before NMS."""
    stage: NDArray[np.int8]
    """(A,) int8: a `Stage` each."""
    suppressed_by: NDArray[np.int32]
    """(A,) int32: the anchor of the detection that suppressed this one, or -1."""
    suppressed_iou: NDArray[np.float32]
    """(A,) float32: IoU with the suppressor, 0 where there is none."""

    def __len__(self) -> int:
        return len(self.score)


def detect(
    anchors: ArrayLike, class_prob: ArrayLike, offsets: ArrayLike, config: DetectConfig
) -> Detections:
    """Turn what the network says about one image into detections.

    Each anchor votes for its best foreground class only (the first of equals), whatever
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
        With variances: `DetectorConfig.complete` knows them.

    Raises
    ------
    ValueError
        If the shapes disagree, `config` has no variances, or `class_prob`, `offsets` or a
        decoded box is not finite.

    References
    ----------
    Liu et al. 2016, arXiv:1512.02325, section 3, "inference time". MXNet: the same rows;
    the operator loses the anchor and the reason of what it dropped.
    """
    return suppress(find_candidates(anchors, class_prob, offsets, config), config)


def find_candidates(
    anchors: ArrayLike, class_prob: ArrayLike, offsets: ArrayLike, config: DetectConfig
) -> Candidates:
    """Decode the anchors whose best foreground class reaches the score threshold.

    The first half of `detect`; parameters and errors are the same. Only `score_threshold`,
    `clip` and `variances` of `config` matter.
    """
    if config.variances is None:
        raise ValueError(_("variances must be those of the detector, got a config without any"))
    anchors_ = check_boxes(anchors, "anchors")
    prob, shifts = _check_output(class_prob, offsets, len(anchors_))
    num_anchors = len(anchors_)
    best = prob[:, 1:].argmax(axis=1) if num_anchors else np.zeros(0, dtype=np.int64)
    score = prob[np.arange(num_anchors), best + 1]
    passing = np.flatnonzero(score >= np.float32(config.score_threshold))
    anchor = passing[np.argsort(-score[passing], kind="stable")]

    boxes = decode(anchors_[anchor], shifts[anchor], config.variances)
    if not np.isfinite(boxes).all():
        raise ValueError(_(NOT_FINITE))
    return Candidates(
        anchor=anchor.astype(np.int32),
        class_id=best[anchor].astype(np.int32),
        score=score[anchor],
        boxes=clip_boxes(boxes) if config.clip else boxes,
        num_anchors=num_anchors,
    )


def suppress(candidates: Candidates, config: DetectConfig) -> Detections:
    """Let NMS decide which candidates are detections: the second half of `detect`.

    Only `nms_iou_threshold`, `nms_topk` and `force_suppress` of `config` matter.
    """
    trace = nms(
        candidates.boxes,
        candidates.score,
        candidates.class_id,
        config.nms_iou_threshold,
        config.force_suppress,
        config.nms_topk,
        config.nms_measure,
    )
    anchor = candidates.anchor
    suppressed = trace.suppressed_by >= 0
    fate = np.full(len(candidates), Stage.BEYOND_TOPK, dtype=np.int8)
    fate[suppressed] = Stage.SUPPRESSED
    fate[trace.keep] = Stage.KEPT
    stage = np.full(candidates.num_anchors, Stage.LOW_SCORE, dtype=np.int8)
    stage[anchor] = fate
    suppressed_by = np.full(candidates.num_anchors, -1, dtype=np.int32)
    suppressed_by[anchor[suppressed]] = anchor[trace.suppressed_by[suppressed]]
    suppressed_iou = np.zeros(candidates.num_anchors, dtype=np.float32)
    suppressed_iou[anchor] = trace.suppressed_iou
    return Detections(
        class_id=candidates.class_id[trace.keep],
        score=candidates.score[trace.keep],
        boxes=candidates.boxes[trace.keep],
        anchor=anchor[trace.keep],
        candidates=candidates,
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
        text = _(
            "class_prob must have shape ({num_anchors}, C + 1) with C of at least 1, got {shape}"
        )
        raise ValueError(text.format(num_anchors=num_anchors, shape=prob.shape))
    if shifts.shape != (num_anchors, 4):
        text = _("offsets must have shape ({num_anchors}, 4), got {shape}")
        raise ValueError(text.format(num_anchors=num_anchors, shape=shifts.shape))
    if not (np.isfinite(prob).all() and np.isfinite(shifts).all()):
        raise ValueError(_(NOT_FINITE))
    return prob, shifts
