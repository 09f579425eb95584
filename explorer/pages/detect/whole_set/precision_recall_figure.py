"""Precision over recall of a judged data set, and where the score threshold is on the curve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, Range1d
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.pages.detect.whole_set.verdict import DatasetVerdict
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.clicks import clicks

MOST_POINTS = 400
"""More than a figure of this width shows."""

EQUAL_F1 = (0.2, 0.4, 0.6, 0.8)


class PrecisionRecallFigure:
    """The figure; `draw` changes its sources.

    `on_pick` is told the score threshold at the point of the curve that the user points at.
    """

    def __init__(self, on_pick: Callable[[float], None]) -> None:
        self._curve = ColumnDataSource({"recall": [], "precision": [], "f1": [], "score": []})
        self._point = ColumnDataSource({"recall": [], "precision": [], "score": []})

        def picked(recall: float, precision: float) -> None:
            curve = {name: np.asarray(self._curve.data[name]) for name in self._curve.data}
            if len(curve["score"]):
                away = np.hypot(curve["recall"] - recall, curve["precision"] - precision)
                on_pick(float(curve["score"][away.argmin()]))

        self.figure = self._build()
        self._pick = clicks(self.figure, picked)

    def draw(self, verdict: DatasetVerdict) -> None:
        """Send the curve and the point of a verdict."""
        curve = verdict.curve
        rows = _seen(curve.recall, curve.precision)
        self._curve.data = {
            "recall": curve.recall[rows].tolist(),
            "precision": curve.precision[rows].tolist(),
            "f1": curve.f1[rows].tolist(),
            "score": curve.score_threshold[rows].tolist(),
        }
        point = verdict.point
        known = point.precision is not None and point.recall is not None
        self._point.data = {
            "recall": [point.recall] if known else [],
            "precision": [point.precision] if known else [],
            "score": [verdict.config.score_threshold] if known else [],
        }

    def _build(self) -> Any:
        plot = theme.figure(
            height=300,
            x_range=Range1d(0, 1.03),
            y_range=Range1d(0, 1.05),
            x_axis_label=_("recall: objects that are found"),
            y_axis_label=_("precision: boxes that are right"),
        )
        self._draw_equal_f1(plot)
        plot.line(
            "recall", "precision", source=self._curve, name="pr_curve",
            **theme.ROLES["validation"].line() | {"line_dash": "solid"},
        )  # fmt: skip
        dots = plot.scatter("recall", "precision", source=self._curve, size=10, alpha=0.0)
        plot.scatter(
            "recall", "precision", source=self._point, size=16, line_width=3, fill_color="white",
            line_color=theme.ROLES["selected"].color, name="pr_point",
        )  # fmt: skip
        theme.add_hover(
            plot,
            dots,
            (_("score threshold"), "@score{0.00}"),
            (_("precision"), "@precision{0.000}"),
            (_("recall"), "@recall{0.000}"),
            ("F1", "@f1{0.000}"),
            point_policy="snap_to_data",
            limit=1,
        )
        return plot

    def _draw_equal_f1(self, plot: Any) -> None:
        """Draw faint lines along which F1 is the same: the curve should leave them all behind."""
        recalls, precisions, ends = [], [], []
        for f1 in EQUAL_F1:
            recall = np.linspace(f1 / (2 - f1), 1, 40)
            precision = f1 * recall / (2 * recall - f1)
            recalls.append(recall.tolist())
            precisions.append(precision.tolist())
            ends.append(precision[-1])
        plot.multi_line(recalls, precisions, line_color="#c3c9d4", line_dash="dotted")
        plot.text(
            x=[1.0] * len(EQUAL_F1), y=ends, text=[f"F1 {f1:g}" for f1 in EQUAL_F1],
            text_align="right", text_baseline="bottom", text_font=value(theme.FONT),
            text_font_size="11px", text_color="#8a93a5",
        )  # fmt: skip


def _seen(recall: NDArray[Any], precision: NDArray[Any]) -> NDArray[Any]:
    """Return rows of a curve, evenly along its length, that look like all of it."""
    if not len(recall) or np.isnan(recall).any():
        return np.zeros(0, np.intp)
    steps = np.hypot(np.diff(recall), np.diff(precision))
    way = np.concatenate([[0.0], np.cumsum(steps)])
    rows = np.searchsorted(way, np.linspace(0, way[-1], MOST_POINTS))
    seen: NDArray[Any] = np.unique(np.append(rows, len(recall) - 1))
    return seen
