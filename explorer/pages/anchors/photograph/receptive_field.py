"""The receptive field of the selected cell: what its predictors see of the input.

It is drawn as the corners of a viewfinder: a whole frame would hide the anchors, which are often
as large, and the pattern of a line says of which kind an anchor is.
"""

from __future__ import annotations

from explorer.pages.anchors.scene import AnchorScene
from explorer.pages.shared.page import theme
from explorer.pages.shared.pictures.object_editor import box_columns

FIELD = theme.ROLES["selected"]
ARM = 0.22
"""Length of a corner's arms, as a share of the side."""

Box = tuple[float, float, float, float]


def field_px(scene: AnchorScene) -> Box | None:
    """Return it as (x, y, width, height) in px, cut at the border; None if it is not asked for."""
    state = scene.state
    if not state.receptive_field:
        return None
    height_px, width_px = state.input_shape_px
    side = scene.grid.feature_maps[state.layer].receptive_field_px
    if side is None:
        return 0.0, 0.0, width_px, height_px
    cell_height, cell_width = scene.layers[state.layer].cell_px
    x, y = (state.column + 0.5) * cell_width, (state.row + 0.5) * cell_height
    left, top = max(x - side / 2, 0.0), max(y - side / 2, 0.0)
    right, bottom = min(x + side / 2, width_px), min(y + side / 2, height_px)
    return left, top, right - left, bottom - top


def field_columns(scene: AnchorScene) -> dict[str, list[float]]:
    """Return its edges."""
    field = field_px(scene)
    return box_columns([] if field is None else [field])


def corner_columns(scene: AnchorScene) -> dict[str, list[list[float]]]:
    """Return its four corners, a line of three points each."""
    field = field_px(scene)
    if field is None:
        return {"xs": [], "ys": []}
    left, top, width, height = field
    corners = [
        (x, y, along, down)
        for x, along in ((left, ARM * width), (left + width, -ARM * width))
        for y, down in ((top, ARM * height), (top + height, -ARM * height))
    ]
    return {
        "xs": [[x + along, x, x] for x, _y, along, _down in corners],
        "ys": [[y, y, y + down] for _x, y, _along, down in corners],
    }


def field_swatch() -> str:
    """Return small corners as they are drawn in the figure, for a legend."""
    return (
        '<svg class="ssdx-line" width="34" height="14" aria-hidden="true">'
        f'<path d="M9 5V1H13M21 1H25V5M25 9V13H21M13 13H9V9" fill="none" stroke="{FIELD.color}" '
        'stroke-width="2"/></svg>'
    )
