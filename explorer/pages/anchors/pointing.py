"""What lies at a point of the photograph: an anchor's line, a cell, an object."""

from __future__ import annotations

import numpy as np

from explorer.pages.anchors.scene import AnchorScene
from explorer.pages.anchors.state import AnchorsState

NEAR_PX = 4.0
"""A click this near to an anchor's border means the anchor."""


def anchor_near(scene: AnchorScene, x_px: float, y_px: float) -> int | None:
    """Return the matched or best anchor whose border passes within 4 px, by its index.

    None where other anchors are drawn: those of one cell or of a whole map are chosen by cell.
    """
    if scene.state.shown not in ("matched", "top") or not len(scene.index):
        return None
    left, top, right, bottom = scene.boxes_px.T
    # Beyond the border along each axis; both are negative inside of the box.
    across = np.maximum(left - x_px, x_px - right)
    down = np.maximum(top - y_px, y_px - bottom)
    outside = np.hypot(np.maximum(across, 0), np.maximum(down, 0))
    distance = np.where((across < 0) & (down < 0), -np.maximum(across, down), outside)
    nearest = int(distance.argmin())
    return int(scene.index[nearest]) if distance[nearest] <= NEAR_PX else None


def cell_at(state: AnchorsState, x_px: float, y_px: float) -> tuple[int, int]:
    """Return row and column on the selected map; the nearest ones if the point is outside."""
    return state.feature_maps[state.layer].cell_at(x_px, y_px)


def object_at(state: AnchorsState, x_px: float, y_px: float) -> int:
    """Return the object that lies there: the selected one if it does, else the first."""
    height_px, width_px = state.input_shape_px
    x, y = x_px / width_px, y_px / height_px
    there = [
        number
        for number, gt in enumerate(state.objects)
        if gt.box[0] <= x <= gt.box[2] and gt.box[1] <= y <= gt.box[3]
    ]
    return there[0] if there and state.selected not in there else state.selected
