"""The map of sizes: what an object of each width and height reaches with the best anchor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, LinearColorMapper, Range1d
from numpy.typing import NDArray

from explorer.config import MapShape
from explorer.i18n import _
from explorer.pages.anchors.coverage.fit import SizePlane
from explorer.pages.anchors.state import AnchorsState
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.clicks import clicks

NUM_COLORS = 200
BLIND = ("#7a4a12", "#f6dcb8")
"""From IoU 0 to the threshold: sizes that no anchor catches."""
CAUGHT = ("#cfe3f3", "#0072B2")
"""From the threshold to IoU 1, in the colour of what is positive."""


class AnchorSizes:
    """The figure; `draw` changes its sources.

    `input_shape_px` is (height, width), `on_pick` is told (width, height) that the user points at.
    """

    def __init__(self, input_shape_px: MapShape, on_pick: Callable[[float, float], None]) -> None:
        height, width = input_shape_px
        self._plane = ColumnDataSource(
            {"image": [np.zeros((2, 2), np.float32)], "dw": [width], "dh": [height]}
        )
        self._mapper = LinearColorMapper(palette=_palette(0.5), low=0, high=1)
        self._objects = ColumnDataSource({"w": [], "h": []})
        self._anchors = ColumnDataSource({"w": [], "h": [], "size": []})
        self._selected = ColumnDataSource({"w": [], "h": []})
        self.figure = self._build(width, height)
        clicks(self.figure, on_pick)

    def draw(self, state: AnchorsState, plane: SizePlane) -> None:
        """Send the map of a state, its anchors and the selected object."""
        height, width = state.input_shape_px
        self.figure.x_range.end, self.figure.y_range.end = width, height
        self._mapper.palette = _palette(state.match.match_iou_threshold)
        self._plane.data = {"image": [plane.iou], "dw": [width], "dh": [height]}
        self._anchors.data = {
            "w": plane.anchors_px[:, 0].tolist(),
            "h": plane.anchors_px[:, 1].tolist(),
            "size": np.where(plane.selected, 15, 8).tolist(),
        }
        selected = state.selected_object
        sides = [] if selected is None else [selected.px(state.input_shape_px)[2:]]
        self._selected.data = {"w": [w for w, _h in sides], "h": [h for _w, h in sides]}

    def draw_objects(self, sides_px: NDArray[Any]) -> None:
        """Send the sizes of a data set's objects, (N, 2) px."""
        columns = {"w": sides_px[:, 0].tolist(), "h": sides_px[:, 1].tolist()}
        if columns != self._objects.data:
            self._objects.data = columns

    def _build(self, width: int, height: int) -> Any:
        plot = theme.figure(
            height=420,
            x_range=Range1d(0, width),
            y_range=Range1d(0, height),
            x_axis_label=_("width of an object, px of the input"),
            y_axis_label=_("height, px"),
        )
        plot.grid.visible = False
        image = plot.image(
            "image", x=0, y=0, dw="dw", dh="dh", color_mapper=self._mapper, source=self._plane,
            name="sizes",
        )  # fmt: skip
        plot.scatter(
            "w", "h", source=self._objects, size=5, fill_color=theme.ROLES["gt"].color,
            line_color="white", line_width=0.5, fill_alpha=0.8, name="objects",
        )  # fmt: skip
        for color, line_width in (("white", 4), (theme.INK, 2)):
            plot.scatter(
                "w", "h", source=self._anchors, marker="x", size="size", line_color=color,
                line_width=line_width,
            )  # fmt: skip
        plot.scatter(
            "w", "h", source=self._selected, size=14, fill_color=None, line_width=3.5,
            line_color=theme.ROLES["gt"].color, name="selected_size",
        )  # fmt: skip
        lines = (_("size"), "$x{0} × $y{0} px"), (_("best IoU"), "@image{0.00}")
        theme.add_hover(plot, image, *lines, point_policy="snap_to_data")
        return plot


def size_map_legend(threshold: float) -> str:
    """Return what the colours and marks of the map mean."""
    blind, caught = (
        f'<i style="background: linear-gradient(90deg, {low}, {high})"></i>'
        for low, high in (BLIND, CAUGHT)
    )
    items = (
        (blind, _("no anchor above IoU {threshold:.2f}")),
        (caught, _("an anchor above IoU {threshold:.2f}")),
        ('<span class="ssdx-dot">●</span>', _("an object of the data set")),
        ("<b>✕</b>", _("an anchor (larger cross: selected map)")),
    )
    entries = "".join(
        f"<span>{mark}{text.format(threshold=threshold)}</span>" for mark, text in items
    )
    return f'<div class="ssdx-legend">{entries}</div>'


def _palette(threshold: float) -> list[str]:
    blind = round(threshold * NUM_COLORS)
    return _between(*BLIND, blind) + _between(*CAUGHT, NUM_COLORS - blind)


def _between(low: str, high: str, number: int) -> list[str]:
    """Return `number` colours from `low` to `high`."""
    first, last = (np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)]) for c in (low, high))
    steps = np.linspace(0, 1, max(number, 1))[:number, None]
    mixed = np.rint(first + (last - first) * steps).astype(int)
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in mixed]
