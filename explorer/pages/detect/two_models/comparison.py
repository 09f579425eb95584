"""Two models on one picture: which boxes both found, and which only one of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.exchange.class_label import class_label
from explorer.pages.detect.reading import Reading
from explorer.ssd.boxes import iou
from explorer.ssd.detection import Detections

SAME_BOX_IOU = 0.5
"""Two boxes of one class that overlap this much are taken for the same find."""


@dataclass(frozen=True)
class FoundBy:
    """One object as two models see it."""

    class_name: str
    """Hostile until escaped."""
    first: int | None
    second: int | None
    """Row in the detections of each model; None where it did not find it."""
    first_score: float | None
    second_score: float | None
    iou: float | None
    """Of the two boxes."""


def pair_detections(first: Reading, second: Reading, score_threshold: float) -> tuple[FoundBy, ...]:
    """Pair the detections of two models, at or above a score threshold, by falling score.

    The best pairs are made first; a pair has one class, by name, and an IoU of at least
    `SAME_BOX_IOU`.
    """
    least = np.float32(score_threshold)
    counts = [int((reading.detections.score >= least).sum()) for reading in (first, second)]
    found = [reading.detections for reading in (first, second)]
    names = [
        np.array([reading.class_names[i] for i in each.class_id[:count]], object)
        for reading, each, count in zip((first, second), found, counts, strict=True)
    ]
    labels = [
        [class_label(i, reading.class_names) for i in each.class_id[:count]]
        for reading, each, count in zip((first, second), found, counts, strict=True)
    ]
    overlap = iou(found[0].boxes[: counts[0]], found[1].boxes[: counts[1]])
    overlap = np.where(names[0][:, None] == names[1][None, :], overlap, np.float32(0))
    free = [set(range(count)) for count in counts]
    rows = []
    for pair in np.argsort(-overlap, axis=None, kind="stable"):
        a, b = divmod(int(pair), counts[1])
        if overlap[a, b] < SAME_BOX_IOU:
            break
        if a in free[0] and b in free[1]:
            free[0].remove(a)
            free[1].remove(b)
            rows.append(_found(labels[0][a], found, a, b, float(overlap[a, b])))
    rows += [_found(labels[0][a], found, a, None, None) for a in free[0]]
    rows += [_found(labels[1][b], found, None, b, None) for b in free[1]]
    return tuple(sorted(rows, key=lambda row: -max(row.first_score or 0, row.second_score or 0)))


def _found(
    name: str, found: list[Detections], a: int | None, b: int | None, overlap: float | None
) -> FoundBy:
    scores = [
        None if row is None else float(each.score[row])
        for each, row in zip(found, (a, b), strict=True)
    ]
    return FoundBy(name, a, b, scores[0], scores[1], overlap)
