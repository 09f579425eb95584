"""The slider of the score threshold, which works in the browser alone."""

from __future__ import annotations

from bokeh.models import InlineStyleSheet, Slider

from explorer.i18n import _
from explorer.pages.detect.detection_rows import LOWEST_SCORE
from explorer.pages.shared.page import theme

_SLIDER = f"""
:host {{ font: 14px/1.5 {theme.FONT}; color: {theme.INK}; padding: 0 0 6px; }}
.bk-slider-title {{ font-weight: 550; font-size: 14px; margin-bottom: 12px; }}
.bk-slider-value {{ font-weight: 650; font-variant-numeric: tabular-nums; }}
.noUi-target {{ height: 6px; margin: 0 11px; border: 0; border-radius: 3px; background: #dde1ea;
  box-shadow: none; }}
.noUi-connect {{ background: {theme.ACCENT}; }}
.noUi-horizontal .noUi-handle {{ width: 22px; height: 22px; top: -8px; right: -11px;
  border: 2px solid {theme.ACCENT}; border-radius: 50%; background: #fff; cursor: grab;
  box-shadow: 0 1px 4px rgb(26 34 51 / .2); }}
.noUi-handle:focus-visible {{ outline: 3px solid {theme.ACCENT}; outline-offset: 2px; }}
.noUi-handle::before, .noUi-handle::after {{ display: none; }}
.noUi-tooltip {{ display: none; }}
"""


def score_slider(value: float) -> Slider:
    """Return a Bokeh slider that looks like the pages' other ones."""
    return Slider(
        name="score",
        start=LOWEST_SCORE,
        end=1.0,
        step=0.01,
        value=value,
        format="0.00",
        title=_("Score threshold"),
        bar_color=theme.ACCENT,
        sizing_mode="stretch_width",
        stylesheets=[InlineStyleSheet(css=_SLIDER)],
    )
