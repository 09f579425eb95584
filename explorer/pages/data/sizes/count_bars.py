"""Bars that count: how many objects or images are of each kind of size."""

from __future__ import annotations

from typing import Any

from bokeh.models import ColumnDataSource, FixedTicker, Range1d, Span
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.pages.data.sizes.numbers import Histogram
from explorer.pages.shared.page import theme

_EDGES = ("left", "right", "count", "range")
_HEADROOM = 1.08
_RATIOS = {1 / 8: "1:8", 1 / 4: "1:4", 1 / 2: "1:2", 1: "1:1", 2: "2:1", 4: "4:1", 8: "8:1"}


class CountBars:
    """The figure; `draw` changes its source.

    Parameters
    ----------
    name : str
        Of the bars' renderer.
    counted : str
        What is counted, for the axis.
    axis : str
        What the bars are about, for the axis and the pointer.
    of_ratios : bool
        The axis is one of ratios: equal factors take equal room.
    """

    def __init__(self, name: str, counted: str, axis: str, of_ratios: bool = False) -> None:
        self._bars = ColumnDataSource({edge: [] for edge in _EDGES})
        self._marked: list[Span] = []
        self._of_ratios = of_ratios
        self.figure = self._build(name, counted, axis)

    def draw(self, counts: Histogram, ranges: list[str], marked: list[float] | None = None) -> None:
        """Send the bars, what each counts in words, and where dashed lines stand: the anchors'."""
        edges = counts.edges
        self._bars.data = {
            "left": edges[:-1].tolist(),
            "right": edges[1:].tolist(),
            "count": counts.counts.tolist(),
            "range": ranges,
        }
        self.figure.x_range.update(start=float(edges[0]), end=float(edges[-1]))
        self.figure.y_range.end = _HEADROOM * max(int(counts.counts.max(initial=0)), 1)
        self._mark(marked or [])

    def _mark(self, places: list[float]) -> None:
        if [span.location for span in self._marked] == places:
            return
        for span in self._marked:
            self.figure.center.remove(span)
        self._marked = [
            Span(
                location=place, dimension="height", line_color=theme.INK, line_dash="dashed",
                line_width=1.5,
            )
            for place in places
        ]  # fmt: skip
        for span in self._marked:
            self.figure.add_layout(span)

    def _build(self, name: str, counted: str, axis: str) -> Any:
        plot = theme.figure(
            height=230,
            x_range=Range1d(0.125, 8) if self._of_ratios else Range1d(0, 256),
            y_range=Range1d(0, 1),
            x_axis_type="log" if self._of_ratios else "linear",
            x_axis_label=axis,
            y_axis_label=counted,
        )
        plot.xgrid.visible = False
        if self._of_ratios:
            plot.xaxis.ticker = FixedTicker(ticks=list(_RATIOS))
            plot.xaxis.major_label_overrides = _RATIOS
        else:
            plot.xaxis.ticker.min_interval = 1
        plot.yaxis.ticker.desired_num_ticks = 4
        plot.yaxis.ticker.min_interval = 1
        bars = plot.quad(
            left="left", right="right", bottom=0, top="count", source=self._bars, name=name,
            fill_color=theme.ROLES["positive"].color, line_color="white", line_width=1,
        )  # fmt: skip
        theme.add_hover(plot, bars, (axis, "@range"), (counted, "@count{0,0}"))
        return plot


def ranges_of(edges: NDArray[Any], form: str) -> list[str]:
    """Return "from – to" for each bar, the numbers written as `form` says."""
    return [
        _("{low} – {high}").format(low=format(low, form), high=format(high, form))
        for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]
