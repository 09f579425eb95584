"""NMS retold as rounds: in each, the best box left is kept and removes those that overlap it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.ssd.detection import Detections, Stage


@dataclass(frozen=True, eq=False)
class NmsRound:
    """One round; numbers are rows of the detections' `candidates`."""

    kept: int
    """The best candidate that was left."""
    suppressed: NDArray[np.int64]
    """(N,) int64: those that it removed, by falling score; N may be 0."""
    iou: NDArray[np.float32]
    """(N,) float32: of each with the kept box."""
    waiting: NDArray[np.int64]
    """(M,) int64: those that are left after the round, by falling score."""


@dataclass(frozen=True)
class NmsCounts:
    """How many boxes come through each stage of detection; each is at most the one before."""

    anchors: int
    over_threshold: int
    entered_nms: int
    kept: int


def nms_counts(detections: Detections) -> NmsCounts:
    """Count what is left after each stage."""
    stage = detections.stage
    over_threshold = len(detections.candidates)
    return NmsCounts(
        anchors=len(stage),
        over_threshold=over_threshold,
        entered_nms=over_threshold - int((stage == Stage.BEYOND_TOPK).sum()),
        kept=len(detections),
    )


def nms_rounds(detections: Detections) -> tuple[NmsRound, ...]:
    """Return the rounds of the NMS that left `detections`, one per detection.

    Every candidate that entered NMS is kept or suppressed in exactly one round. In each the
    kept one is the first that was waiting, and with the rounds played in order the kept boxes
    are the detections.

    Parameters
    ----------
    detections : Detections
        With the candidates above the score threshold that matters. D = 0 gives no rounds.
    """
    anchor = detections.candidates.anchor
    rank = np.full(len(detections.stage), -1, np.int64)
    rank[anchor] = np.arange(len(anchor))
    by = detections.suppressed_by[anchor]
    waiting = np.flatnonzero(detections.stage[anchor] != Stage.BEYOND_TOPK)
    rounds = []
    for kept in detections.anchor:
        fallen = by[waiting] == kept
        suppressed = waiting[fallen]
        waiting = waiting[~fallen & (anchor[waiting] != kept)]
        ious = detections.suppressed_iou[anchor[suppressed]]
        rounds.append(NmsRound(int(rank[kept]), suppressed, ious, waiting))
    return tuple(rounds)
