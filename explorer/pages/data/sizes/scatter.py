"""Width and height of each object, beside those of ToySSD's anchors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bokeh.core.properties import field
from bokeh.models import ColumnDataSource, Range1d

from explorer.exchange.class_colors import class_color
from explorer.i18n import _
from explorer.pages.data.class_marks import class_marker
from explorer.pages.data.sizes.numbers import BoxNumbers
from explorer.pages.data.words import class_word
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.clicks import clicks

_ROOM = 1.1
"""The axes are this many times as long as the longest side of an object."""

_LEAST_SHARE, _MOST_SHARE = 0.3, 1.03
"""Of the input's side: the axes show the smallest anchors, and hardly more than the input."""

_DOTS = ("w", "h", "color", "marker", "name", "image")


class BoxScatter:
    """The figure; `draw` and `mark` change its sources.

    Parameters
    ----------
    on_pick : callable
        Told width and height, px, at which the user points.
    """

    def __init__(self, on_pick: Callable[[float, float], None]) -> None:
        self._dots = ColumnDataSource({name: [] for name in _DOTS})
        self._anchors = ColumnDataSource({"w": [], "h": []})
        self._selected = ColumnDataSource({"w": [], "h": []})
        self.figure = self._build()
        self._pick = clicks(self.figure, on_pick, double=False)

    def draw(self, numbers: BoxNumbers, image_names: list[str]) -> None:
        """Send the drawn objects of a class; `image_names` are those of the dots' images."""
        table, dots = numbers.table, numbers.dots
        anchors = numbers.anchors_px[(numbers.anchors_px <= numbers.input_size).all(axis=1)]
        sides, classes = table.sides_px(numbers.input_size)[dots], table.class_id[dots].tolist()
        self.figure.x_range.end = self.figure.y_range.end = _end(numbers)
        self._dots.data = {
            "w": sides[:, 0].tolist(),
            "h": sides[:, 1].tolist(),
            "color": [class_color(class_id) for class_id in classes],
            "marker": [class_marker(class_id) for class_id in classes],
            "name": [class_word(table.class_names[class_id]) for class_id in classes],
            "image": image_names,
        }
        self._anchors.data = {
            "w": anchors[:, 0].tolist(),
            "h": anchors[:, 1].tolist(),
        }

    def mark(self, numbers: BoxNumbers, row: int) -> None:
        """Draw a ring about one object; -1 is none."""
        sides = numbers.table.sides_px(numbers.input_size)[[row] if row >= 0 else []]
        self._selected.data = {"w": sides[:, 0].tolist(), "h": sides[:, 1].tolist()}

    def _build(self) -> Any:
        plot = theme.figure(
            height=None,
            aspect_ratio=1.1,
            x_range=Range1d(0, 256),
            y_range=Range1d(0, 256),
            x_axis_label=_("width of an object, px of the input"),
            y_axis_label=_("height, px"),
        )
        for color, line_width in (("white", 4), (theme.INK, 2)):
            plot.scatter(
                "w", "h", source=self._anchors, marker="x", size=9, line_color=color,
                line_width=line_width,
            )  # fmt: skip
        dots = plot.scatter(
            "w", "h", source=self._dots, marker=field("marker"), size=7, fill_color="color",
            line_color=theme.INK, line_alpha=0.5, line_width=0.5, fill_alpha=0.8, name="objects",
        )  # fmt: skip
        selected = theme.ROLES["selected"]
        plot.scatter(
            "w", "h", source=self._selected, size=16, fill_color=None,
            line_color=selected.color, line_width=selected.width, name="selected_object",
        )  # fmt: skip
        lines = (_("class"), "@name"), (_("size"), "@w{0} × @h{0} px"), (_("image"), "@image")
        theme.add_hover(plot, dots, *lines, point_policy="snap_to_data")
        return plot


def _end(numbers: BoxNumbers) -> float:
    """Return how far the axes reach, px."""
    longest = _ROOM * float(numbers.sides_px.max(initial=0))
    return min(max(longest, _LEAST_SHARE * numbers.input_size), _MOST_SHARE * numbers.input_size)
