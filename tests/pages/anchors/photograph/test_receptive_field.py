from __future__ import annotations

import pytest

from explorer.pages.anchors.photograph.figure import AnchorPhotograph
from explorer.pages.anchors.photograph.labels import label_columns
from explorer.pages.anchors.photograph.receptive_field import corner_columns, field_columns
from explorer.pages.anchors.scene import build_scene
from explorer.pages.anchors.state import AnchorsState
from explorer.pages.shared.pictures.object_editor import EditCallbacks

ON = AnchorsState(row=16, column=16, receptive_field=True)


def test_its_corners_are_those_of_the_square_that_the_cell_sees() -> None:
    columns = corner_columns(build_scene(ON))
    middle, half, arm = 16.5 * 8, 26, 0.22 * 52
    corners = {
        (xs[1], ys[1]): (xs[0] - xs[1], ys[2] - ys[1])
        for xs, ys in zip(columns["xs"], columns["ys"], strict=True)
    }
    low, high = middle - half, middle + half
    assert set(corners) == {(low, low), (low, high), (high, low), (high, high)}
    assert corners[low, low] == pytest.approx((arm, arm))
    assert corners[high, high] == pytest.approx((-arm, -arm))


def test_it_is_cut_at_the_border_and_its_tag_says_what_is_left() -> None:
    scene = build_scene(ON.model_copy(update={"row": 0, "column": 0}))
    assert field_columns(scene) == {"left": [0.0], "right": [30.0], "top": [0.0], "bottom": [30.0]}
    assert label_columns(scene, 12.8)["text"][-1] == "sees 30 × 30 px"


def test_without_being_asked_for_there_is_none() -> None:
    scene = build_scene(AnchorsState())
    assert corner_columns(scene) == {"xs": [], "ys": []}
    assert field_columns(scene)["left"] == []


def test_it_lies_above_the_anchors_that_are_as_large() -> None:
    def never(*_args: float) -> None:
        raise AssertionError

    photograph = AnchorPhotograph(build_scene(ON), EditCallbacks(never, never, never), never)
    names = [renderer.name for renderer in photograph.figure.renderers]
    assert names.index("receptive_corners") > names.index("anchors")
