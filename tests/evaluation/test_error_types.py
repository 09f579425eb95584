"""Types and costs of mistakes: small cases by hand, laws for all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.evaluation.error_costs import ap50_without, costs_by_type, single_costs
from explorer.evaluation.error_types import Errors, ErrorType, find_errors
from explorer.evaluation.judging import judge
from explorer.evaluation.overlaps import Truths
from explorer.evaluation.precision_recall import (
    average_precision_of,
    interpolated_precision,
    precision_recall,
)
from tests.evaluation.judged import judged, random_set

A = (0.0, 0.0, 0.5, 0.5)
HALF = (0.0, 0.0, 0.5, 0.25)
"""IoU 0.5 with A: just enough."""
QUARTER = (0.0, 0.0, 0.25, 0.25)
"""IoU 0.25 with A: the place is only nearly right."""
SLIVER = (0.0, 0.0, 0.5, 0.04)
"""IoU 0.08 with A: nowhere near."""
WIDE, CELL = (0.0, 0.0, 0.625, 0.25), (0.0, 0.0, 0.125, 0.125)
"""IoU 0.1 with each other, to the last bit."""
B = (0.5, 0.5, 1.0, 1.0)
FAR = (0.75, 0.0, 1.0, 0.25)

SEEDS = st.integers(0, 2**32 - 1)
THRESHOLDS = st.sampled_from([0.0, 0.3, 0.6, 0.95])


@pytest.mark.parametrize(
    ("class_id", "box", "expected", "gt"),
    [
        (1, A, ErrorType.CLASS, 0),
        (1, HALF, ErrorType.CLASS, 0),
        (0, QUARTER, ErrorType.LOCATION, 0),
        (1, QUARTER, ErrorType.BOTH, -1),
        (0, HALF, ErrorType.DUPLICATE, 0),
        (0, SLIVER, ErrorType.BACKGROUND, -1),
        (1, SLIVER, ErrorType.BACKGROUND, -1),
        (0, FAR, ErrorType.BACKGROUND, -1),
    ],
)
def test_each_type(class_id: int, box: tuple[float, ...], expected: ErrorType, gt: int) -> None:
    errors = find_errors(judged([[(0, 0.9, A), (class_id, 0.8, box)]], [[(0, A)]]), 0.5)
    assert errors.detection_type.tolist() == [-1, expected]
    assert errors.detection_gt.tolist() == [0, gt]
    assert not errors.missed.any()
    assert errors.counts() == {kind: int(kind == expected) for kind in ErrorType}


@pytest.mark.parametrize(("class_id", "expected"), [(0, ErrorType.LOCATION), (1, ErrorType.BOTH)])
def test_an_iou_of_a_tenth_is_no_background(class_id: int, expected: ErrorType) -> None:
    errors = find_errors(judged([[(class_id, 0.8, CELL)]], [[(0, WIDE)]]), 0.5)
    assert errors.judgement.overlaps.iou.tolist() == [0.1]
    assert errors.detection_type.tolist() == [expected]


def test_the_own_class_nearby_comes_before_another_class_in_place() -> None:
    labels = [[(0, A), (1, QUARTER)]]
    errors = find_errors(judged([[(0, 0.8, QUARTER)]], labels), 0.5)
    assert errors.detection_type.tolist() == [ErrorType.LOCATION]
    assert errors.detection_gt.tolist() == [0]


@pytest.mark.parametrize(
    ("row", "missed"),
    [
        ((1, 0.9, A), False),  # with the other class it would have found the object
        ((0, 0.9, QUARTER), False),  # and with a better box
        ((1, 0.9, QUARTER), True),
        ((0, 0.9, FAR), True),
        ((1, 0.4, A), True),  # below the score threshold it is not there
    ],
)
def test_an_object_is_missed_unless_one_thing_alone_was_wrong(
    row: tuple[int, float, tuple[float, ...]], missed: bool
) -> None:
    errors = find_errors(judged([[row]], [[(0, A)]]), 0.5)
    assert errors.gt_found.tolist() == [False]
    assert errors.missed.tolist() == [missed]
    assert errors.counts()[ErrorType.MISSED] == missed


def test_costs_of_a_case_by_hand() -> None:
    # By falling score: nothing there, right, wrong class, right again, right; one is missed.
    errors = find_errors(
        judged(
            [[(0, 0.9, FAR), (0, 0.8, A), (1, 0.7, B)], [(0, 0.6, A), (0, 0.5, A), (0, 0.4, B)]],
            [[(0, A), (0, B)], [(0, A), (0, B)], [(0, A)]],
            num_classes=2,
        ),
        0.1,
    )
    assert errors.counts() == {
        ErrorType.CLASS: 1,
        ErrorType.LOCATION: 0,
        ErrorType.BOTH: 0,
        ErrorType.DUPLICATE: 1,
        ErrorType.BACKGROUND: 1,
        ErrorType.MISSED: 1,
    }
    # Class 1 has no object and does not count.
    points = {
        None: ([0, 1, 1, 0, 1], 5),
        ErrorType.CLASS: ([0, 1, 1, 1, 0, 1], 5),
        ErrorType.LOCATION: ([0, 1, 1, 0, 1], 5),
        ErrorType.BOTH: ([0, 1, 1, 0, 1], 5),
        ErrorType.DUPLICATE: ([0, 1, 1, 1], 5),
        ErrorType.BACKGROUND: ([1, 1, 0, 1], 5),
        ErrorType.MISSED: ([0, 1, 1, 0, 1], 4),
    }
    present = interpolated_precision(*points[None])
    # Precision 2/3 up to recall 0.4, that is 41 points, then 0.6 up to 0.6.
    assert present == pytest.approx((41 * 2 / 3 + 20 * 3 / 5) / 101)
    assert ap50_without(errors) == pytest.approx(present)
    costs = costs_by_type(errors)
    assert costs is not None
    for kind in ErrorType:
        assert costs[kind] == pytest.approx(interpolated_precision(*points[kind]) - present)
    single = single_costs(errors)
    gains = {
        0: interpolated_precision([1, 1, 0, 1], 5) - present,
        4: interpolated_precision([0, 1, 1, 1], 5) - present,
    }
    np.testing.assert_allclose(single.detection, [gains.get(row, 0) for row in range(6)])
    gain = interpolated_precision([0, 1, 1, 0, 1], 4) - present
    np.testing.assert_allclose(single.gt, [0, gain, 0, 0, gain])


def test_of_several_repaired_detections_the_surest_finds_the_object() -> None:
    rows = [(1, 0.9, A), (0, 0.8, FAR), (1, 0.7, A)]
    errors = find_errors(judged([rows], [[(0, A), (1, B)]]), 0.1)
    # Class 0: right, wrong. Class 1 then has no detection, and its object is still missed.
    assert ap50_without(errors, [ErrorType.CLASS]) == pytest.approx((1 + 0) / 2)


def test_a_wrong_class_on_an_object_that_is_found_is_only_left_out() -> None:
    errors = find_errors(judged([[(0, 0.8, A), (1, 0.9, A)]], [[(0, A), (1, B)]]), 0.1)
    assert ap50_without(errors, [ErrorType.CLASS]) == pytest.approx((1 + 0) / 2)
    assert ap50_without(errors, [ErrorType.CLASS, ErrorType.MISSED]) == pytest.approx(1)


def test_a_class_that_is_missed_altogether_counts_as_right_without_its_objects() -> None:
    alone = find_errors(judged([[]], [[(0, A)]]), 0.5)
    assert ap50_without(alone) == 0
    assert ap50_without(alone, [ErrorType.MISSED]) == 1
    with_alarm = find_errors(judged([[(0, 0.9, FAR)]], [[(0, A)]]), 0.5)
    assert ap50_without(with_alarm, [ErrorType.MISSED]) == 0
    assert ap50_without(with_alarm, [ErrorType.MISSED, ErrorType.BACKGROUND]) == 1


def test_without_an_object_nothing_costs_anything() -> None:
    errors = find_errors(judged([[(0, 0.9, A)]], [[]]), 0.5)
    assert errors.counts()[ErrorType.BACKGROUND] == 1
    assert ap50_without(errors) is None
    assert costs_by_type(errors) is None
    assert single_costs(errors).detection.tolist() == [0]


def random_errors(seed: int, threshold: float) -> Errors:
    detections, labels = random_set(seed)
    return find_errors(judge(detections, Truths.of(labels), 3), threshold)


@given(seed=SEEDS, threshold=THRESHOLDS)
def test_each_mistake_has_exactly_one_type(seed: int, threshold: float) -> None:
    errors = random_errors(seed, threshold)
    point = precision_recall(errors.judgement, threshold)
    counts = errors.counts()
    assert sum(counts.values()) - counts[ErrorType.MISSED] == point.num_wrong
    assert (errors.detection_type < 0).sum() == errors.gt_found.sum() == point.num_right
    fixable = np.isin(errors.detection_type, [ErrorType.CLASS, ErrorType.LOCATION])
    covered = set(errors.detection_gt[fixable]) - set(np.flatnonzero(errors.gt_found))
    assert counts[ErrorType.MISSED] + len(covered) == point.num_missed


@given(seed=SEEDS, threshold=THRESHOLDS)
def test_without_any_mistake_all_is_right(seed: int, threshold: float) -> None:
    errors = random_errors(seed, threshold)
    expected = 1.0 if len(errors.judgement.truths) else None
    assert ap50_without(errors, list(ErrorType)) == pytest.approx(expected)


@given(seed=SEEDS)
def test_with_all_scores_it_is_the_average_precision(seed: int) -> None:
    errors = random_errors(seed, 0.0)
    precision = average_precision_of(errors.judgement)
    assert ap50_without(errors) == pytest.approx(None if precision is None else precision.ap50)


@given(seed=SEEDS, threshold=THRESHOLDS)
def test_repairing_something_never_costs_anything(seed: int, threshold: float) -> None:
    costs = costs_by_type(random_errors(seed, threshold))
    assert costs is None or min(costs.values()) >= -1e-12


@given(seed=SEEDS, threshold=THRESHOLDS)
def test_single_costs_are_those_of_doing_it(seed: int, threshold: float) -> None:
    errors = random_errors(seed, threshold)
    judgement, costs = errors.judgement, single_costs(errors)
    classes = np.flatnonzero(judgement.num_gt)
    class_id = judgement.detections.class_id[: errors.number]
    right = errors.detection_type < 0
    for row in range(errors.number):
        expected = 0.0
        if not right[row] and class_id[row] in classes:
            num_gt = int(judgement.num_gt[class_id[row]])
            same = class_id == class_id[row]
            others = same & (np.arange(errors.number) != row)
            expected = interpolated_precision(right[others], num_gt)
            expected -= interpolated_precision(right[same], num_gt)
        assert costs.detection[row] == pytest.approx(expected / max(len(classes), 1), abs=1e-12)
    assert (costs.gt[errors.gt_found] == 0).all()
    assert (costs.gt >= 0).all()
