from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import numpy as np
import pytest

from explorer.config import CREATURE, TOY_SSD, MatchConfig
from explorer.datasets import Objects, load_objects
from explorer.pages.anchors.coverage.fit import AnchorFit, size_plane
from explorer.pages.anchors.model import AnchorsModel
from explorer.pages.anchors.scene import build_scene
from explorer.pages.anchors.state import AnchorsState
from explorer.ssd.boxes import iou


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def looked_at(dataset: str = "sample") -> AnchorFit:
    fit = AnchorFit()
    run(fit.look_at(dataset))
    return fit


def test_the_blind_zone_of_the_tutorial_ends_at_36_px() -> None:
    plane = size_plane(AnchorsState())
    assert plane.blind_px == 36
    # A square of 62 px is the 16th row and column: (15.5 / 64) · 256.
    expected = 51.2**2 / 62**2, 62**2 / 69.632**2
    assert plane.iou[15, 15] == pytest.approx(max(expected), abs=1e-4)
    assert plane.iou[8, 8] == pytest.approx(34**2 / 51.2**2, abs=1e-4)
    assert plane.iou[4, 60] < 0.5


def test_other_thresholds_anchors_and_maps_move_the_blind_zone() -> None:
    strict = AnchorsState(match=MatchConfig(match_iou_threshold=0.7))
    # Of a square inside of the smallest anchor, of 51.2 px: side² / 51.2² above 0.7.
    assert size_plane(strict).blind_px == int(51.2 * 0.7**0.5) == 42
    assert size_plane(AnchorsState(anchors=CREATURE)).blind_px == int(0.15 * 256 * 0.5**0.5) == 27
    last = AnchorsState(layer=4, one_map=True)
    assert size_plane(last).blind_px == int(0.88 * 256 * 0.5**0.5) == 159
    assert size_plane(last).selected.tolist() == [False] * 16 + [True] * 4
    nothing = AnchorsState(match=MatchConfig(match_iou_threshold=1.0))
    assert size_plane(nothing).blind_px == 256


def test_a_plane_says_what_a_box_of_that_size_reaches_on_the_page() -> None:
    model = AnchorsModel(AnchorsState(input_shape_px=(192, 256)))
    model.select_at(130, 100)
    model.set_size_px(90, 30)
    selected = model.state.selected_object
    assert selected is not None
    assert selected.px((192, 256))[2:] == pytest.approx((90, 30))
    plane = size_plane(model.state)
    reached = float(build_scene(model.state).iou.max())
    # The best place is at least as good as the one that it has.
    assert plane.iou[int(30 / 192 * 64), int(90 / 256 * 64)] >= reached - 0.06


def test_a_size_that_would_reach_out_is_moved_inside() -> None:
    model = AnchorsModel(AnchorsState(objects=()))
    model.set_size_px(300, 0.2)
    selected = model.state.selected_object
    assert selected is not None
    assert selected.px((256, 256)) == (0, 127.5, 256, 1)


def test_coverage_is_that_of_the_iou_matrix() -> None:
    fit = looked_at()
    assert fit.objects is not None
    state = AnchorsState()
    coverage = fit.coverage(state, TOY_SSD)
    matrix = iou(build_scene(state).grid.boxes, fit.objects.boxes)
    assert coverage is not None
    np.testing.assert_allclose(coverage.best_iou, matrix.max(axis=0), atol=1e-5)
    assert coverage.coverage == pytest.approx(float((matrix.max(axis=0) >= 0.5).mean()))
    assert fit.sizes_px((256, 256)).shape == (len(fit.objects.boxes), 2)


def test_a_suggestion_covers_more_at_no_higher_cost() -> None:
    fit, state = looked_at(), AnchorsState()
    seen: list[float] = []
    fit.observe(lambda change: seen.append(change["new"]), "progress")

    run(fit.search(state))

    assert fit.suggestion is not None
    assert not fit.works
    assert fit.suggestion.after.coverage > fit.suggestion.before.coverage
    assert fit.suggestion.after.num_anchors <= fit.suggestion.before.num_anchors
    assert seen == sorted(seen)
    assert seen[-1] > 0.5
    after = fit.coverage(state, fit.suggestion.anchors)
    assert after is not None
    assert after.coverage == fit.suggestion.after.coverage


def test_a_search_can_be_cancelled() -> None:
    fit = looked_at()

    async def begin_and_cancel() -> None:
        search = asyncio.create_task(fit.search(AnchorsState()))
        while fit.progress == 0.0:
            await asyncio.sleep(0.01)
        fit.cancel()
        await search

    run(begin_and_cancel())
    assert fit.suggestion is None
    assert not fit.works


def test_another_data_set_forgets_the_suggestion_and_an_upload_has_no_objects() -> None:
    fit = looked_at()
    run(fit.search(AnchorsState(), max_anchors=3000))
    assert fit.suggestion is not None
    assert fit.suggestion.after.num_anchors <= 3000

    run(fit.look_at("upload"))
    assert fit.objects is None
    assert fit.suggestion is None
    assert fit.coverage(AnchorsState(), TOY_SSD) is None
    with pytest.raises(ValueError, match="Choose a data set with labelled objects first"):
        run(fit.search(AnchorsState()))


def test_a_data_set_that_cannot_be_read_is_one_sentence() -> None:
    def fail(name: str) -> Objects:
        raise ValueError(f"{name} is cut off")

    fit = AnchorFit(load=fail)
    run(fit.look_at("sample"))
    assert fit.problem == "sample is cut off"
    assert fit.objects is None


def test_of_two_data_sets_the_later_one_stays() -> None:
    fit = AnchorFit(load=lambda name: load_objects("sample"))

    async def both() -> None:
        await asyncio.gather(fit.look_at("sample"), fit.look_at("upload"))

    run(both())
    assert fit.objects is None
