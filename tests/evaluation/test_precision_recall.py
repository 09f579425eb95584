"""Precision, recall and F1 that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.evaluation.judging import Judgement, judge
from explorer.evaluation.overlaps import Truths
from explorer.evaluation.precision_recall import (
    interpolated_precision,
    precision_recall,
    precision_recall_curve,
)
from tests.evaluation.judged import judged, random_set

A = (0.0, 0.0, 0.5, 0.5)
B = (0.5, 0.5, 1.0, 1.0)
AWAY = (0.75, 0.0, 1.0, 0.25)


def judgement() -> Judgement:
    """Right, wrong and wrong, right; three objects."""
    return judged(
        [[(0, 0.9, A), (0, 0.6, AWAY), (1, 0.6, A)], [(1, 0.3, B)]],
        [[(0, A), (0, B)], [(1, B)]],
    )


@pytest.mark.parametrize(
    ("threshold", "counts", "figures"),
    [
        (0.95, (0, 0, 3), (None, 0, 0)),
        (0.9, (1, 0, 2), (1, 1 / 3, 0.5)),
        (0.6, (1, 2, 2), (1 / 3, 1 / 3, 1 / 3)),
        (0.0, (2, 2, 1), (0.5, 2 / 3, 4 / 7)),
    ],
)
def test_counts_at_a_score_threshold(
    threshold: float, counts: tuple[int, int, int], figures: tuple[float | None, ...]
) -> None:
    point = precision_recall(judgement(), threshold)
    assert (point.num_right, point.num_wrong, point.num_missed) == counts
    assert (point.precision, point.recall, point.f1) == pytest.approx(figures)


def test_equal_scores_are_one_point_of_the_curve() -> None:
    curve = precision_recall_curve(judgement())
    np.testing.assert_allclose(curve.score_threshold, [0.9, 0.6, 0.3])
    np.testing.assert_allclose(curve.precision, [1, 1 / 3, 0.5])
    np.testing.assert_allclose(curve.recall, [1 / 3, 1 / 3, 2 / 3])
    np.testing.assert_allclose(curve.f1, [0.5, 1 / 3, 4 / 7])
    assert curve.best() == 2


def test_a_class_has_a_curve_of_its_own() -> None:
    curve = precision_recall_curve(judgement(), class_id=1)
    np.testing.assert_allclose(curve.score_threshold, [0.6, 0.3])
    np.testing.assert_allclose(curve.precision, [0, 0.5])
    np.testing.assert_allclose(curve.recall, [0, 1])


@given(seed=st.integers(0, 2**32 - 1), level=st.sampled_from([0, 5, 9]))
def test_a_row_of_the_curve_is_the_figure_at_its_threshold(seed: int, level: int) -> None:
    detections, labels = random_set(seed)
    result = judge(detections, Truths.of(labels), 3)
    curve = precision_recall_curve(result, level=level)
    assert set(curve.score_threshold) == set(detections.score)
    for threshold, *figures in zip(
        curve.score_threshold, curve.precision, curve.recall, curve.f1, strict=True
    ):
        point = precision_recall(result, float(threshold), level)
        expected = [point.precision, point.recall, point.f1 if len(result.truths) else None]
        assert [None if np.isnan(v) else v for v in figures] == pytest.approx(expected)


def test_without_an_object_there_is_no_recall() -> None:
    result = judged([[(0, 0.9, A)]], [[]])
    point = precision_recall(result, 0.5)
    assert (point.precision, point.recall, point.f1) == (0, None, 0)
    curve = precision_recall_curve(result)
    assert np.isnan(curve.recall).all()
    assert curve.best() is None


def test_without_anything_nothing_is_known() -> None:
    result = judged([[]], [[]])
    point = precision_recall(result, 0.5)
    assert (point.precision, point.recall, point.f1) == (None, None, None)
    assert precision_recall_curve(result).best() is None


def test_average_precision_by_hand() -> None:
    assert interpolated_precision([True, False, True], 2) == pytest.approx((51 + 50 * 2 / 3) / 101)
    assert interpolated_precision([False, True], 1) == 0.5
    assert interpolated_precision([], 3) == 0
    assert interpolated_precision([False], 3) == 0
