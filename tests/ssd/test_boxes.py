from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.ssd.boxes import (
    area,
    center_to_corner,
    check_boxes,
    clip,
    corner_to_center,
    iou,
)
from tests.ssd.inputs import random_boxes

SETTINGS = settings(max_examples=60, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)


def test_iou_of_hand_computed_pairs() -> None:
    square = [0.0, 0.0, 0.5, 0.5]
    others = [
        square,  # itself
        [0.25, 0.25, 0.75, 0.75],  # 1/16 of 7/16
        [0.5, 0.0, 1.0, 0.5],  # touches an edge
        [0.6, 0.6, 0.9, 0.9],  # apart
        [0.0, 0.0, 1.0, 1.0],  # contains it: 1/4
        [0.25, 0.25, 0.25, 0.5],  # has no area
    ]
    expected = [[1, 1 / 7, 0, 0, 0.25, 0]]
    np.testing.assert_allclose(iou([square], others), expected, rtol=1e-6)


def test_iou_without_area_is_zero_not_nan() -> None:
    point = [[0.5, 0.5, 0.5, 0.5]]
    assert iou(point, point).tolist() == [[0.0]]


@pytest.mark.parametrize(("num_a", "num_b"), [(0, 0), (0, 3), (3, 0)])
def test_iou_of_nothing_is_empty(num_a: int, num_b: int) -> None:
    result = iou(np.zeros((num_a, 4)), np.zeros((num_b, 4)))
    assert result.shape == (num_a, num_b)
    assert result.dtype == np.float32


@SETTINGS
@given(seeds, st.integers(1, 30), st.integers(1, 10), st.booleans())
def test_iou_is_symmetric_and_within_0_and_1(
    seed: int, num_a: int, num_b: int, on_grid: bool
) -> None:
    rng = np.random.default_rng(seed)
    a, b = random_boxes(rng, num_a, on_grid), random_boxes(rng, num_b, on_grid)
    result = iou(a, b)
    np.testing.assert_array_equal(result, iou(b, a).T)
    assert result.min() >= 0
    assert result.max() <= 1
    has_area = area(a) > 0
    np.testing.assert_array_equal(np.diag(iou(a, a)), has_area.astype(np.float32))


@SETTINGS
@given(seeds, st.integers(0, 30))
def test_center_and_corner_are_inverse(seed: int, count: int) -> None:
    boxes = random_boxes(np.random.default_rng(seed), count, on_grid=True)
    np.testing.assert_array_equal(center_to_corner(corner_to_center(boxes)), boxes)


def test_center_of_a_hand_computed_box() -> None:
    assert corner_to_center([[0.25, 0.5, 0.75, 0.625]]).tolist() == [[0.5, 0.5625, 0.5, 0.125]]


def test_clip_cuts_at_the_border() -> None:
    boxes = [[-0.5, 0.25, 0.5, 1.5], [1.25, 1.25, 2.0, 2.0]]
    assert clip(boxes).tolist() == [[0.0, 0.25, 0.5, 1.0], [1.0, 1.0, 1.0, 1.0]]


def test_area_of_hand_computed_boxes() -> None:
    assert area([[0, 0, 0.5, 0.25], [-1, -1, 1, 1], [0.5, 0, 0.5, 1]]).tolist() == [0.125, 4, 0]


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        ([0, 0, 1, 1], r"gt must have shape \(N, 4\), got \(4,\)"),
        ([[0, 0, 1]], r"gt must have shape \(N, 4\), got \(1, 3\)"),
        ([[0, 0, 1, 1], [0, np.nan, 1, 1]], "gt: row 1 .* must be finite"),
        ([[0, 0, np.inf, 1]], "gt: row 0 .* must be finite"),
        ([[0.5, 0, 0.25, 1]], "gt: row 0 .* xmin must not exceed xmax"),
        ([[0, 0, 1, 1], [0, 1, 1, 0]], "gt: row 1 .* nor ymin ymax"),
        ("box", r"gt must be an \(N, 4\) array of numbers"),
    ],
)
def test_malformed_boxes_are_refused_by_name_and_row(boxes: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_boxes(boxes, "gt")  # type: ignore[arg-type]


def test_negative_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"row 0 .* width and height must be 0 or more"):
        center_to_corner([[0.5, 0.5, -0.1, 0.1]])


@pytest.mark.parametrize("function", [corner_to_center, clip, area])
def test_bad_boxes_are_called_as_the_argument(function: Callable[[object], object]) -> None:
    with pytest.raises(ValueError, match=r"^boxes must have shape \(N, 4\), got \(4,\)$"):
        function([0, 0, 1, 1])


def test_bad_pairs_are_called_as_their_argument() -> None:
    good, bad = [[0, 0, 1, 1]], [[0, 0, 1]]
    with pytest.raises(ValueError, match=r"^boxes_a must have shape"):
        iou(bad, good)
    with pytest.raises(ValueError, match=r"^boxes_b must have shape"):
        iou(good, bad)
    with pytest.raises(ValueError, match=r"^boxes_center must have shape"):
        center_to_corner(bad)
