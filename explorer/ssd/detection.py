"""From probabilities and offsets to detections, and what became of every anchor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

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
    """How far a candidate came."""

    KEPT = 0
    """It is a detection."""
    LOW_SCORE = 1
    """Its score is below the threshold."""
    BEYOND_TOPK = 2
    """Too many better candidates: it did not enter NMS."""
    SUPPRESSED = 3
    """A better box overlaps it."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """K boxes that may become detections: decoded, by descending score.

    An anchor has one, of its best foreground class; with `DetectConfig.multi_label` one for each
    class that reaches the score threshold.
    """

    anchor: NDArray[np.int32]
    """(K,) int32: of equal scores the earlier anchor comes first."""
    class_id: NDArray[np.int32]
    """(K,) int32, from 0."""
    score: NDArray[np.float32]
    """(K,) float32 in [0, 1]."""
    boxes: NDArray[np.float32]
    """(K, 4) float32, corner."""
    num_anchors: int
    """A, of how many anchors these come."""

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
    """D detections by descending score, and the fate of all K candidates."""

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
    row: NDArray[np.int64]
    """(D,) int64: which of the candidates each detection is."""
    fate: NDArray[np.int8]
    """(K,) int8: a `Stage` each."""
    suppressor: NDArray[np.int64]
    """(K,) int64: the candidate that suppressed this one, or -1."""
    overlap: NDArray[np.float32]
    """(K,) float32: IoU with the suppressor, 0 where there is none."""

    def __len__(self) -> int:
        return len(self.score)

    @cached_property
    def candidate_of(self) -> NDArray[np.int64]:
        """(A,) int64: the best candidate of each anchor, or -1."""
        anchor = self.candidates.anchor
        best = np.full(self.candidates.num_anchors, -1, np.int64)
        # Where an anchor is written several times the last one stays: its best.
        best[anchor[::-1]] = np.arange(len(anchor))[::-1]
        return best

    @cached_property
    def stage(self) -> NDArray[np.int8]:
        """(A,) int8: how far the best candidate of each anchor came."""
        rows = self.candidate_of
        return np.append(self.fate, np.int8(Stage.LOW_SCORE))[rows]

    @cached_property
    def suppressed_by(self) -> NDArray[np.int32]:
        """(A,) int32: the anchor of what suppressed the best candidate of each anchor, or -1."""
        by = np.append(self.suppressor, -1)[self.candidate_of]
        suppressor: NDArray[np.int32] = np.append(self.candidates.anchor, np.int32(-1))[by]
        return suppressor

    @cached_property
    def suppressed_iou(self) -> NDArray[np.float32]:
        """(A,) float32: IoU with that, 0 where there is none."""
        return np.append(self.overlap, np.float32(0))[self.candidate_of]


def detect(
    anchors: ArrayLike, class_prob: ArrayLike, offsets: ArrayLike, config: DetectConfig
) -> Detections:
    """Turn what the network says about one image into detections.

    Each anchor votes for its best foreground class only (the first of equals), or with
    `multi_label` for each class, whatever the background's probability is. Votes at or above the
    score threshold are decoded and go through NMS. Raising the threshold afterwards gives the same
    as detecting with the higher one, as long as `nms_topk` does not bind.

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
    """Decode the boxes whose score reaches the threshold.

    The first half of `detect`; parameters and errors are the same. Only `score_threshold`,
    `clip`, `variances` and `multi_label` of `config` matter.
    """
    if config.variances is None:
        raise ValueError(_("variances must be those of the detector, got a config without any"))
    anchors_ = check_boxes(anchors, "anchors")
    prob, shifts = _check_output(class_prob, offsets, len(anchors_))
    anchor, class_id, score = votes(
        prob[:, 1:], np.float32(config.score_threshold), bool(config.multi_label)
    )
    order = np.argsort(-score, kind="stable")
    anchor, class_id, score = anchor[order], class_id[order], score[order]
    boxes = decode(anchors_[anchor], shifts[anchor], config.variances)
    if not np.isfinite(boxes).all():
        raise ValueError(_(NOT_FINITE))
    return Candidates(
        anchor=anchor.astype(np.int32),
        class_id=class_id.astype(np.int32),
        score=score,
        boxes=clip_boxes(boxes) if config.clip else boxes,
        num_anchors=len(anchors_),
    )


def votes(
    foreground: NDArray[np.float32], score_threshold: np.float32, multi_label: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Return who names which class: row, class and score of each vote, by ascending row.

    Parameters
    ----------
    foreground : (N, C) float32 in [0, 1]
    multi_label : bool
        Each class that reaches the threshold, or only the best one (the first of equals).
    """
    if multi_label:
        rows, classes = np.nonzero(foreground >= score_threshold)
    else:
        classes = foreground.argmax(axis=1) if len(foreground) else np.zeros(0, np.int64)
        best = foreground[np.arange(len(foreground)), classes]
        rows = np.flatnonzero(best >= score_threshold)
        classes = classes[rows]
    return rows, classes, foreground[rows, classes]


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
    fate = np.full(len(candidates), Stage.BEYOND_TOPK, dtype=np.int8)
    fate[trace.suppressed_by >= 0] = Stage.SUPPRESSED
    fate[trace.keep] = Stage.KEPT
    row = np.flatnonzero(trace.keep)
    return Detections(
        class_id=candidates.class_id[row],
        score=candidates.score[row],
        boxes=candidates.boxes[row],
        anchor=candidates.anchor[row],
        candidates=candidates,
        row=row,
        fate=fate,
        suppressor=trace.suppressed_by,
        overlap=trace.suppressed_iou,
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
