"""What lies over the photograph beside the anchors, as columns of Bokeh sources; all in px."""

from __future__ import annotations

import math
from typing import Any

from explorer.pages.anchors.detail import anchor_detail
from explorer.pages.anchors.scene import AnchorScene
from explorer.pages.shared.pictures.object_editor import box_columns

LEAST_ARROW_PX = 4.0
"""A shorter way would be all head."""


def size_columns(scene: AnchorScene) -> dict[str, list[int]]:
    """Return the size of the input."""
    height, width = scene.state.input_shape_px
    return {"width": [width], "height": [height]}


def selected_object(scene: AnchorScene) -> dict[str, list[Any]]:
    """Return the selected object, and its number where there are several."""
    selected = scene.state.selected_object
    boxes = [] if selected is None else [selected.px(scene.state.input_shape_px)]
    text = [str(scene.state.selected + 1)] if boxes and len(scene.state.objects) > 1 else []
    return {**box_columns(boxes), "text": text or [""] * len(boxes)}


def other_objects(scene: AnchorScene) -> dict[str, list[Any]]:
    """Return the objects that are not selected, with their numbers."""
    state = scene.state
    others = [(n, gt) for n, gt in enumerate(state.objects) if n != state.selected]
    boxes = [gt.px(state.input_shape_px) for _n, gt in others]
    return {**box_columns(boxes), "text": [str(n + 1) for n, _gt in others]}


def map_lines(scene: AnchorScene) -> dict[str, list[float]]:
    """Return the grid of the selected feature map."""
    feature_map = scene.grid.feature_maps[scene.state.layer]
    height_px, width_px = scene.state.input_shape_px
    down, across = feature_map.stride_px
    xs = [column * across for column in range(feature_map.width + 1)]
    ys = [row * down for row in range(feature_map.height + 1)]
    return {
        "x0": xs + [0.0] * len(ys),
        "x1": xs + [float(width_px)] * len(ys),
        "y0": [0.0] * len(xs) + ys,
        "y1": [float(height_px)] * len(xs) + ys,
    }


def cell_columns(scene: AnchorScene) -> dict[str, list[float]]:
    """Return the selected cell."""
    height_px, width_px = scene.layers[scene.state.layer].cell_px
    return box_columns(
        [(scene.state.column * width_px, scene.state.row * height_px, width_px, height_px)]
    )


def arrow_columns(scene: AnchorScene) -> dict[str, list[float]]:
    """Return the way from the centre of the explained anchor to that of its object."""
    detail = anchor_detail(scene)
    if detail is not None and detail.matched:
        (x0, y0), (x1, y1) = (
            ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) for box in (detail.box_px, detail.gt_px)
        )
        if math.hypot(x1 - x0, y1 - y0) >= LEAST_ARROW_PX:
            return {"x0": [x0], "y0": [y0], "x1": [x1], "y1": [y1]}
    return {"x0": [], "y0": [], "x1": [], "y1": []}
