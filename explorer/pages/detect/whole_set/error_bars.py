"""What each type of mistakes costs, and how many there are."""

from __future__ import annotations

from collections.abc import Callable
from math import floor
from typing import Any

from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, FixedTicker, Range1d

from explorer.evaluation.error_types import ErrorType
from explorer.i18n import _
from explorer.pages.detect.whole_set.mistake_words import type_meaning, type_word
from explorer.pages.detect.whole_set.verdict import DatasetVerdict
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.clicks import clicks

LEAST_WIDTH = 0.02
"""AP50 that the axis shows at least: else the smallest cost would fill it."""

ROOM = 1.5
"""The axis is longer than the longest bar, behind which its cost is written."""


class ErrorBars:
    """The figure; `draw` changes its sources, `on_pick` is told the type that is clicked."""

    def __init__(self, on_pick: Callable[[ErrorType], None]) -> None:
        self._bars = ColumnDataSource(
            {name: [] for name in ("y", "cost", "text", "count", "name", "what")}
        )
        self._chosen = ColumnDataSource({"y": []})
        kinds = list(ErrorType)

        def picked(_x: float, y: float) -> None:
            row = floor(y + 0.5)
            if 0 <= row < len(kinds):
                on_pick(kinds[row])

        self.figure = self._build()
        self._pick = clicks(self.figure, picked)

    def draw(self, verdict: DatasetVerdict, chosen: int) -> None:
        """Send the types of a verdict; `chosen` is the selected type, or -1."""
        counts, costs = verdict.errors.counts(), verdict.costs
        values = [0.0 if costs is None else costs[kind] for kind in ErrorType]
        self._bars.data = {
            "y": [int(kind) for kind in ErrorType],
            "cost": values,
            "text": ["" if costs is None else f" +{cost:.3f}" for cost in values],
            "count": [counts[kind] for kind in ErrorType],
            "name": [type_word(kind) for kind in ErrorType],
            "what": [type_meaning(kind) for kind in ErrorType],
        }
        self.figure.yaxis.major_label_overrides = {
            int(kind): f"{type_word(kind)}  {number}" for kind, number in counts.items()
        }
        self.figure.x_range.end = ROOM * max(*values, LEAST_WIDTH)
        if verdict.ap50_shown is not None:
            label = _("on top of AP50 {present}").format(present=f"{verdict.ap50_shown:.3f}")
            self.figure.xaxis.axis_label = label
        self._chosen.data = {"y": [chosen] if chosen >= 0 else []}

    def _build(self) -> Any:
        plot = theme.figure(
            height=300,
            x_range=Range1d(0, ROOM * LEAST_WIDTH),
            y_range=Range1d(len(ErrorType) - 0.4, -0.6),
            x_axis_label="AP50",
        )
        plot.ygrid.visible = False
        plot.yaxis.ticker = FixedTicker(ticks=[int(kind) for kind in ErrorType])
        plot.yaxis.major_label_text_color = theme.INK
        plot.xaxis.ticker.desired_num_ticks = 4
        # The whole row can be clicked, whether its bar has a length or not.
        rows = plot.hbar(
            y="y", left=0, right=1, height=0.9, source=self._bars, fill_alpha=0, line_alpha=0
        )
        plot.hbar(
            y="y", left=0, right=1, height=0.94, source=self._chosen, line_color=None,
            fill_color=theme.ACCENT_SOFT,
        )  # fmt: skip
        plot.hbar(
            y="y", left=0, right="cost", height=0.6, source=self._bars, line_color=None,
            fill_color=theme.ROLES["detection"].color, name="error_bars",
        )  # fmt: skip
        plot.text(
            x="cost", y="y", text="text", source=self._bars, text_baseline="middle",
            text_font=value(theme.FONT), text_font_size="12px", text_color=theme.INK,
        )  # fmt: skip
        theme.add_hover(plot, rows, ("@name", "@what"), (_("number"), "@count"))
        return plot
