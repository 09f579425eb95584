"""The anchors of a scene as columns of Bokeh sources."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.pages.anchors.scene import AnchorScene
from explorer.pages.shared.anchor_kind import AnchorKind
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.colors import role_of

ANCHOR_COLUMNS = ("left", "top", "right", "bottom")
FEW = 12
"""Up to this many boxes get a light edge, and a line that is wider by `_FEW_PX`."""
_FEW_PX, _SELECTED_PX, _EDGES_PX = 0.5, 2.0, 2.0
"""A line is this much wider where there are few, if it is the selected anchor's, or a light
edge."""


def anchor_columns(scene: AnchorScene) -> dict[str, Any]:
    """Return the boxes that are drawn each in its own way, the most important last, on top.

    Of a whole map these are the ones that take part in the loss; `crowd_columns` has the others.
    """
    index = scene.index if scene.state.shown == "cell" else scene.index[::-1]
    if scene.state.shown == "layer":
        index = index[scene.kinds[index] > AnchorKind.BACKGROUND]
    boxes, kinds = scene.grid.boxes[index] * scene.scale_px, scene.kinds[index].tolist()
    few = len(index) <= FEW
    roles = [role_of(kind) for kind in kinds]
    widths = [
        role.width + _FEW_PX * few + _SELECTED_PX * (number == scene.anchor)
        for number, role in zip(index.tolist(), roles, strict=True)
    ]
    return {
        **{name: boxes[:, number].tolist() for number, name in enumerate(ANCHOR_COLUMNS)},
        "color": [role.color for role in roles],
        "dash": [role.dash_px for role in roles],
        "width": widths,
        "casing": [width + _EDGES_PX if few else 0.0 for width in widths],
    }


def crowd_columns(scene: AnchorScene) -> dict[str, list[float]]:
    """Return the edges of all anchors of the selected map, if they are what is shown.

    Anchors of one shape lie in rows and columns, and those that overlap share their lines: a few
    hundred lines are the same picture as thousands of boxes, and are drawn at a slider's pace.
    """
    lines = [np.empty((0, 4), np.float32)]
    if scene.state.shown == "layer":
        state = scene.state
        height, width = scene.grid.map_shapes[state.layer]
        num_shapes = state.anchors.layers[state.layer].num_anchors
        boxes = scene.grid.boxes[scene.grid.layer_slice(state.layer)] * scene.scale_px
        grid = boxes.reshape(height, width, num_shapes, 4)
        for shape in range(num_shapes):
            left, top, right, bottom = np.moveaxis(grid[:, :, shape], 2, 0)
            for y in (top[:, 0], bottom[:, 0]):
                lines.append(_lines(y, left[0], right[0])[:, [1, 0, 2, 0]])
            for x in (left[0], right[0]):
                lines.append(_lines(x, top[:, 0], bottom[:, 0])[:, [0, 1, 0, 2]])
    # As text: each array would travel in two messages of its own. In double precision, since a
    # rounded number of single precision is a long one when it is written.
    drawn = np.concatenate(lines).astype(np.float64).round(2).T.tolist()
    return dict(zip(("x0", "y0", "x1", "y1"), drawn, strict=True))


def crowd_role(scene: AnchorScene) -> theme.Role:
    """Return how the lines of `crowd_columns` are drawn: mining ignores all or none of them."""
    place = scene.grid.layer_slice(scene.state.layer)
    ignored = (scene.kinds[place] == AnchorKind.IGNORED).any()
    return role_of(AnchorKind.IGNORED if ignored else AnchorKind.BACKGROUND)


def _lines(at: NDArray[Any], start: NDArray[Any], end: NDArray[Any]) -> NDArray[np.float32]:
    """Return lines (at, start, end) at each of `at`; spans that overlap are joined, (N, 3)."""
    if len(start) == 1 or start[1] <= end[0]:
        start, end = start[:1], end[-1:]
    where, which = np.meshgrid(at, np.arange(len(start)), indexing="ij")
    columns = (where.ravel(), start[which.ravel()], end[which.ravel()])
    lines: NDArray[np.float32] = np.stack(columns, axis=1).astype(np.float32)
    return lines
