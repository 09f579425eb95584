"""The badge really compares with MXNet: it can be green, and it can be red."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from explorer.pages.detect.nms.agreement import DetectionAgreement, compare_detections
from explorer.pages.detect.reading import Reading
from explorer.ssd.detection import Candidates
from tests.pages.detect.readings import CLASSES, ENGINE, reading_of


def tied_reading(**settings: Any) -> Reading:
    """Whole-numbered class scores, of which many are equal, and boxes near their anchors."""
    rng = np.random.default_rng(1)
    scores = rng.integers(-3, 3, (len(ENGINE.anchors()), len(CLASSES) + 1)).astype(np.float32)
    offsets = rng.normal(0, 0.5, (len(scores), 4)).astype(np.float32)
    return reading_of(scores, offsets, **settings)


@pytest.mark.parametrize("threshold", [0.0, 0.02, 0.3, 0.75, 1.0])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"nms_iou_threshold": 0.2, "force_suppress": True, "clip": False},
        {"nms_iou_threshold": 1.0, "nms_topk": 50},
        {"nms_topk": -1},
    ],
)
def test_equal(settings: dict[str, Any], threshold: float) -> None:
    reading = tied_reading(**settings)
    assert len(set(reading.detections.candidates.score.tolist())) < 60  # so there are many ties
    agreement = compare_detections(reading, threshold)
    assert agreement.equal
    assert agreement.text == "equal to MXNet's operator ✓"
    assert agreement.num_ours == (reading.detections.score >= np.float32(threshold)).sum()
    assert (agreement.num_ours > 0) == (threshold < 1)


def altered(reading: Reading, **columns: np.ndarray) -> Reading:
    candidates: Candidates = replace(reading.detections.candidates, **columns)
    return replace(reading, detections=replace(reading.detections, candidates=candidates))


def test_a_page_that_computes_otherwise_is_found_out() -> None:
    reading = tied_reading(clip=False)
    candidates = reading.detections.candidates
    whole = compare_detections(reading, 0.5).num_ours

    boxes = candidates.boxes.copy()
    boxes[0] += np.float32(1e-3)  # the best box is kept always
    moved = compare_detections(altered(reading, boxes=boxes), 0.5)
    assert (moved.num_other, moved.num_moved, moved.equal) == (0, 1, False)

    score = candidates.score.copy()
    score[0] = np.nextafter(score[0], np.float32(2))
    assert compare_detections(altered(reading, score=score), 0.5).num_other == 1

    best = np.where(score > score[2], candidates.score, 0).astype(np.float32)
    fewer = compare_detections(altered(reading, score=best), 0.5)
    assert (fewer.num_mxnet, fewer.num_ours < whole) == (whole, True)
    assert not fewer.equal


def test_equal_scores_in_another_order_are_a_difference() -> None:
    reading = tied_reading(nms_iou_threshold=1.0)
    candidates = reading.detections.candidates
    assert candidates.score[0] == candidates.score[1]
    swap = np.arange(len(candidates))
    swap[:2] = 1, 0
    columns = {n: getattr(candidates, n)[swap] for n in ("anchor", "class_id", "score", "boxes")}
    assert not compare_detections(altered(reading, **columns), 0.5).equal


def test_text() -> None:
    assert DetectionAgreement(2, 1200, 1, 0).text == (
        "differs from MXNet's operator: it finds 1,200 boxes, this page 2; in the same order "
        "1 have another class or score, 0 lie elsewhere"
    )
