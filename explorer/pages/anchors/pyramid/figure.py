"""The feature maps as a small chart: which of them catches the object, and how well."""

from __future__ import annotations

from collections.abc import Callable
from math import floor
from typing import Any

from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, Range1d

from explorer.i18n import _
from explorer.pages.anchors.scene import AnchorScene, LayerSummary
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.clicks import clicks

ROW_PX = 52
ROOM = 38
"""Letters that fit beside each other in a row of 270 px, the narrowest that there is."""
LETTER_PX = 9.6
"""Of the bold name of a map."""


class AnchorPyramid:
    """One row per feature map: what it is, its best IoU as a bar, how many anchors match.

    `on_layer` is told the layer that the user points at.
    """

    def __init__(self, scene: AnchorScene, on_layer: Callable[[int], None]) -> None:
        self._rows = ColumnDataSource(_columns(scene))
        self._on_layer = on_layer
        self.figure = self._build(len(scene.layers))
        clicks(self.figure, lambda _x, y: self._picked(floor(y)))

    def draw(self, scene: AnchorScene) -> None:
        """Send the present state of all rows."""
        self.figure.y_range.start = len(scene.layers)
        self.figure.height = ROW_PX * len(scene.layers)
        self._rows.data = _columns(scene)

    def _picked(self, row: int) -> None:
        if 0 <= row < len(self._rows.data["y"]):
            self._on_layer(row)

    def _build(self, num_layers: int) -> Any:
        plot = theme.figure(
            height=ROW_PX * num_layers,
            x_range=Range1d(-0.02, 1.02),
            y_range=Range1d(num_layers, 0),
            min_border=0,
        )
        plot.axis.visible = False
        plot.grid.visible = False
        rows = self._rows
        plot.quad(
            left=-0.02, right=1.02, top="top", bottom="bottom", source=rows,
            fill_color=theme.ACCENT_SOFT, fill_alpha="selected", line_color=None,
        )  # fmt: skip
        bar = {"top": "bar_top", "bottom": "bar_bottom", "source": rows, "line_color": None}
        plot.quad(left=0, right=1, fill_color=theme.FAINT, **bar)
        plot.quad(left=0, right="iou", fill_color="color", name="best_iou", **bar)
        plot.segment(
            "threshold", "tick_top", "threshold", "tick_bottom", source=rows,
            line_color=theme.INK, line_width=2,
        )  # fmt: skip
        plot.scatter(
            "iou", "bar_y", source=rows, marker="diamond", size=15, fill_alpha="forced",
            line_alpha="forced", fill_color=theme.ROLES["forced"].color, line_color="white",
        )  # fmt: skip
        text = {"source": rows, "text_font": value(theme.FONT), "text_baseline": "middle"}
        plot.text(
            0, "text_y", "name", text_font_size="13px", text_font_style="bold",
            text_color=theme.INK, name="map_name", **text,
        )  # fmt: skip
        plot.text(
            0, "text_y", "about", x_offset="about_px", text_font_size="11px",
            text_color=theme.MUTED, name="about", **text,
        )  # fmt: skip
        plot.text(
            1, "text_y", "matches", text_align="right", text_font_size="12px",
            text_font_style="bold", text_color="match_color", name="matches", **text,
        )  # fmt: skip
        plot.text(
            "iou_x", "bar_y", "iou_text", x_offset=10, text_font_size="12px", text_color=theme.INK,
            **text,
        )  # fmt: skip
        return plot


def _columns(scene: AnchorScene) -> dict[str, list[Any]]:
    layers, count = scene.layers, range(len(scene.layers))
    return {
        "y": list(count),
        "top": list(count),
        "bottom": [y + 1 for y in count],
        "text_y": [y + 0.32 for y in count],
        "bar_top": [y + 0.58 for y in count],
        "bar_bottom": [y + 0.82 for y in count],
        "tick_top": [y + 0.53 for y in count],
        "tick_bottom": [y + 0.87 for y in count],
        "threshold": [scene.state.match.match_iou_threshold for _y in count],
        "forced": [float(layer.has_forced) for layer in layers],
        "bar_y": [y + 0.7 for y in count],
        "selected": [float(y == scene.state.layer) for y in count],
        "name": [layer.name for layer in layers],
        "about": [_about(layer) for layer in layers],
        "about_px": [6 + LETTER_PX * max(len(layer.name) for layer in layers) for _y in count],
        "matches": [_matches(layer) for layer in layers],
        "match_color": [_color(layer, theme.MUTED) for layer in layers],
        "iou": [layer.best_iou for layer in layers],
        "iou_x": [
            _beside(layer.best_iou, scene.state.match.match_iou_threshold) for layer in layers
        ],
        "iou_text": [f"{layer.best_iou:.2f}" for layer in layers],
        "color": [_color(layer, theme.ROLES["ignored"].color) for layer in layers],
    }


def _beside(iou: float, threshold: float) -> float:
    """Return where the number of a bar stands: at its end, not across the threshold's tick."""
    return threshold if iou <= threshold < iou + 0.16 else iou


def _about(layer: LayerSummary) -> str:
    """Return the size of the cells, in fewer letters where the other texts take the room."""
    text = _("{size} px cells").format(size=layer.cell_size)
    if len(layer.name) + len(text) + len(_matches(layer)) > ROOM:
        return _("{size} px").format(size=layer.cell_size)
    return text


def _matches(layer: LayerSummary) -> str:
    return _("{num:,} of {all:,} match").format(num=layer.num_positive, all=layer.num_anchors)


def _color(layer: LayerSummary, none: str) -> str:
    """Return the colour of what the map has: threshold matches, only the forced one, or none."""
    if layer.num_positive == 0:
        return none
    only_forced = layer.has_forced and layer.num_positive == 1
    return theme.ROLES["forced" if only_forced else "positive"].color
