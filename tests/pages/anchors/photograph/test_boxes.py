from __future__ import annotations

import re

import numpy as np
import pytest

from explorer.config import AnchorConfig, MatchConfig
from explorer.pages.anchors.model import AnchorsModel
from explorer.pages.anchors.photograph.boxes import anchor_columns, crowd_columns, crowd_role
from explorer.pages.anchors.scene import AnchorScene, build_scene
from explorer.pages.anchors.state import AnchorsState
from explorer.pages.anchors.table.table import AnchorTable
from explorer.pages.shared.anchor_kind import AnchorKind
from explorer.pages.shared.page import theme


def edges(scene: AnchorScene) -> np.ndarray:
    """All four edges of each anchor of the map, (4 N, 4): x0, y0, x1, y1."""
    place = scene.grid.layer_slice(scene.state.layer)
    left, top, right, bottom = (scene.grid.boxes[place] * scene.scale_px).T
    return np.concatenate(
        [
            np.stack(edge, axis=1)
            for edge in (
                (left, top, right, top),
                (left, bottom, right, bottom),
                (left, top, left, bottom),
                (right, top, right, bottom),
            )
        ]
    )


@pytest.mark.parametrize("shape", [(64, 64), (64, 128)])
@pytest.mark.parametrize("layer", [0, 1, 4])
@pytest.mark.parametrize("size", [0.3, 0.01])
def test_the_lines_of_a_map_are_the_edges_of_its_anchors(
    shape: tuple[int, int], layer: int, size: float
) -> None:
    anchors = AnchorConfig.of([[size, size * 1.3]] * 5, [1, 2, 0.5])
    scene = build_scene(
        AnchorsState(anchors=anchors, input_shape_px=shape, layer=layer, shown="layer")
    )
    columns = crowd_columns(scene)
    lines = np.stack([columns[name] for name in ("x0", "y0", "x1", "y1")], axis=1)
    wanted = edges(scene)

    # Every edge lies on a line ...
    near = 0.02  # lines are sent with two decimals
    on = (
        (lines[:, None, :2] <= wanted[None, :, :2] + near).all(axis=2)
        & (lines[:, None, 2:] >= wanted[None, :, 2:] - near).all(axis=2)
        & (np.abs(lines[:, None] - wanted[None])[:, :, [1, 3]].max(axis=2) < near)
    ) | (
        (lines[:, None, :2] <= wanted[None, :, :2] + near).all(axis=2)
        & (lines[:, None, 2:] >= wanted[None, :, 2:] - near).all(axis=2)
        & (np.abs(lines[:, None] - wanted[None])[:, :, [0, 2]].max(axis=2) < near)
    )
    assert on.any(axis=0).all()
    # ... and no line is longer than the edges on it reach.
    length = np.abs(lines[:, 2:] - lines[:, :2]).sum(axis=1)
    for number, line in enumerate(lines[:: max(len(lines) // 40, 1)]):
        there = wanted[on[number * max(len(lines) // 40, 1)]]
        covered = np.zeros(4000, bool)
        axis = 0 if line[1] == line[3] else 1
        steps = np.linspace(line[axis], line[axis + 2], 4000)
        for edge in there:
            covered |= (steps >= edge[axis] - near) & (steps <= edge[axis + 2] + near)
        assert covered.all()
    assert (length > 0).all()


def test_a_map_of_thousands_of_boxes_is_a_few_hundred_lines() -> None:
    scene = build_scene(AnchorsState(shown="layer"))
    assert len(scene.index) == 4096
    assert len(crowd_columns(scene)["x0"]) == 4 * 2 * (32 + 32)
    marked = anchor_columns(scene)
    assert len(marked["left"]) == (scene.kinds[scene.index] > AnchorKind.BACKGROUND).sum()


@pytest.mark.parametrize("shown", ["cell", "matched", "top"])
def test_other_choices_draw_each_box_by_itself(shown: str) -> None:
    scene = build_scene(AnchorsState.model_validate({"shown": shown}))
    assert len(crowd_columns(scene)["x0"]) == 0
    assert len(anchor_columns(scene)["left"]) == len(scene.index) > 0


PATTERNS = {
    AnchorKind.IGNORED: [2, 3, 6, 3],
    AnchorKind.BACKGROUND: [],
    AnchorKind.FORCED: [6, 4],
    AnchorKind.OVER_THRESHOLD: [],
    AnchorKind.MINED: [2, 3],
}


@pytest.mark.parametrize("mining", [-1.0, 3.0])
@pytest.mark.parametrize("shown", ["cell", "matched", "top"])
def test_the_pattern_of_a_line_says_the_kind_and_nothing_else(shown: str, mining: float) -> None:
    model = AnchorsModel(AnchorsState(match=MatchConfig(negative_mining_ratio=mining)))
    model.select_best()
    model.change(shown=shown, num_top=60)
    scene = model.scene
    wanted = [PATTERNS[AnchorKind(kind)] for kind in scene.kinds[scene.index]]
    assert len(set(map(tuple, wanted))) > 1

    drawn = anchor_columns(scene)["dash"]
    assert (drawn if shown == "cell" else drawn[::-1]) == wanted
    table = AnchorTable()
    table.draw(scene)
    listed = re.findall(r'stroke-dasharray="([^"]*)"', table.value)
    assert listed == [" ".join(map(str, dash)) for dash in wanted[:12]]


def test_a_background_anchor_is_thinner_than_a_positive_one() -> None:
    model = AnchorsModel()
    model.select_best()
    model.change(shape=2)
    columns = anchor_columns(model.scene)
    kinds = [AnchorKind(kind) for kind in model.scene.kinds[model.scene.index]]
    width = dict(zip(kinds, columns["width"], strict=True))
    assert width[AnchorKind.BACKGROUND] < width[AnchorKind.OVER_THRESHOLD]


def test_the_lines_of_a_map_are_those_of_what_mining_ignores() -> None:
    state = AnchorsState(shown="layer", match=MatchConfig(negative_mining_ratio=3.0))
    assert crowd_role(build_scene(state)) is theme.ROLES["ignored"]
    before = state.model_copy(update={"step": 1})
    assert crowd_role(build_scene(before)) is theme.ROLES["anchor"]
