"""The confusion matrix: what gets confused with what."""

from __future__ import annotations

from collections.abc import Callable
from math import floor, pi
from typing import Any

import numpy as np
from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, FixedTicker, Range1d

from explorer.i18n import _
from explorer.pages.detect.whole_set.mistake_words import matrix_class_name
from explorer.pages.detect.whole_set.verdict import DatasetVerdict
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.clicks import clicks

MOST_NUMBERS = 12
"""Classes whose cells are large enough for a number."""

LONGEST_NAME = 14
MOST_UPRIGHT = 20
"""Letters below all columns together that find room; with more, the names are turned."""

_COLUMNS = ("x", "y", "count", "text", "truth", "prediction", "share", "alpha", "color", "ink")


class ConfusionFigure:
    """The figure; `draw` changes its sources.

    `on_pick` is told row (truth) and column (prediction) of the cell at which the user points.
    """

    def __init__(self, on_pick: Callable[[int, int], None]) -> None:
        self._cells = ColumnDataSource({name: [] for name in _COLUMNS})
        self._chosen = ColumnDataSource({"x": [], "y": []})
        self._names: tuple[str, ...] = ()

        def picked(x: float, y: float) -> None:
            row, column = floor(y), floor(x)
            background = len(self._names)
            if (
                0 <= row <= background
                and 0 <= column <= background
                and row + column < 2 * background
            ):
                on_pick(row, column)

        self.figure = self._build()
        self._pick = clicks(self.figure, picked)

    def draw(self, verdict: DatasetVerdict, chosen: tuple[int, int] | None) -> None:
        """Send the matrix of a verdict; `chosen` is row and column of the selected cell."""
        if verdict.class_names != self._names:
            self._label(verdict)
        table = verdict.confusion.counts
        side = len(table)
        rows, columns = (each.ravel() for each in np.indices(table.shape))
        share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
        corner = (rows == side - 1) & (columns == side - 1)
        right = (rows == columns) & ~corner
        alpha = np.where(table.ravel() > 0, 0.12 + 0.88 * share.ravel(), 0.0)
        numbers = side <= MOST_NUMBERS + 1
        self._cells.data = {
            "x": (columns + 0.5).tolist(),
            "y": (rows + 0.5).tolist(),
            "count": table.ravel().tolist(),
            "text": [
                "" if none or not numbers else str(count)
                for count, none in zip(table.ravel().tolist(), corner, strict=True)
            ],
            "truth": [matrix_class_name(verdict, int(row), predicted=False) for row in rows],
            "prediction": [
                matrix_class_name(verdict, int(column), predicted=True) for column in columns
            ],
            "share": [
                _("none is counted") if none else f"{part:.1%}"
                for part, none in zip(share.ravel(), corner, strict=True)
            ],
            "alpha": alpha.tolist(),
            "color": np.where(
                right, theme.ROLES["positive"].color, theme.ROLES["detection"].color
            ).tolist(),
            "ink": np.where(alpha > 0.55, "white", theme.INK).tolist(),
        }
        self._chosen.data = {
            "x": [] if chosen is None else [chosen[1] + 0.5],
            "y": [] if chosen is None else [chosen[0] + 0.5],
        }

    def _label(self, verdict: DatasetVerdict) -> None:
        """Write the names of the classes on the axes."""
        self._names = verdict.class_names
        side = len(self._names) + 1
        plot = self.figure
        plot.x_range.end = plot.y_range.start = side
        ticks = [number + 0.5 for number in range(side)]
        for axis, predicted in ((plot.xaxis, True), (plot.yaxis, False)):
            names = [
                _short(matrix_class_name(verdict, number, predicted)) for number in range(side)
            ]
            axis.ticker = FixedTicker(ticks=ticks)
            axis.major_label_overrides = dict(zip(ticks, names, strict=True))
            if predicted:
                crowded = sum(map(len, names)) > MOST_UPRIGHT
                axis.major_label_orientation = pi / 4 if crowded else 0

    def _build(self) -> Any:
        plot = theme.figure(
            height=300,
            x_range=Range1d(0, 2),
            y_range=Range1d(2, 0),
            x_axis_label=_("detected as"),
            y_axis_label=_("what it is"),
        )
        plot.grid.visible = False
        plot.yaxis.major_label_text_color = plot.xaxis.major_label_text_color = theme.INK
        cells = plot.rect(
            "x", "y", 0.96, 0.96, source=self._cells, fill_color="color", fill_alpha="alpha",
            line_color=theme.FAINT, name="confusion",
        )  # fmt: skip
        plot.text(
            "x", "y", "text", source=self._cells, text_align="center", text_baseline="middle",
            text_font=value(theme.FONT), text_font_size="13px", text_color="ink",
        )  # fmt: skip
        selected = theme.ROLES["selected"]
        plot.rect(
            "x", "y", 0.96, 0.96, source=self._chosen, fill_color=None,
            line_color=selected.color, line_width=selected.width,
        )  # fmt: skip
        theme.add_hover(
            plot,
            cells,
            (_("what it is"), "@truth"),
            (_("detected as"), "@prediction"),
            (_("number"), "@count"),
            (_("of its row"), "@share"),
        )
        return plot


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
