"""How many objects of each class a set has, to train on and to validate on."""

from __future__ import annotations

from typing import Any

from bokeh.models import ColumnDataSource, FixedTicker, HoverTool, Range1d

from explorer.i18n import _
from explorer.pages.data.set_plan import SplitCounts
from explorer.pages.data.words import class_word
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
        shown = order if len(order) <= MOST else order[: MOST - 1]
        names = [class_word(name) for name, _counts in shown]
        train, val = ([counts[side] for _name, counts in shown] for side in (0, 1))
        rest = order[len(shown) :]
        if rest:
            names.append(_("{number:,} others").format(number=len(rest)))
            train.append(sum(counts[0] for _name, counts in rest))
            val.append(sum(counts[1] for _name, counts in rest))
        every = [sum(both) for both in zip(train, val, strict=True)]
        places = list(range(len(names)))
        self._source.data = {"y": places, "train": train, "val": val, "all": every, "name": names}
        self.figure.yaxis.ticker = FixedTicker(ticks=places)
        self.figure.yaxis.major_label_overrides = dict(enumerate(map(_short, names)))
        self.figure.x_range.end = 1.05 * max([1, *every])
        self.figure.y_range.start = max(len(names), 1) - 0.4
        self.figure.height = _AXIS_PX + _ROW_PX * max(len(names), 1)

    def _build(self) -> Any:
        plot = theme.figure(
            height=_AXIS_PX + _ROW_PX,
            x_range=Range1d(0, 1),
            y_range=Range1d(0.6, -0.6),
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
