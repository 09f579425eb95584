"""Two models on one picture: which boxes both found, and which only one of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.exchange.class_label import class_label
from explorer.pages.detect.detection_rows import DetectionRows
from explorer.pages.detect.reading import Reading
from explorer.ssd.boxes import iou

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
    found = [reading.rows.best(score_threshold) for reading in (first, second)]
    names = [
        np.array([class_label(i, each.class_names) for i in each.class_id], object)
        for each in found
    ]
    overlap = iou(found[0].boxes, found[1].boxes)
    overlap = np.where(names[0][:, None] == names[1][None, :], overlap, np.float32(0))
    free = [set(range(len(each))) for each in found]
    rows = []
    for pair in np.argsort(-overlap, axis=None, kind="stable"):
        a, b = divmod(int(pair), len(found[1]))
        if overlap[a, b] < SAME_BOX_IOU:
            break
        if a in free[0] and b in free[1]:
            free[0].remove(a)
            free[1].remove(b)
            rows.append(_found(names[0][a], found, a, b, float(overlap[a, b])))
    rows += [_found(names[0][a], found, a, None, None) for a in free[0]]
    rows += [_found(names[1][b], found, None, b, None) for b in free[1]]
    return tuple(sorted(rows, key=lambda row: -max(row.first_score or 0, row.second_score or 0)))


def _found(
    name: str, found: list[DetectionRows], a: int | None, b: int | None, overlap: float | None
) -> FoundBy:
    scores = [
        None if row is None else float(each.score[row])
        for each, row in zip(found, (a, b), strict=True)
    ]
    return FoundBy(name, a, b, scores[0], scores[1], overlap)
