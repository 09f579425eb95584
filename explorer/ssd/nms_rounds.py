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
    """How many boxes come through each stage of detection.

    Each is at most the one before, but for anchors that name several classes.
    """

    anchors: int
    over_threshold: int
    entered_nms: int
    kept: int


def nms_counts(detections: Detections) -> NmsCounts:
    """Count what is left after each stage."""
    candidates = detections.candidates
    return NmsCounts(
        anchors=candidates.num_anchors,
        over_threshold=len(candidates),
        entered_nms=int((detections.fate != Stage.BEYOND_TOPK).sum()),
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
    waiting = np.flatnonzero(detections.fate != Stage.BEYOND_TOPK)
    rounds = []
    for kept in detections.row.tolist():
        fallen = detections.suppressor[waiting] == kept
        suppressed = waiting[fallen]
        waiting = waiting[~fallen & (waiting != kept)]
        rounds.append(NmsRound(kept, suppressed, detections.overlap[suppressed], waiting))
    return tuple(rounds)
