from __future__ import annotations

import math

import numpy as np
import pytest

from explorer.ssd.not_finite import images_not_finite, worst_ground_truth

ANCHORS = np.array([[0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1], [0, 0.5, 0.5, 1]], np.float32)
LABELS = np.array([[1, 0.5, 0.5, 1, 1], [0, 0, 0, 0.5, 0.5], [-1] * 5], np.float32)


def test_images_are_found_in_any_of_the_arrays() -> None:
    scores, losses = np.zeros((4, 3, 2), np.float32), np.zeros(4, np.float32)
    assert images_not_finite(scores, losses) == ()
    scores[2, 1, 0] = math.nan
    losses[[0, 2]] = (math.inf, -math.inf)
    assert images_not_finite(scores) == (2,)
    assert images_not_finite(scores, losses) == (0, 2)


@pytest.mark.parametrize("bad", [5.0, -5.0, math.inf, -math.inf, math.nan])
def test_the_object_of_the_worst_anchor_is_named(bad: float) -> None:
    error = np.zeros((3, 4), np.float32)
    error[1, 2] = 3.0
    assert worst_ground_truth(ANCHORS, LABELS, error, 0.5) == 0
    error[0, 3] = bad
    assert worst_ground_truth(ANCHORS, LABELS, error, 0.5) == 1


def test_an_anchor_without_an_object_names_none() -> None:
    error = np.zeros((3, 4), np.float32)
    error[2] = math.nan
    assert worst_ground_truth(ANCHORS, LABELS, error, 0.5) is None
    assert worst_ground_truth(ANCHORS, LABELS[2:], error, 0.5) is None
