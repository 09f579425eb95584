"""Suggested anchors: never worse, within their limits, and right where the answer is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.config import TOY_SSD, AnchorConfig, AnchorLayer, FeatureMap
from explorer.ssd.boxes import clip
from explorer.ssd.coverage import measure_coverage
from explorer.ssd.layer_limits import layer_limits
from explorer.ssd.suggestion import suggest_anchors
from tests.maps import toy_grid, toy_maps, uneven_maps
from tests.ssd.inputs import random_boxes, random_config

SETTINGS = settings(max_examples=25, deadline=None, derandomize=True)
INPUT = (256, 256)
TOY_MAPS = toy_maps(INPUT, 5)


def squares(centers: np.ndarray, sides: np.ndarray) -> np.ndarray:
    return np.hstack([centers - sides[:, None] / 2, centers + sides[:, None] / 2])


def assert_is_in_our_form(
    anchors: AnchorConfig, maps: Sequence[FeatureMap], input_shape_px: tuple[int, int]
) -> None:
    for number, layer in enumerate(anchors.layers):
        assert list(layer.sizes) == sorted(set(layer.sizes))
        assert layer.ratios[0] == 1.0
        assert len(set(layer.ratios)) == len(layer.ratios)
        assert [round(size, 3) for size in layer.sizes] == list(layer.sizes)
        assert [round(ratio, 2) for ratio in layer.ratios] == list(layer.ratios)
        limits = layer_limits(maps[number], input_shape_px)
        assert all(limits.allow(size, 1.0) for size in layer.sizes)
        assert all(limits.allow(layer.sizes[0], ratio) for ratio in layer.ratios)


@SETTINGS
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 60),
    st.integers(2, 5),
    st.tuples(st.integers(64, 320), st.integers(64, 320)),
    st.floats(0.3, 0.8),
    st.floats(0.3, 2.0),
    st.booleans(),
)
def test_the_law(
    seed: int,
    count: int,
    num_layers: int,
    shape: tuple[int, int],
    threshold: float,
    budget: float,
    uneven: bool,
) -> None:
    """At no higher cost the coverage is never lower; a budget is kept whatever it is."""
    rng = np.random.default_rng(seed)
    start, boxes = random_config(rng, num_layers), clip(random_boxes(rng, count, on_grid=False))
    maps = toy_maps(shape, num_layers)
    if uneven:
        maps = uneven_maps([each.shape for each in maps], shape, rng)
    before = measure_coverage(start, maps, shape, boxes, threshold)
    least = sum(each.num_cells for each in maps)
    max_anchors = max(least, int(budget * before.num_anchors))
    for most in (None, max_anchors):
        found = suggest_anchors(
            boxes,
            start,
            maps,
            shape,
            match_iou_threshold=threshold,
            max_anchors=most,
        )
        after = measure_coverage(found.anchors, maps, shape, boxes, threshold)
        np.testing.assert_array_equal(found.before.best_iou, before.best_iou)
        np.testing.assert_array_equal(found.after.best_iou, after.best_iou)
        assert found.after.num_anchors == after.num_anchors
        assert after.num_anchors <= (before.num_anchors if most is None else most)
        if most is None or most >= before.num_anchors:
            assert after.coverage >= before.coverage
        if found.anchors is not start:
            assert_is_in_our_form(found.anchors, maps, shape)


def test_squares_on_the_cells_are_fitted_exactly() -> None:
    grid = toy_grid(AnchorConfig.of([[0.125], [0.25], [0.5], [0.5], [1.0]], [1]), INPUT)
    boxes = np.concatenate([grid.boxes[grid.cell(*place)] for place in ((0, 9, 7), (1, 8, 3))])
    found = suggest_anchors(boxes, TOY_SSD, TOY_MAPS, INPUT)
    assert found.before.coverage == 0.5  # squares of 32 px are in ToySSD's blind zone
    assert (found.after.coverage, found.after.mean_best_iou) == (1.0, pytest.approx(1.0))
    assert found.anchors.layers[0].sizes == (0.125,)
    assert found.anchors.layers[1].sizes == (0.25,)


def test_a_perfect_start_is_kept() -> None:
    start = AnchorConfig.of([[0.125], [0.25], [0.5], [0.625], [1.0]], [1])
    grid = toy_grid(start, INPUT)
    boxes = np.concatenate([grid.boxes[grid.cell(layer, 0, 0)] for layer in range(5)])
    assert suggest_anchors(boxes, start, TOY_MAPS, INPUT).anchors is start


def test_small_objects_get_anchors_for_the_same_cost() -> None:
    rng = np.random.default_rng(0)
    boxes = squares(rng.uniform(0.1, 0.9, (200, 2)), rng.uniform(20 / 256, 34 / 256, 200))
    found = suggest_anchors(boxes, TOY_SSD, TOY_MAPS, INPUT)
    assert found.before.coverage == 0.0
    assert found.after.coverage == 1.0
    assert found.after.num_anchors <= 5444


def test_flat_objects_trade_sizes_for_ratios() -> None:
    rng = np.random.default_rng(0)
    size, ratio = rng.uniform(0.25, 0.3, 100), rng.uniform(3.5, 4.5, 100)
    sides = np.stack([size * np.sqrt(ratio), size / np.sqrt(ratio)], axis=1)
    center = rng.uniform(0.35, 0.65, (100, 2))
    boxes = np.hstack([center - sides / 2, center + sides / 2])
    start = AnchorConfig.of([[0.1], [0.2], [0.3, 0.4, 0.5], [0.6], [0.9]], [1])
    found = suggest_anchors(boxes, start, TOY_MAPS, INPUT)
    assert found.after.coverage > found.before.coverage
    assert max(ratio for layer in found.anchors.layers for ratio in layer.ratios) > 3
    assert found.after.num_anchors <= found.before.num_anchors


def test_it_is_deterministic_and_measures_all_of_many_objects() -> None:
    rng = np.random.default_rng(1)
    boxes = clip(random_boxes(rng, 3000, on_grid=False))
    first, second = (suggest_anchors(boxes, TOY_SSD, TOY_MAPS, INPUT) for _ in range(2))
    assert first.anchors == second.anchors
    assert len(first.after.best_iou) == 3000
    assert first.after.coverage > first.before.coverage


def test_progress_rises_from_0_to_1() -> None:
    seen: list[float] = []
    suggest_anchors([[0.1, 0.1, 0.3, 0.2]], TOY_SSD, TOY_MAPS, INPUT, on_progress=seen.append)
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)
    assert len(set(seen)) > 20


def test_what_progress_raises_ends_the_search() -> None:
    class Cancelled(Exception):  # noqa: N818 - it is no error
        pass

    calls = 0

    def cancel(_fraction: float) -> None:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        suggest_anchors([[0.1, 0.1, 0.3, 0.2]], TOY_SSD, TOY_MAPS, INPUT, on_progress=cancel)
    assert calls == 5


def test_bad_input() -> None:
    box = [[0.1, 0.1, 0.3, 0.2]]
    with pytest.raises(ValueError, match="boxes must hold at least one object"):
        suggest_anchors(np.zeros((0, 4)), TOY_SSD, TOY_MAPS, INPUT)
    with pytest.raises(ValueError, match=r"max_anchors must be at least 1,361, .* got 1,000"):
        suggest_anchors(box, TOY_SSD, TOY_MAPS, INPUT, max_anchors=1000)
    with pytest.raises(ValueError, match=r"match_iou_threshold must be .* got 2"):
        suggest_anchors(box, TOY_SSD, TOY_MAPS, INPUT, match_iou_threshold=2)
    with pytest.raises(ValueError, match="feature_maps has 4 layers, but config has 5"):
        suggest_anchors(box, TOY_SSD, TOY_MAPS[1:], INPUT)


def test_ratios_of_the_start_are_rounded_to_whole_hundredths() -> None:
    # The objects have the start's ratio to the last bit, on cells of the middle map.
    center, size, ratio = np.array([[7 / 16, 7 / 16], [9 / 16, 7 / 16]]), 0.4, 2.3456
    half = np.array([size * ratio**0.5, size / ratio**0.5]) / 2
    start = AnchorConfig.of([[0.1], [0.2], [size], [0.6], [0.9]], [[1, ratio]] * 5)
    found = suggest_anchors(np.hstack([center - half, center + half]), start, TOY_MAPS, INPUT)
    assert found.anchors.layers[2] == AnchorLayer(sizes=(0.4,), ratios=(1.0, 2.35))
