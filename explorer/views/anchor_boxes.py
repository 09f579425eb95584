"""The anchors of a scene as columns of Bokeh sources: boxes, and the labels of one cell."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.viewmodels.anchor_replay import AnchorKind
from explorer.viewmodels.anchor_scene import AnchorScene
from explorer.views import theme

__all__ = [
    "ANCHOR_COLUMNS",
    "DASHES",
    "anchor_columns",
    "crowd_columns",
    "label_columns",
    "role_of",
]

DASHES: tuple[list[int], ...] = ([], [8, 4], [2, 3], [10, 3, 2, 3], [14, 5], [5, 3, 2, 3, 2, 3])
"""Tell the anchors of one cell apart; from the seventh on they repeat."""

ANCHOR_COLUMNS = ("left", "top", "right", "bottom")
FEW = 12
"""So many boxes get a light edge and a line of 2 px."""
_ROLES: dict[int, str] = {
    AnchorKind.FORCED: "forced",
    AnchorKind.OVER_THRESHOLD: "positive",
    AnchorKind.MINED: "mined",
    AnchorKind.IGNORED: "ignored",
    AnchorKind.BACKGROUND: "anchor",
}
_DASHED: dict[int, list[int]] = {AnchorKind.FORCED: [6, 4], AnchorKind.MINED: [2, 3]}


def role_of(kind: int) -> theme.Role:
    """Return how an anchor of this `AnchorKind` is drawn."""
    return theme.ROLES[_ROLES[kind]]


def anchor_columns(scene: AnchorScene) -> dict[str, Any]:
    """Return the boxes that are drawn each in its own way, the most important last, on top.

    Of a whole map these are the ones that take part in the loss; `crowd_columns` has the others.
    """
    one_cell = scene.state.shown == "cell"
    index = scene.index if one_cell else scene.index[::-1]
    if scene.state.shown == "layer":
        index = index[scene.kinds[index] > AnchorKind.BACKGROUND]
    boxes, kinds = scene.grid.boxes[index] * scene.scale_px, scene.kinds[index].tolist()
    few = len(index) <= FEW
    roles = [role_of(kind) for kind in kinds]
    if one_cell:
        dashes = [DASHES[shape % len(DASHES)] for shape in scene.grid.shape[index]]
        widths = [4.0 if number == scene.anchor else 2.0 for number in index.tolist()]
    else:
        dashes = [_DASHED.get(kind, []) for kind in kinds]
        widths = [
            4.0 if number == scene.anchor else max(role.width, 2.0 if few else 0.0)
            for number, role in zip(index.tolist(), roles, strict=True)
        ]
    return {
        **{name: boxes[:, number].tolist() for number, name in enumerate(ANCHOR_COLUMNS)},
        "color": [role.color for role in roles],
        "dash": dashes,
        "width": widths,
        "casing": [width + 3.0 if few else 0.0 for width in widths],
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


def _lines(at: NDArray[Any], start: NDArray[Any], end: NDArray[Any]) -> NDArray[np.float32]:
    """Return lines (at, start, end) at each of `at`; spans that overlap are joined, (N, 3)."""
    if len(start) == 1 or start[1] <= end[0]:
        start, end = start[:1], end[-1:]
    where, which = np.meshgrid(at, np.arange(len(start)), indexing="ij")
    columns = (where.ravel(), start[which.ravel()], end[which.ravel()])
    return np.stack(columns, axis=1).astype(np.float32)


_LABEL_PLACES = (
    # where on the box, as fractions, and on which side of that the text stands: all point
    # outwards in other directions, so that the labels of one cell do not meet
    (0.0, 1.0, "right", "top"),
    (0.0, 0.0, "right", "bottom"),
    (1.0, 0.5, "left", "middle"),
    (0.5, 0.0, "center", "bottom"),
    (0.5, 1.0, "center", "top"),
    (1.0, 1.0, "left", "top"),
    (1.0, 0.0, "left", "bottom"),
    (0.0, 0.5, "right", "middle"),
)
_LABEL_WIDTH, _LABEL_HEIGHT = 0.125, 0.043
"""Room that a label takes, as a share of the input's height."""


def label_columns(scene: AnchorScene, margin_px: float) -> dict[str, Any]:
    """Return the sizes of one cell's anchors, each at its box; nothing for other choices.

    Parameters
    ----------
    margin_px : float
        How far the figure reaches beyond the input.
    """
    columns: dict[str, Any] = {key: [] for key in ("x", "y", "text", "align", "baseline", "color")}
    if scene.state.shown != "cell":
        return columns
    height_px, width_px = scene.state.input_shape_px
    label_width, label_height = _LABEL_WIDTH * height_px, _LABEL_HEIGHT * height_px
    for row, box, kind in zip(scene.rows(16), scene.boxes_px, scene.kind, strict=False):
        across, down, align, baseline = _LABEL_PLACES[row.shape % len(_LABEL_PLACES)]
        x = float(box[0] + across * (box[2] - box[0]))
        y = float(box[1] + down * (box[3] - box[1]))
        before = {"right": 1.0, "center": 0.5, "left": 0.0}[align] * label_width
        above = {"bottom": 1.0, "middle": 0.5, "top": 0.0}[baseline] * label_height
        columns["x"].append(_inside(x, before, label_width - before, width_px, margin_px))
        columns["y"].append(_inside(y, above, label_height - above, height_px, margin_px))
        columns["text"].append(f"{row.width_px:.0f} × {row.height_px:.0f}")
        columns["align"].append(align)
        columns["baseline"].append(baseline)
        plain = kind <= AnchorKind.BACKGROUND
        columns["color"].append(theme.INK if plain else role_of(kind).color)
    return columns


def _inside(at: float, before: float, after: float, length: float, margin: float) -> float:
    """Return `at` moved so that a label which needs room on both sides stays in the figure."""
    return min(max(at, before - margin), length + margin - after)
