"""The tags on the photograph: the sizes of one cell's anchors, and of what the cell sees."""

from __future__ import annotations

from typing import Any

from explorer.i18n import _
from explorer.pages.anchors.photograph.receptive_field import FIELD, field_px
from explorer.pages.anchors.scene import AnchorScene
from explorer.pages.shared.anchor_kind import AnchorKind
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.colors import role_of

Box = tuple[float, float, float, float]

_PLACES = (
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
_FIELD_PLACE = _PLACES[5]
"""That of a sixth anchor, which few cells have."""

_FIGURE_PX = 320
"""Width of the figure on a phone, on which a label takes the largest share of it."""
_LETTER_PX, _HEIGHT_PX, _PADDING_PX = 7.2, 22.0, 6.0
"""Of a label on the screen."""
_BEFORE = {"left": 0.0, "center": 0.5, "right": 1.0, "top": 0.0, "middle": 0.5, "bottom": 1.0}
"""Which share of a label lies before its point, by how it is aligned."""


def label_columns(scene: AnchorScene, margin_px: float) -> dict[str, Any]:
    """Return the labels, each at its box, all within the figure and none on another one.

    The figure reaches `margin_px` beyond the input.
    """
    columns: dict[str, Any] = {key: [] for key in ("x", "y", "text", "align", "baseline", "color")}
    height_px, width_px = scene.state.input_shape_px
    scale = (width_px + 2 * margin_px) / _FIGURE_PX
    height = _HEIGHT_PX * scale
    taken: list[Box] = []
    for text, color, (xmin, ymin, xmax, ymax), place in _labels(scene):
        across, down, align, baseline = place
        length = (len(text) * _LETTER_PX + _PADDING_PX) * scale
        x, align = _inside(
            xmin + across * (xmax - xmin), align, ("left", "right"), length, width_px, margin_px
        )
        y, baseline = _inside(
            ymin + down * (ymax - ymin), baseline, ("top", "bottom"), height, height_px, margin_px
        )
        start, before = x - _BEFORE[align] * length, _BEFORE[baseline] * height
        direction = 1 if y < height_px / 2 else -1
        top = _free_top((start, y - before, length, height), taken, direction)
        taken.append((start, top, length, height))
        y = top + before
        for name, value in zip(columns, (x, y, text, align, baseline, color), strict=True):
            columns[name].append(value)
    return columns


def _labels(scene: AnchorScene) -> list[tuple[str, str, Box, tuple[Any, ...]]]:
    """Return text, colour, box (corner, px) and place of each label."""
    labels = []
    if scene.state.shown == "cell":
        for row, edges in zip(scene.rows(16), scene.boxes_px.tolist(), strict=False):
            plain = row.kind <= AnchorKind.BACKGROUND
            color = theme.INK if plain else role_of(row.kind).color
            text = f"{row.width_px:.0f} × {row.height_px:.0f}"
            labels.append((text, color, tuple(edges), _PLACES[row.shape % len(_PLACES)]))
    field = field_px(scene)
    if field is not None:
        x, y, width, height = field
        text = _("sees {width:.0f} × {height:.0f} px").format(width=width, height=height)
        labels.append((text, FIELD.color, (x, y, x + width, y + height), _FIELD_PLACE))
    return labels


def _inside(
    at: float, side: str, ends: tuple[str, str], length: float, limit: float, margin: float
) -> tuple[float, str]:
    """Return where a label stands that must stay in the figure, and how it is aligned there.

    How long it is on this screen is not known here: one that the border might cut stands at it.
    """
    if at - _BEFORE[side] * length < -margin:
        return -margin, ends[0]
    if at + (1 - _BEFORE[side]) * length > limit + margin:
        return limit + margin, ends[1]
    return at, side


def _free_top(box: Box, taken: list[Box], direction: int) -> float:
    """Return how far down (1) or up (-1) a box (x, y, width, height) must lie to meet no other."""
    x, y, width, height = box
    near = 0.99 * height  # two that touch are apart, however the last bit is rounded
    beside = [top for left, top, length, _height in taken if x < left + length and left < x + width]
    while True:
        met = next((top for top in beside if abs(y - top) < near), None)
        if met is None:
            return y
        y = met + direction * height
