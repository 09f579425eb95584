"""Why an object was not found, and what would bring it back.

Each anchor is a chance to find an object. Along the chain of detection some of them drop out; an
object is missed at the stage that leaves none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.config import DetectConfig, MatchConfig
from explorer.evaluation.detection_matching import FOUND_IOU, match_detections
from explorer.evaluation.smallest_change import LEAST_SCORE, ChangeSearch, Setting, SettingChange
from explorer.ssd.boxes import check_boxes, iou
from explorer.ssd.detection import Candidates, Detections, Stage, find_candidates, suppress

NOBODY = -1

TRAINED_IOU = MatchConfig().match_iou_threshold
"""Training makes every anchor above it positive; below it at most one, by force."""


class Outcome(IntEnum):
    """What became of an object, in the order of the chain."""

    FOUND = 0
    """A detection of its class is counted for it."""
    UNKNOWN_CLASS = 1
    """The detector has no such class."""
    NO_ANCHOR = 2
    """No anchor overlaps it by `TRAINED_IOU`, and no predicted box fits it either."""
    POOR_BOX = 3
    """Anchors overlap it enough, but none was moved to a box that fits it."""
    LOW_SCORE = 4
    """Boxes fit it, but none of any class reaches `LEAST_SCORE`."""
    WRONG_CLASS = 5
    """Those that do are taken for another class, or at least the only one that is detected."""
    TAKEN = 6
    """Those of its class are counted for other objects, which they fit better."""
    UNDER_THRESHOLD = 7
    """Of those left to it none reaches the score threshold."""
    BEYOND_TOPK = 8
    """None is among the best that enter NMS."""
    SUPPRESSED = 9
    """Each overlaps a better box too much."""


@dataclass(frozen=True)
class ObjectVerdict:
    """One object's outcome, and the box that came furthest."""

    gt: int
    """The object's row in the labels."""
    outcome: Outcome
    anchor: int = NOBODY
    """Of the box that tells the story: the one that found the object, or of those that dropped
    out last the surest (of boxes that do not fit: the best fitting; of suppressed ones: the one
    nearest to being kept); `NOBODY` where there are no anchors, as below.
    """
    class_id: int = NOBODY
    """That box's best class."""
    score: float = 0.0
    """And its probability."""
    iou: float = 0.0
    """That box's IoU with the object."""
    best_anchor: int = NOBODY
    """The anchor that itself overlaps the object most."""
    best_anchor_iou: float = 0.0
    suppressor: int = NOBODY
    """The anchor of the box that suppressed it, or `NOBODY`."""
    suppressed_iou: float = 0.0
    """IoU with that box, or 0."""
    taken_for: int = NOBODY
    """The other object that the box is counted for, or `NOBODY`."""
    rank: int = 0
    """The box's place by score among all boxes, from 1."""
    change: SettingChange | None = None
    """The smallest change of one setting that makes the object found. None where no setting
    helps alone: then only other anchors or more training do, or two changes.
    """


def why_missed(
    labels: NDArray[np.float32],
    anchors: ArrayLike,
    class_prob: ArrayLike,
    offsets: ArrayLike,
    config: DetectConfig,
) -> tuple[ObjectVerdict, ...]:
    """Say of each object of one image whether it is found, and else what lost it.

    An object is found if and only if `match_detections` gives it a detection.

    Parameters
    ----------
    labels : (G, 5) float32
        class_id (negative for a class that the detector does not know) and a corner box.
    anchors : (A, 4) float32, corner
    class_prob : (A, C + 1) float32 in [0, 1]
    offsets : (A, 4) float32

    Raises
    ------
    ValueError
        If the shapes disagree, or a number or a decoded box is not finite.
    """
    anchors_ = check_boxes(anchors, "anchors")
    everything = config.with_(score_threshold=0.0)
    candidates = find_candidates(anchors_, class_prob, offsets, everything)
    detections = suppress(candidates.above(config.score_threshold), config)
    chain = _Chain(
        labels=labels,
        candidates=candidates,
        detections=detections,
        found=match_detections(detections, labels),
        box_iou=iou(candidates.boxes, labels[:, 1:]),
        least_score=np.float32(min(LEAST_SCORE, config.score_threshold)),
    )
    anchor_iou = iou(anchors_, labels[:, 1:])
    search = ChangeSearch(candidates, labels, config)
    verdicts = []
    for gt in range(len(labels)):
        outcome, row = chain.follow(gt)
        best = int(anchor_iou[:, gt].argmax()) if len(anchors_) else NOBODY
        best_iou = float(anchor_iou[:, gt].max(initial=0))
        if outcome == Outcome.POOR_BOX and best_iou < TRAINED_IOU:
            outcome = Outcome.NO_ANCHOR
        verdict = ObjectVerdict(gt, outcome, best_anchor=best, best_anchor_iou=best_iou)
        if row != NOBODY:
            verdict = replace(verdict, **chain.box(gt, row))
        settings = _settings_to_try(verdict, detections)
        verdicts.append(replace(verdict, change=search.find(gt, settings)))
    return tuple(verdicts)


