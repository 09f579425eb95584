"""How many objects of each class a set has, to train on and to validate on."""

from __future__ import annotations

from typing import Any

from bokeh.models import ColumnDataSource, FixedTicker, HoverTool, Range1d

from explorer.i18n import _
from explorer.pages.data.set_plan import SplitCounts
from explorer.pages.shared.page import theme

MOST = 12
"""Classes with a bar of their own; the rarer ones share the last bar."""

_ROW_PX, _AXIS_PX = 26, 34
_LONGEST_NAME = 18


class ClassBars:
    """The figure; `draw` changes its data."""

    def __init__(self) -> None:
        self._source = ColumnDataSource({name: [] for name in ("y", "train", "all", "val", "name")})
        self.figure = self._build()

    def draw(self, counts: SplitCounts | None) -> None:
        """Show a set's classes, the most frequent first."""
        objects = {} if counts is None else counts.objects
        order = sorted(objects.items(), key=lambda item: -sum(item[1]))
        rows = order if len(order) <= MOST else order[: MOST - 1]
        rest = order[len(rows) :]
        if rest:
            others = _("{number:,} others").format(number=len(rest))
            rows = [
                *rows,
                (
                    others,
                    (sum(train for _n, (train, _v) in rest), sum(val for _n, (_t, val) in rest)),
                ),
            ]
        self._source.data = {
            "y": list(range(len(rows))),
            "train": [train for _name, (train, _val) in rows],
            "val": [val for _name, (_train, val) in rows],
            "all": [train + val for _name, (train, val) in rows],
            "name": [name or _("(no name)") for name, _counts in rows],
        }
        self.figure.yaxis.ticker = FixedTicker(ticks=list(range(len(rows))))
        self.figure.yaxis.major_label_overrides = {
            number: _short(name or _("(no name)")) for number, (name, _counts) in enumerate(rows)
        }
        self.figure.x_range.end = 1.05 * max([1, *(train + val for _name, (train, val) in rows)])
        self.figure.y_range.start = max(len(rows), 1) - 0.4
        self.figure.height = _AXIS_PX + _ROW_PX * max(len(rows), 1)

    def _build(self) -> Any:
        plot = theme.figure(
            height=_AXIS_PX + _ROW_PX,
            x_range=Range1d(0, 1),
            y_range=Range1d(0.6, -0.6),
            tools="",
            toolbar_location=None,
        )
        plot.ygrid.visible = False
        plot.yaxis.major_label_text_color = theme.INK
        plot.xaxis.ticker.desired_num_ticks = 5
        plot.xaxis.ticker.min_interval = 1
        train, validation = theme.ROLES["train"], theme.ROLES["validation"]
        bars = [
            plot.hbar(
                y="y", left=0, right="train", height=0.62, source=self._source, line_color=None,
                fill_color=train.color, name="class_bars",
            ),
            plot.hbar(
                y="y", left="train", right="all", height=0.62, source=self._source,
                line_color=None, fill_color=validation.color, fill_alpha=0.35,
                hatch_pattern="right_diagonal_line", hatch_color=validation.color,
            ),
        ]  # fmt: skip
        plot.add_tools(
            HoverTool(
                renderers=bars,
                tooltips=[
                    (_("class"), "@name"),
                    (_("to train on"), "@train"),
                    (_("to validate on"), "@val"),
                ],
            )
        )
        return plot


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
