"""Average precision on cases that can be counted by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from explorer.evaluation.average_precision import AveragePrecision, average_precision
from explorer.ssd.detection import Candidates, Detections

A = (0.1, 0.1, 0.5, 0.5)
B = (0.6, 0.6, 0.9, 0.9)
AWAY = (0.7, 0.1, 0.9, 0.3)
"""Touches neither of them."""
POINTS = 101
"""COCO reads the precision at recall 0, 0.01, …, 1."""


def detections(*rows: tuple[int, float, Sequence[float]]) -> Detections:
    """Return detections of one image: class, score, box."""
    columns = {
        "class_id": np.array([row[0] for row in rows], np.int32),
        "score": np.array([row[1] for row in rows], np.float32),
        "boxes": np.array([row[2] for row in rows], np.float32).reshape(-1, 4),
        "anchor": np.zeros(len(rows), np.int32),
    }
    return Detections(
        **columns,
        candidates=Candidates(**columns, num_anchors=0),
        row=np.arange(len(columns["score"])),
        fate=np.zeros(len(columns["score"]), np.int8),
        suppressor=np.full(len(columns["score"]), -1),
        overlap=np.zeros(len(columns["score"]), np.float32),
    )


def truths(*rows: tuple[int, Sequence[float]]) -> np.ndarray:
    return np.array([(class_id, *box) for class_id, box in rows], np.float32).reshape(-1, 5)


def figures(precision: AveragePrecision) -> tuple[float, float, float]:
    return precision.ap50, precision.ap75, precision.map


def shifted(box: Sequence[float], iou: float) -> tuple[float, ...]:
    """Move a box to the right until it has that IoU with where it was."""
    x, y, x2, y2 = box
    # The overlap of two equal boxes is (w - d) of a union of (w + d).
    distance = (x2 - x) * (1 - iou) / (1 + iou)
    return x + distance, y, x2 + distance, y2


def test_everything_found_exactly_is_one() -> None:
    found = [detections((0, 0.9, A), (0, 0.8, B)), detections((0, 0.3, B))]
    precision = average_precision(found, [truths((0, A), (0, B)), truths((0, B))], 1)
    assert figures(precision) == pytest.approx((1, 1, 1))


def test_one_of_two_found() -> None:
    # Precision is 1 up to recall 0.5: 51 of the 101 points.
    precision = average_precision([detections((0, 0.9, A))], [truths((0, A), (0, B))], 1)
    assert figures(precision) == pytest.approx((51 / POINTS,) * 3)


def test_a_false_alarm_of_higher_score_halves_the_precision() -> None:
    found = detections((0, 0.9, AWAY), (0, 0.8, A))
    precision = average_precision([found], [truths((0, A))], 1)
    assert figures(precision) == pytest.approx((0.5, 0.5, 0.5))


def test_a_false_alarm_of_lower_score_costs_nothing() -> None:
    found = detections((0, 0.7, AWAY), (0, 0.8, A))
    precision = average_precision([found], [truths((0, A))], 1)
    assert figures(precision) == pytest.approx((1, 1, 1))


def test_an_object_found_twice_counts_once() -> None:
    # Found, found again, and the other one: precision 1 to recall 0.5, then 2/3.
    found = detections((0, 0.9, A), (0, 0.8, A), (0, 0.7, B))
    precision = average_precision([found], [truths((0, A), (0, B))], 1)
    assert figures(precision) == pytest.approx(((51 + 50 * 2 / 3) / POINTS,) * 3)


def test_the_wrong_class_finds_nothing() -> None:
    precision = average_precision([detections((1, 0.9, A))], [truths((0, A))], 2)
    assert figures(precision) == (0, 0, 0)


def test_classes_are_averaged() -> None:
    # Class 0 is found, class 1 is called class 0, class 2 does not occur and does not count.
    found = detections((0, 0.9, A), (0, 0.8, B))
    precision = average_precision([found], [truths((0, A), (1, B))], 3)
    assert figures(precision) == pytest.approx((0.5, 0.5, 0.5))


@pytest.mark.parametrize(
    ("iou", "expected"),
    [
        # The thresholds of mAP are 0.5, 0.55, …, 0.95.
        (0.48, (0, 0, 0.0)),
        (0.62, (1, 0, 0.3)),
        (0.72, (1, 0, 0.5)),
        (0.77, (1, 1, 0.6)),
        (0.97, (1, 1, 1.0)),
    ],
)
def test_a_box_counts_at_the_ious_that_it_reaches(
    iou: float, expected: tuple[float, float, float]
) -> None:
    found = detections((0, 0.9, shifted(A, iou)))
    assert figures(average_precision([found], [truths((0, A))], 1)) == pytest.approx(expected)


def test_scores_are_ranked_over_all_images() -> None:
    # The false alarm of the first image comes before the second image's detection.
    found = [detections((0, 0.9, A), (0, 0.8, AWAY)), detections((0, 0.7, B))]
    precision = average_precision(found, [truths((0, A)), truths((0, B))], 1)
    assert figures(precision) == pytest.approx(((51 + 50 * 2 / 3) / POINTS,) * 3)


def test_images_are_not_mixed_up() -> None:
    found = [detections((0, 0.9, A)), detections((0, 0.9, B))]
    precision = average_precision(found, [truths((0, B)), truths((0, A))], 1)
    assert figures(precision) == (0, 0, 0)


def test_alarms_on_an_image_without_objects_count() -> None:
    found = [detections((0, 0.9, A)), detections((0, 0.8, A))]
    precision = average_precision(found, [truths(), truths((0, A))], 1)
    assert figures(precision) == pytest.approx((0.5, 0.5, 0.5))


def test_nothing_found_is_zero() -> None:
    assert figures(average_precision([detections()], [truths((0, A))], 1)) == (0, 0, 0)


def test_padding_is_no_object() -> None:
    padded = np.concatenate([truths((0, A)), np.full((3, 5), -1, np.float32)])
    assert figures(average_precision([detections((0, 0.9, A))], [padded], 1)) == pytest.approx(
        (1, 1, 1)
    )


def test_the_size_of_the_images_changes_nothing() -> None:
    found = [detections((0, 0.9, shifted(A, 0.8)), (0, 0.8, AWAY), (0, 0.7, B))]
    labels = [truths((0, A), (0, B))]
    small = average_precision(found, labels, 1, (64, 64))
    wide = average_precision(found, labels, 1, (300, 900))
    assert figures(small) == pytest.approx(figures(wide))


def test_a_set_without_any_object_cannot_be_judged() -> None:
    with pytest.raises(ValueError, match="needs at least one ground truth, the set has none"):
        average_precision([detections((0, 0.9, A))], [truths()], 1)


def test_lists_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="1 images of detections, 2 of labels"):
        average_precision([detections()], [truths((0, A)), truths((0, A))], 1)


def test_it_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    average_precision([detections((0, 0.9, A))], [truths((0, A))], 1)
    assert capsys.readouterr().out == ""
