from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from explorer.pages.detect.two_models.comparison import SAME_BOX_IOU, pair_detections
from explorer.ssd.boxes import iou
from tests.pages.detect.readings import quiet_scores, random_reading, reading_of


def test_a_model_agrees_with_itself() -> None:
    reading = random_reading(1)
    rows = pair_detections(reading, reading, 0.5)
    assert len(rows) == (reading.detections.score >= 0.5).sum() > 0
    for row in rows:
        assert row.first == row.second
        assert row.iou == 1


def test_nothing_found_is_no_row() -> None:
    quiet = reading_of(quiet_scores())
    assert pair_detections(quiet, quiet, 0.5) == ()
    rows = pair_detections(quiet, random_reading(1), 0.9)
    assert rows != ()
    assert {row.first for row in rows} == {None}


@given(seed=st.integers(0, 2**16), threshold=st.floats(0.3, 0.95))
def test_each_detection_is_in_one_row(seed: int, threshold: float) -> None:
    first, second = random_reading(seed), random_reading(seed + 1)
    rows = pair_detections(first, second, threshold)
    for reading, rows_of_it in (
        (first, [row.first for row in rows if row.first is not None]),
        (second, [row.second for row in rows if row.second is not None]),
    ):
        assert sorted(rows_of_it) == [
            n for n, score in enumerate(reading.detections.score) if score >= threshold
        ]
    best = [max(row.first_score or 0, row.second_score or 0) for row in rows]
    assert best == sorted(best, reverse=True)
    for row in rows:
        if row.first is not None and row.second is not None:
            boxes = first.detections.boxes[[row.first]], second.detections.boxes[[row.second]]
            assert row.iou == iou(*boxes)[0, 0] >= SAME_BOX_IOU
            assert first.detections.class_id[row.first] == second.detections.class_id[row.second]
