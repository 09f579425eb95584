"""Types and costs of mistakes where the program of TIDE's authors, tidecv 1.0.1, says otherwise.

The paper (Bolya et al. 2020, arXiv:2008.08115, section 2) decides, and where it leaves something
open, what stands in the docstrings. What tidecv says of the same boxes is noted beside each case.
"""

from __future__ import annotations

import pytest

from explorer.evaluation.error_costs import ap50_without, costs_by_type
from explorer.evaluation.error_types import Errors, ErrorType, find_errors
from tests.evaluation.judged import Box, Row, judged

A = (0.0, 0.0, 0.5, 0.5)
HALF = (0.0, 0.0, 0.5, 0.25)
"""IoU 0.5 with A, to the last bit."""
QUARTER = (0.0, 0.0, 0.25, 0.25)
WIDE, CELL = (0.0, 0.0, 0.625, 0.25), (0.0, 0.0, 0.125, 0.125)
"""IoU 0.1 with each other, to the last bit."""
B = (0.5, 0.5, 1.0, 1.0)
FAR = (0.75, 0.0, 1.0, 0.25)


def errors_of(rows: list[Row], labels: list[tuple[int, Box]]) -> Errors:
    return find_errors(judged([rows], [labels]), 0.0)


def costs_of(errors: Errors) -> dict[ErrorType, float]:
    """The types that cost something."""
    costs = costs_by_type(errors)
    assert costs is not None
    return {kind: round(cost, 6) for kind, cost in costs.items() if cost > 0}


@pytest.mark.parametrize(("location", "wrong_class"), [(0.9, 0.8), (0.8, 0.9)])
def test_an_object_of_a_class_and_a_location_error_is_found_without_either(
    location: float, wrong_class: float
) -> None:
    rows = sorted(
        [(0, location, QUARTER), (1, wrong_class, A)], key=lambda row: row[1], reverse=True
    )
    # The object of class 0 alone has such detections. Without the class error it is found at half
    # the precision if the location error is surer, which stays wrong, else at the full one.
    with_class = 0.25 if location > wrong_class else 0.5
    errors = errors_of(rows, [(0, A), (1, B)])
    # tidecv lets only the surer of the two find the object: the other one costs nothing there.
    assert costs_of(errors) == {ErrorType.CLASS: with_class, ErrorType.LOCATION: 0.5}


def test_a_class_whose_every_object_is_missed_counts_as_right_without_them() -> None:
    errors = errors_of([(0, 0.9, FAR), (0, 0.8, A)], [(0, A), (1, B)])
    assert ap50_without(errors) == (0.5 + 0) / 2
    # tidecv leaves the class out of the mean: it gains 0.25.
    assert ap50_without(errors, [ErrorType.MISSED]) == (0.5 + 1) / 2


def test_an_iou_of_a_half_with_the_own_class_is_in_place() -> None:
    errors = errors_of([(0, 0.9, A), (0, 0.8, HALF), (0, 0.7, B)], [(0, A), (0, B)])
    # Right at 1 up to recall 0.5, that is 51 points, then at 2/3. tidecv calls it a location error.
    assert costs_of(errors) == {ErrorType.DUPLICATE: round(50 / 101 / 3, 6)}


def test_an_iou_of_a_tenth_is_near() -> None:
    errors = errors_of([(1, 0.9, CELL), (0, 0.8, WIDE)], [(0, WIDE), (1, B)])
    # tidecv calls it background.
    assert errors.detection_type.tolist() == [ErrorType.BOTH, -1]


def test_equal_scores_keep_their_order_when_something_is_corrected() -> None:
    errors = errors_of([(0, 0.9, A), (0, 0.9, FAR)], [(0, A), (0, B)])
    # Right up to recall 0.5, then nothing; without the missed object up to 1. In tidecv the wrong
    # box then comes before the right one: that would lose something, and so costs 0.
    assert costs_of(errors) == {ErrorType.MISSED: round(1 - 51 / 101, 6)}


def test_a_class_without_any_object_does_not_count() -> None:
    errors = errors_of([(0, 0.9, A), (1, 0.8, FAR)], [(0, A)])
    # tidecv counts it as 0 as soon as it has a detection: an AP50 of 0.5, the other 0.5 gained
    # without background.
    assert ap50_without(errors) == 1
    assert costs_of(errors) == {}
