"""The figures of a training run: what is drawn, how it looks, and which column it shows."""

from __future__ import annotations

from typing import Any

from bokeh.models import (
    ColumnDataSource,
    GlyphRenderer,
    HoverTool,
    NumeralTickFormatter,
    PanTool,
    Range1d,
    ResetTool,
    WheelZoomTool,
)

from explorer.i18n import _
from explorer.pages.shared.page import theme
from explorer.pages.train.curves.legend import FigureLegend
from explorer.pages.train.curves.reference_band import ReferenceBand

FRAME_LEFT_PX = 56
"""Room for the numbers of the axes: all frames begin there, and the legends below them."""

_QUIET = "#8a93a5"


def loss_figure(
    steps: ColumnDataSource, x_range: Range1d, y_range: Range1d, legend: FigureLegend
) -> Any:
    """Return the losses of each step: faint as they are, strong as their running mean."""
    plot = _figure(_("Loss"), 214, x_range, y_range=y_range, y_axis_type="log")
    plot.yaxis.ticker.desired_num_ticks = 4  # within one decade Bokeh's choice overlaps
    for name, color, dash, label in (
        ("class_loss", theme.ROLES["train"].color, "solid", _("Class loss")),
        ("box_loss", theme.ROLES["forced"].color, "dashed", _("Box loss")),
    ):
        plot.line("step", name, source=steps, line_color=color, line_alpha=0.25, line_width=1)
        smooth = plot.line(
            "step",
            f"{name}_smooth",
            source=steps,
            line_color=color,
            line_dash=dash,
            line_width=2,
            name=name,
        )
        legend.add(label, smooth)
    plot.add_tools(
        HoverTool(
            description=_("Hover"),
            renderers=plot.select({"name": "class_loss"}),
            mode="vline",
            tooltips=[
                (_("step"), "@step"),
                (_("class loss"), "@class_loss{0.000}"),
                (_("box loss"), "@box_loss{0.000}"),
                (_("learning rate"), "@learning_rate{0.0000}"),
            ],
        )
    )
    return plot


def accuracy_figure(
    steps: ColumnDataSource, epochs: ColumnDataSource, x_range: Range1d, legend: FigureLegend
) -> Any:
    """Return the anchors that were right in each step, and the AP50 of each validation."""
    plot = _figure(_("Accuracy"), 193, x_range, y_range=Range1d(0, 1.02))
    validation = theme.ROLES["validation"]
    background = plot.line(
        "step",
        "background_accuracy",
        source=steps,
        line_color=_QUIET,
        line_dash="dotted",
        line_width=2,
    )
    every = plot.line("step", "accuracy", source=steps, line_color=_QUIET, line_width=1.5)
    positive = plot.line(
        "step",
        "positive_accuracy",
        source=steps,
        name="positive_accuracy",
        **theme.ROLES["train"].line(),
    )
    ap50 = plot.line("step", "ap50", source=epochs, **validation.line())
    points = plot.scatter("step", "ap50", source=epochs, size=9, color=validation.color)
    legend.add(_("Always answering “background”"), background)
    legend.add(_("All anchors"), every)
    legend.add(_("Positive anchors alone"), positive)
    legend.add(_("Validation AP50"), ap50)
    plot.add_tools(
        HoverTool(
            description=_("Hover"),
            renderers=[points],
            tooltips=[
                (_("epoch"), "@epoch"),
                ("AP50", "@ap50{0.000}"),
                ("AP75", "@ap75{0.000}"),
                ("mAP", "@map{0.000}"),
            ],
        )
    )
    return plot


def rate_figure(steps: ColumnDataSource, x_range: Range1d) -> Any:
    """Return the learning rate that each step took."""
    plot = _figure(_("Learning rate"), 150, x_range)
    plot.y_range.start = 0.0
    # Without any data Bokeh knows no end of the range, and draws no axes.
    plot.line([0, 0], [0, 0], line_alpha=0)
    plot.yaxis.formatter = NumeralTickFormatter(format="0.[0000000]")
    plot.line("step", "learning_rate", source=steps, line_color=_QUIET, line_width=2)
    return plot


def draw_band(plot: Any, band: ColumnDataSource) -> list[GlyphRenderer]:
    """Draw what is normal behind the curves; return what draws it."""
    areas = []
    for name, role in (("class_loss", "train"), ("box_loss", "forced")):
        area = plot.varea(
            "step",
            f"{name}_low",
            f"{name}_high",
            source=band,
            fill_color=theme.ROLES[role].color,
            fill_alpha=0.16,
            name=f"normal_{name}",
        )
        area.level = "underlay"  # behind the grid of the figure too
        areas.append(area)
    return areas


def band_columns(band: ReferenceBand | None) -> dict[str, Any]:
    """Return the band as columns; without one it has no rows."""
    columns: dict[str, Any] = {"step": [] if band is None else band.step}
    for name in ("class_loss", "box_loss"):
        columns[f"{name}_low"] = [] if band is None else band.low[f"{name}_smooth"]
        columns[f"{name}_high"] = [] if band is None else band.high[f"{name}_smooth"]
    return columns


def draw_beside(plot: Any, source: ColumnDataSource, name: str) -> GlyphRenderer:
    """Draw the same column of the run beside this one; return what draws it."""
    return plot.line(
        "step",
        name,
        source=source,
        line_color=theme.INK,
        line_width=1,
        line_alpha=0.7,
        name=f"beside_{name}",
    )


def _figure(title: str, height: int, x_range: Range1d, **options: Any) -> Any:
    # With words of ours, where Bokeh's are English.
    tools = (
        PanTool(dimensions="width", description=_("Pan (x-axis)")),
        WheelZoomTool(dimensions="width", description=_("Wheel Zoom (x-axis)")),
        ResetTool(description=_("Reset")),
    )
    frame = {"title": title, "height": height, "x_range": x_range, "x_axis_label": _("step")}
    plot = theme.figure(tools=tools, toolbar_location="right", **frame, **options)
    plot.min_border_left = FRAME_LEFT_PX
    return plot
