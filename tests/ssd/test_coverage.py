"""Coverage by hand, and against the IoU matrix of all anchors and all objects."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.config import TOY_SSD, AnchorConfig, FeatureMap
from explorer.ssd.anchors import anchor_grid
from explorer.ssd.boxes import iou
from explorer.ssd.coverage import measure_coverage
from tests.maps import spread_maps, toy_maps, uneven_maps
from tests.ssd.inputs import random_boxes, random_config

SETTINGS = settings(max_examples=100, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)

# Anchors on multiples of 1/8: four cells with two squares, and one cell with a wide shape too.
SMALL = AnchorConfig.of(sizes=[[0.25, 0.5], [0.5]], ratios=[[1], [1, 4]])
INPUT = (64, 64)
MAPS = spread_maps([(2, 2), (1, 1)])


def test_by_hand() -> None:
    boxes = [
        [0.125, 0.125, 0.375, 0.375],  # the small square of the cell at the upper left
        [0.0, 0.25, 1.0, 0.75],  # twice the wide shape, twice the square of the last map
        [0.25, 0.25, 0.75, 0.75],  # the square of the last map
        [1.5, 1.5, 1.75, 1.75],  # beside everything
        [0.5, 0.5, 0.5, 0.5],  # without an area
    ]
    coverage = measure_coverage(SMALL, MAPS, INPUT, boxes, 0.5)
    np.testing.assert_allclose(coverage.best_iou, [1, 0.5, 1, 0, 0], rtol=1e-6)
    assert coverage.best_iou.dtype == np.float32
    assert coverage.best_layer.tolist() == [0, 1, 1, -1, -1]
    # The second has the last map's two shapes, exactly at the threshold.
    assert coverage.num_over.tolist() == [1, 2, 1, 0, 0]
    assert coverage.covered.tolist() == [True, True, True, False, False]
    assert coverage.coverage == 0.6
    assert coverage.mean_best_iou == pytest.approx(0.5)
    assert coverage.mean_over == 0.8
    assert coverage.num_anchors == 4 * 2 + 2
    assert coverage.match_iou_threshold == 0.5


def test_an_object_between_cells_counts_all_of_them() -> None:
    grid = AnchorConfig.of(sizes=[[0.5], [0.1]], ratios=[1])
    # Centred on the crossing of four cells: it shares a square of 1/4 with each.
    middle = [[0.25, 0.25, 0.75, 0.75]]
    each = (1 / 16) / (1 / 4 + 1 / 4 - 1 / 16)
    for threshold, expected in ((each - 0.01, 4), (each + 0.01, 0)):
        coverage = measure_coverage(grid, MAPS, INPUT, middle, threshold)
        assert coverage.num_over.tolist() == [expected]
        np.testing.assert_allclose(coverage.best_iou, [each], rtol=1e-6)


@SETTINGS
@given(
    seeds,
    st.integers(1, 40),
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=2, max_size=3),
    st.floats(0.05, 0.95),
    st.booleans(),
    st.booleans(),
)
def test_it_equals_the_whole_iou_matrix(
    seed: int,
    count: int,
    shapes: list[tuple[int, int]],
    threshold: float,
    on_grid: bool,
    uneven: bool,
) -> None:
    rng = np.random.default_rng(seed)
    config, boxes = random_config(rng, len(shapes)), random_boxes(rng, count, on_grid)
    maps = uneven_maps(shapes, (64, 96), rng) if uneven else spread_maps(shapes, (64, 96))
    _assert_equals_the_matrix(config, maps, (64, 96), boxes, threshold)


@SETTINGS
@given(seeds, st.integers(64, 300), st.integers(64, 300))
def test_it_equals_the_whole_iou_matrix_on_toy_ssd(seed: int, height: int, width: int) -> None:
    maps = toy_maps((height, width), 5)
    boxes = random_boxes(np.random.default_rng(seed), 30, on_grid=False)
    _assert_equals_the_matrix(TOY_SSD, maps, (height, width), boxes, 0.5)


def _assert_equals_the_matrix(
    config: AnchorConfig,
    maps: tuple[FeatureMap, ...],
    input_shape_px: tuple[int, int],
    boxes: np.ndarray,
    threshold: float,
) -> None:
    grid = anchor_grid(config, maps, input_shape_px)
    matrix = iou(grid.boxes, boxes)
    coverage = measure_coverage(config, maps, input_shape_px, boxes, threshold)
    assert coverage.num_anchors == len(grid)
    np.testing.assert_allclose(coverage.best_iou, matrix.max(axis=0), atol=2e-6)
    touched = coverage.best_layer >= 0
    for column in np.flatnonzero(touched):
        in_layer = matrix[grid.layer_slice(coverage.best_layer[column]), column]
        assert in_layer.max() >= matrix[:, column].max() - 2e-6
    assert (matrix[:, ~touched] <= 2e-6).all()
    # What is within rounding of the threshold may count or not.
    assert (coverage.num_over >= (matrix >= threshold + 2e-6).sum(axis=0)).all()
    assert (coverage.num_over <= (matrix >= threshold - 2e-6).sum(axis=0)).all()
    assert ((coverage.num_over > 0) == coverage.covered).all()


def test_without_objects() -> None:
    coverage = measure_coverage(SMALL, MAPS, INPUT, np.zeros((0, 4)))
    assert coverage.best_iou.shape == coverage.best_layer.shape == coverage.num_over.shape == (0,)
    assert (coverage.coverage, coverage.mean_best_iou, coverage.mean_over) == (0, 0, 0)
    assert coverage.num_anchors == 10


@pytest.mark.parametrize(
    ("maps", "boxes", "threshold", "message"),
    [
        (MAPS[:1], [[0, 0, 1, 1]], 0.5, "feature_maps has 1 layers, but config has 2"),
        (MAPS, [[0, 0, 1]], 0.5, r"boxes must have shape \(N, 4\)"),
        (MAPS, [[0.5, 0, 0.25, 1]], 0.5, "boxes: row 0 .* xmin must not exceed xmax"),
        (MAPS, [[0, 0, 1, 1]], 0.0, "match_iou_threshold must be above 0 and at most 1, got 0"),
        (MAPS, [[0, 0, 1, 1]], 1.1, "match_iou_threshold must be above 0 and at most 1, got 1.1"),
        (MAPS, [[0, 0, 1, 1]], np.nan, "match_iou_threshold .* got nan"),
    ],
)
def test_bad_input(
    maps: tuple[FeatureMap, ...], boxes: list[list[float]], threshold: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        measure_coverage(SMALL, maps, INPUT, boxes, threshold)
