"""The blind zone by hand, and against objects put at many places among all anchors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.config import TOY_SSD, AnchorConfig
from explorer.ssd.anchors import AnchorGrid, anchor_grid
from explorer.ssd.blind_zone import best_iou_by_size
from explorer.ssd.boxes import iou
from tests.maps import spread_maps, toy_maps, uneven_maps
from tests.ssd.inputs import random_config

SETTINGS = settings(max_examples=40, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)

INPUT = (256, 256)
MAPS = toy_maps(INPUT, 5)


def test_squares_of_36_px_are_blind_to_toy_ssd() -> None:
    sides = np.arange(1, 257)
    at_best = np.diag(best_iou_by_size(TOY_SSD, MAPS, INPUT, sides, sides))
    assert sides[at_best < 0.5].tolist() == list(range(1, 37))
    # Wholly inside of the smallest anchor, a square of 0.2 × 256 px.
    np.testing.assert_allclose(at_best[35:37], np.array([36, 37]) ** 2 / 51.2**2, rtol=1e-5)


def test_by_hand() -> None:
    # One square of half the image, in each of 2 × 2 cells; the other layer is not asked.
    config = AnchorConfig.of(sizes=[[0.5], [0.3]], ratios=[1])
    maps = spread_maps([(2, 2), (1, 1)], (100, 200))
    plane = best_iou_by_size(config, maps, (100, 200), [100, 200], [50, 25, 100], layer=0)
    # As wide as the image, its centre is bound to the middle, a quarter off any cell's:
    # the overlap is that of an anchor from 0 to 1/2 with an object from 0 to 1.
    expected = [[1, 1 / 2], [1 / 2, 1 / 3], [1 / 2, 1 / 4]]
    assert plane.dtype == np.float32
    np.testing.assert_allclose(plane, expected, rtol=1e-6)
    worst = best_iou_by_size(config, maps, (100, 200), [100], [50], "worst", layer=0)
    # In the very middle, four anchors overlap by a quarter of it: (1/16) / (7/16).
    np.testing.assert_allclose(worst, [[1 / 7]], rtol=1e-6)


@SETTINGS
@given(
    seeds,
    st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), min_size=2, max_size=3),
    st.booleans(),
    st.booleans(),
)
def test_no_place_is_better_than_the_best_nor_far_worse_than_the_worst(
    seed: int, shapes: list[tuple[int, int]], one_layer: bool, uneven: bool
) -> None:
    rng = np.random.default_rng(seed)
    config = random_config(rng, len(shapes))
    layer = int(rng.integers(len(shapes))) if one_layer else None
    shape = (120, 200)
    maps = uneven_maps(shapes, shape, rng) if uneven else spread_maps(shapes, shape)
    widths, heights = rng.uniform(2, 200, 3), rng.uniform(2, 120, 2)
    planes = {
        where: best_iou_by_size(config, maps, shape, widths, heights, where, layer)
        for where in ("best", "mean", "worst")
    }
    grid = anchor_grid(config, maps, shape)
    for column, width in enumerate(widths / 200):
        for row, height in enumerate(heights / 120):
            found = _anywhere(grid, float(width), float(height), layer)
            evenly = _anywhere(grid, float(width), float(height), layer, meeting=False)
            best, mean, worst = (planes[where][row, column] for where in planes)
            assert worst <= mean + 1e-6
            assert mean <= best + 1e-6
            assert found.max() == pytest.approx(best, abs=2e-6)
            assert found.min() <= worst + 0.02
            assert worst - found.min() < 0.15
            assert abs(mean - evenly.mean()) < 0.03


def _anywhere(
    grid: AnchorGrid, width: float, height: float, layer: int | None, meeting: bool = True
) -> np.ndarray:
    """Return the best IoU at 60 × 60 even places, and where a centre meets a cell's centre."""
    anchors = grid.boxes if layer is None else grid.boxes[grid.layer_slice(layer)]
    places = []
    for side, axis in ((width, 0), (height, 1)):
        cells = (anchors[:, axis] + anchors[:, axis + 2]) / 2
        centers = np.unique(cells) if meeting else []
        evenly = side / 2 + (1 - side) * (np.arange(60) + 0.5) / 60
        ends = (side / 2, 1 - side / 2)
        places.append(np.concatenate([evenly, np.clip(centers, *ends), ends if meeting else []]))
    x, y = (grid_.ravel() for grid_ in np.meshgrid(*places))
    boxes = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], axis=1)
    return iou(boxes, anchors).max(axis=1)


def test_one_layer_is_never_better_than_all() -> None:
    sides = np.linspace(4, 256, 20)
    planes = [best_iou_by_size(TOY_SSD, MAPS, INPUT, sides, sides, layer=n) for n in range(5)]
    whole = best_iou_by_size(TOY_SSD, MAPS, INPUT, sides, sides)
    np.testing.assert_array_equal(np.max(planes, axis=0), whole)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"widths_px": [10, 0]}, "widths_px must be above 0 and at most the input's 256 px, got 0"),
        ({"heights_px": [257]}, "heights_px must be .* at most the input's 256 px, got 257"),
        ({"heights_px": [np.nan]}, "heights_px must be .* got nan"),
        ({"widths_px": 10}, r"widths_px must have one axis, got shape \(\)"),
        ({"where": "median"}, "where must be 'best', 'mean' or 'worst', got 'median'"),
        ({"layer": 5}, "layer must be from 0 to 4, got 5"),
        ({"feature_maps": MAPS[:2]}, "feature_maps has 2 layers, but config has 5"),
    ],
)
def test_bad_input(changes: dict[str, object], message: str) -> None:
    good = {
        "config": TOY_SSD,
        "feature_maps": MAPS,
        "input_shape_px": INPUT,
        "widths_px": [10],
        "heights_px": [10],
    }
    with pytest.raises(ValueError, match=message):
        best_iou_by_size(**{**good, **changes})  # type: ignore[arg-type]