@dataclass(frozen=True, eq=False)
class _Chain:
    """What detection made of one image.

    Rows are those of `candidates`, which are all that there are; the detections' are the first.
    """

    labels: NDArray[np.float32]
    candidates: Candidates
    detections: Detections
    found: NDArray[np.int32]
    """(D,) int32: what `match_detections` says."""
    box_iou: NDArray[np.float32]
    """(K, G) float32: of the candidates' boxes with the objects."""
    least_score: np.float32

    def follow(self, gt: int) -> tuple[Outcome, int]:
        """Return what became of an object, and the row that tells of it."""
        class_id, box_iou = int(self.labels[gt, 0]), self.box_iou[:, gt]
        if class_id < 0:
            return Outcome.UNKNOWN_CLASS, self._highest(np.ones_like(box_iou, np.bool_), box_iou)
        if gt in self.found:
            return Outcome.FOUND, int(self.detections.row[self.found == gt][0])
        score = self.candidates.score
        stage = np.full(len(score), Stage.LOW_SCORE, np.int8)
        stage[: len(self.detections.fate)] = self.detections.fate
        overlap = np.zeros(len(score), np.float32)
        overlap[: len(self.detections.overlap)] = self.detections.overlap
        is_taken = np.zeros(len(score), np.bool_)
        is_taken[self.detections.row[self.found >= 0]] = True
        # Who passes each link, where an object ends that loses its last boxes there, and which
        # of these is shown: the highest in the last column.
        links: tuple[tuple[NDArray[np.bool_], Outcome, NDArray[np.float32]], ...] = (
            (box_iou >= np.float32(FOUND_IOU), Outcome.POOR_BOX, box_iou),
            (score >= self.least_score, Outcome.LOW_SCORE, score),
            (self.candidates.class_id == class_id, Outcome.WRONG_CLASS, score),
            (~is_taken, Outcome.TAKEN, box_iou),
            (stage != Stage.LOW_SCORE, Outcome.UNDER_THRESHOLD, score),
            (stage != Stage.BEYOND_TOPK, Outcome.BEYOND_TOPK, score),
        )
        left = np.ones_like(box_iou, np.bool_)
        for passes, outcome, order in links:
            if not (left & passes).any():
                # A detection of another class says more than a box that is not sure enough.
                mistaken = links[0][0] & (stage == Stage.KEPT) & ~is_taken
                if outcome == Outcome.UNDER_THRESHOLD and mistaken.any():
                    return Outcome.WRONG_CLASS, self._highest(mistaken, score)
                return outcome, self._highest(left, order)
            left &= passes
        # None of these was kept: it would be counted for this object, or else for another.
        return Outcome.SUPPRESSED, self._highest(left, -overlap)

    def box(self, gt: int, row: int) -> dict[str, Any]:
        """Return what a `ObjectVerdict` says of the box that tells of an object."""
        candidates, detections = self.candidates, self.detections
        taken_for = self.found[detections.row == row]
        entered = row < len(detections.fate)
        by = int(detections.suppressor[row]) if entered else NOBODY
        return {
            "anchor": int(candidates.anchor[row]),
            "class_id": int(candidates.class_id[row]),
            "score": float(candidates.score[row]),
            "iou": float(self.box_iou[row, gt]),
            "suppressor": int(candidates.anchor[by]) if by != NOBODY else NOBODY,
            "suppressed_iou": float(detections.overlap[row]) if entered else 0.0,
            "taken_for": int(taken_for[0]) if len(taken_for) and taken_for[0] != gt else NOBODY,
            "rank": row + 1,
        }

    @staticmethod
    def _highest(among: NDArray[np.bool_], order: NDArray[np.float32]) -> int:
        """Return the row with the highest number; of equal ones the surest box."""
        rows = np.flatnonzero(among)
        return int(rows[order[rows].argmax()]) if len(rows) else NOBODY


def _settings_to_try(verdict: ObjectVerdict, detections: Detections) -> tuple[Setting, ...]:
    """Return what may help, the setting that lost the object first.

    The others may too: with them another object may be found by another box, and leave its own.
    """
    first: Setting = "nms_iou_threshold"
    if verdict.outcome < Outcome.WRONG_CLASS:
        return ()
    if verdict.outcome in (Outcome.WRONG_CLASS, Outcome.UNDER_THRESHOLD):
        first = "score_threshold"
    elif verdict.outcome == Outcome.BEYOND_TOPK:
        first = "nms_topk"
    elif verdict.outcome == Outcome.SUPPRESSED:
        by = detections.class_id[detections.anchor == verdict.suppressor]
        if by[0] != verdict.class_id:
            first = "force_suppress"
    settings: tuple[Setting, ...] = (
        "nms_iou_threshold", "score_threshold", "nms_topk", "force_suppress"
    )  # fmt: skip
    return (first, *(each for each in settings if each != first))
