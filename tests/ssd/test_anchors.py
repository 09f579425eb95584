from __future__ import annotations

import numpy as np
import pytest

from explorer.config import TOY_SSD, AnchorConfig, AnchorLayer, FeatureMap
from explorer.ssd.anchors import anchor_grid, layer_anchors
from tests.maps import spread_grid, toy_grid


def test_anchors_of_one_cell_by_hand() -> None:
    layer = AnchorLayer(sizes=(0.5, 0.25), ratios=(1, 4))
    # One row of two cells: widths are halved, as the map is twice as wide as high.
    expected = [
        [0.125, 0.25, 0.375, 0.75],
        [0.1875, 0.375, 0.3125, 0.625],
        [0.0, 0.375, 0.5, 0.625],
        [0.625, 0.25, 0.875, 0.75],
        [0.6875, 0.375, 0.8125, 0.625],
        [0.5, 0.375, 1.0, 0.625],
    ]
    np.testing.assert_array_equal(layer_anchors((1, 2), layer), np.float32(expected))


def test_all_sizes_come_at_the_first_ratio() -> None:
    layer = AnchorLayer(sizes=(0.5, 0.25), ratios=(4, 1))
    expected = [[0, 0.375, 1, 0.625], [0.25, 0.4375, 0.75, 0.5625], [0.25, 0.25, 0.75, 0.75]]
    np.testing.assert_array_equal(layer_anchors((1, 1), layer), np.float32(expected))


def test_the_tutorials_anchor_at_row_21_column_21() -> None:
    layer = AnchorLayer(sizes=(0.5, 0.25, 0.1), ratios=(1, 2, 0.5))
    boxes = layer_anchors((40, 40), layer).reshape(40, 40, 5, 4)
    np.testing.assert_allclose(boxes[20, 20, 0], [0.2625, 0.2625, 0.7625, 0.7625], atol=1e-7)


def test_toy_ssd_has_the_tutorials_anchors() -> None:
    grid = toy_grid(TOY_SSD, (256, 256))
    assert len(grid) == 5444
    assert grid.boxes.dtype == np.float32
    first = [
        [-0.084375, -0.084375, 0.115625, 0.115625],
        [-0.12037501, -0.12037501, 0.15162501, 0.15162501],
        [-0.12579636, -0.05508568, 0.15704636, 0.08633568],
    ]
    last = [
        [0.0195, 0.0195, 0.9805, 0.9805],
        [-0.12225395, 0.18887302, 1.12225389, 0.81112695],
        [0.18887302, -0.12225395, 0.81112695, 1.12225389],
    ]
    np.testing.assert_allclose(grid.boxes[:3], first, atol=1e-7)
    np.testing.assert_allclose(grid.boxes[-3:], last, atol=1e-7)


CONFIG = AnchorConfig.of(sizes=[[0.2, 0.3], [0.5], [0.9, 0.8, 0.7]], ratios=[[1, 2], [1], [1, 3]])
MAPS = ((3, 5), (2, 2), (1, 1))


def test_each_anchor_knows_its_place() -> None:
    grid = spread_grid(CONFIG, MAPS)
    assert len(grid) == 3 * 5 * 3 + 2 * 2 * 1 + 4
    seen = []
    for layer, (height, width) in enumerate(MAPS):
        per_layer = layer_anchors((height, width), CONFIG.layers[layer])
        np.testing.assert_array_equal(grid.boxes[grid.layer_slice(layer)], per_layer)
        for row in range(height):
            for column in range(width):
                cell = grid.cell(layer, row, column)
                seen.extend(range(cell.start, cell.stop))
                assert set(grid.layer[cell]) == {layer}
                assert set(grid.row[cell]) == {row}
                assert set(grid.column[cell]) == {column}
                num_anchors = CONFIG.layers[layer].num_anchors
                assert grid.shape[cell].tolist() == list(range(num_anchors))
                middle = (grid.boxes[cell, :2] + grid.boxes[cell, 2:]) / 2
                expected = [(column + 0.5) / width, (row + 0.5) / height]
                np.testing.assert_allclose(middle, [expected] * num_anchors, atol=1e-6)
    assert seen == list(range(len(grid)))


def test_strides_place_the_anchors() -> None:
    """As SSD300 has them elsewhere: 38 cells of 8 px reach 2 px beyond an input of 300."""
    layers = AnchorConfig.of(sizes=[[0.1], [0.5]], ratios=[1])
    maps = [
        FeatureMap(height=38, width=38, stride_px=(8, 8), receptive_field_px=92),
        FeatureMap(height=3, width=3, stride_px=(100, 100), receptive_field_px=None),
    ]
    grid = anchor_grid(layers, maps, (300, 300))
    middles_px = 150 * (grid.boxes[:, :2] + grid.boxes[:, 2:])
    np.testing.assert_allclose(middles_px[[0, 1, 38]], [[4, 4], [12, 4], [4, 12]], atol=1e-4)
    np.testing.assert_allclose(middles_px[38 * 38 - 1], [300, 300], atol=1e-4)
    np.testing.assert_allclose(middles_px[-1], [250, 250], atol=1e-4)


def test_an_even_spread_is_that_of_the_operator_to_the_last_bit() -> None:
    cells = np.arange(1, 1025)
    for side_px in (64, 255, 256, 300, 512, 1000, 1024):
        by_stride = np.float32(side_px / cells / side_px)
        np.testing.assert_array_equal(by_stride, np.float32(1) / np.float32(cells))


def test_a_grid_cannot_be_written_to() -> None:
    grid = spread_grid(CONFIG, MAPS)
    with pytest.raises(ValueError, match="read-only"):
        grid.boxes[0, 0] = 0


def test_places_off_the_grid_are_refused() -> None:
    grid = spread_grid(CONFIG, MAPS)
    with pytest.raises(ValueError, match="layer must be from 0 to 2, got 3"):
        grid.cell(3, 0, 0)
    for row, column in ((3, 0), (-1, 0), (0, 5), (0, -1)):
        text = f"row {row}, column {column} is not on layer 0, whose map is 3×5"
        with pytest.raises(ValueError, match=text):
            grid.cell(0, row, column)
    with pytest.raises(ValueError, match="layer must be from 0 to 2, got -1"):
        grid.layer_slice(-1)


def test_malformed_maps_are_refused() -> None:
    with pytest.raises(ValueError, match="feature_maps has 2 layers, but config has 3"):
        spread_grid(CONFIG, MAPS[:2])
    with pytest.raises(ValueError, match=r"map_shape must be .* got \(0, 4\)"):
        layer_anchors((0, 4), CONFIG.layers[0])
    with pytest.raises(ValueError, match=r"map_shape must be .* got \(2.5, 4\)"):
        layer_anchors((2.5, 4), CONFIG.layers[0])  # type: ignore[arg-type]
