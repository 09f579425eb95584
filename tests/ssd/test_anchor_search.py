"""The search ends where no change of one shape helps, by its own score, computed anew."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.config import AnchorConfig, AnchorLayer
from explorer.ssd.anchor_search import WORTH, AnchorSearch, Layout, Shapes
from explorer.ssd.boxes import clip
from explorer.ssd.coverage import measure_coverage
from explorer.ssd.layer_limits import layer_limits
from tests.maps import toy_maps
from tests.ssd.inputs import random_boxes

INPUT = (64, 64)
MAPS = toy_maps(INPUT, 2)
LIMITS = [layer_limits(each, INPUT) for each in MAPS]
THRESHOLD = 0.5
START: Layout = (Shapes((0.2,)), Shapes((0.6,)))
CELLS = [each.num_cells for each in MAPS]


def search_for(boxes: np.ndarray, max_anchors: int = 10_000, max_shapes: int = 4) -> AnchorSearch:
    return AnchorSearch(boxes, MAPS, INPUT, LIMITS, THRESHOLD, max_anchors, max_shapes)


def objects(seed: int, count: int = 12) -> np.ndarray:
    return clip(random_boxes(np.random.default_rng(seed), count, on_grid=False))


def score_of(boxes: np.ndarray, layout: Layout) -> float:
    """Objects that are covered weigh 2 each, then the mean best IoU, less what shapes cost."""
    config = AnchorConfig(layers=tuple(AnchorLayer(sizes=s, ratios=r) for s, r in layout))
    found = measure_coverage(config, MAPS, INPUT, boxes, THRESHOLD)
    shapes = sum(len(sizes) + len(ratios) - 1 for sizes, ratios in layout)
    return 2 * round(found.coverage * len(boxes)) + found.mean_best_iou - WORTH * shapes


def allowed(layout: Layout) -> bool:
    firsts = [shapes.sizes[0] for shapes in layout]
    return firsts == sorted(firsts) and all(
        len(set(shapes.pairs)) == len(shapes.pairs)
        and min(shapes.sizes) == shapes.sizes[0]
        and all(limit.allow(*pair) for pair in shapes.pairs)
        for shapes, limit in zip(layout, LIMITS, strict=True)
    )


def neighbours(layout: Layout, step: float) -> Iterator[Layout]:
    """One size or ratio a little smaller or larger, or one shape less."""
    for layer, (sizes, ratios) in enumerate(layout):
        changed = []
        for place, size in enumerate(sizes):
            for factor in (-1, 1):
                moved = round(size * float(np.exp(factor * step)), 3)
                changed.append(Shapes((*sizes[:place], moved, *sizes[place + 1 :]), ratios))
            if place > 0:
                changed.append(Shapes(sizes[:place] + sizes[place + 1 :], ratios))
        for place, ratio in list(enumerate(ratios))[1:]:
            for factor in (-2, 2):
                moved = round(ratio * float(np.exp(factor * step)), 2)
                changed.append(Shapes(sizes, (*ratios[:place], moved, *ratios[place + 1 :])))
            changed.append(Shapes(sizes, ratios[:place] + ratios[place + 1 :]))
        for shapes in changed:
            tried = (*layout[:layer], shapes, *layout[layer + 1 :])
            if allowed(tried):
                yield tried


def additions(layout: Layout, most_shapes: int) -> Iterator[Layout]:
    """One size or ratio more, of nine of each over all that the layer may have."""
    for layer, (sizes, ratios) in enumerate(layout):
        if len(sizes) + len(ratios) - 1 == most_shapes:
            continue
        largest = LIMITS[layer].sizes[1]
        changed = [
            Shapes((*sizes, round(size, 3)), ratios)
            for size in np.geomspace(sizes[0], largest, 10)[1:].tolist()
        ]
        changed += [
            Shapes(sizes, (*ratios, round(ratio, 2)))
            for ratio in np.geomspace(*LIMITS[layer].ratios(sizes[0]), 9).tolist()
        ]
        for shapes in changed:
            tried = (*layout[:layer], shapes, *layout[layer + 1 :])
            if allowed(tried):
                yield tried


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 4]))
def test_where_it_ends_no_change_helps(seed: int, most_shapes: int) -> None:
    boxes = objects(seed)
    search = search_for(boxes, max_shapes=most_shapes)
    found = search.run(START, lambda _part: None)
    assert allowed(found)
    assert search.score(found) == pytest.approx(score_of(boxes, found), abs=1e-5)
    assert search.score(found) >= search.score(START)
    assert max(len(shapes.pairs) for shapes in found) <= most_shapes
    moved = max(search.score(each) for each in neighbours(found, 0.015))
    more = max((search.score(each) for each in additions(found, most_shapes)), default=-1.0)
    assert moved <= search.score(found) + 2e-4
    assert more <= search.score(found) + 1e-4 + 1e-9


def test_what_is_over_the_budget_loses_shapes_first() -> None:
    boxes = objects(3)
    wide = (Shapes((0.2, 0.3), (1.0, 2.0)), Shapes((0.6, 0.7, 0.8)))
    assert search_for(boxes).num_anchors(wide) == 3 * CELLS[0] + 3 * CELLS[1]
    found = search_for(boxes, max_anchors=CELLS[0] + 2 * CELLS[1]).run(wide, lambda _part: None)
    assert len(found[0].pairs) == 1
    assert search_for(boxes).num_anchors(found) <= CELLS[0] + 2 * CELLS[1]


def test_it_tells_how_far_it_is_and_can_be_ended() -> None:
    told: list[float] = []
    search_for(objects(0)).run(START, told.append)
    assert told == sorted(told)
    assert (told[0], told[1]) == (0.0, pytest.approx(1 / 36))  # six rounds of six steps
    assert 1 / 6 in told
    assert told[-1] <= 1

    def end(_part: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        search_for(objects(0)).run(START, end)
