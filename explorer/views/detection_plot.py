"""The drawing of detections: boxes and labels over a picture, and what a pointer finds there."""

from __future__ import annotations

from typing import Any

from bokeh.core.properties import value
from bokeh.models import CDSView, ColumnDataSource, HoverTool, TapTool

from explorer.i18n import _
from explorer.views import theme

__all__ = ["CLASS_COLORS", "detection_plot"]

CLASS_COLORS = (
    theme.ROLES["detection"].color,
    "#0072B2",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#F0E442",
    "#000000",
)
"""Okabe and Ito's, safe for colour-blind readers, without the green of the ground truth."""


def detection_plot(
    source: ColumnDataSource, gt_source: ColumnDataSource, above: CDSView, labelled: CDSView
) -> Any:
    """Return a figure that draws the rows of `source` that `above` lets through.

    Parameters
    ----------
    source, gt_source
        Boxes in pixels of the figure's image: left, right, top, bottom.
    labelled
        Which rows are written beside their boxes.
    """
    plot = theme.image_figure(256, 256, tools="tap,reset", toolbar_location=None)
    plot.axis.visible = False
    plot.min_border = 0
    box = {"left": "left", "right": "right", "top": "top", "bottom": "bottom"}
    truth = theme.ROLES["gt"]
    plot.quad(**box, source=gt_source, name="truth-boxes", visible=False, **truth.box(0.08))
    plot.text(
        "right",
        "bottom",
        text="name",
        source=gt_source,
        name="truth-names",
        visible=False,
        text_align="right",
        text_baseline="top",
        y_offset=3,
        **_tag(truth.color),
    )
    shared = {"source": source, "view": above}
    # White below the colour: a box shows on any picture.
    plot.quad(**box, **shared, fill_color=None, line_color="white", line_alpha=0.75, line_width=5)
    role, chosen = theme.ROLES["detection"], theme.ROLES["selected"]
    drawn = plot.quad(
        **box,
        **shared,
        name="detections",
        fill_color="color",
        fill_alpha=0.0,
        line_color="color",
        line_width=role.width,
        line_dash=role.dash,
        selection_fill_alpha=0.28,
        selection_line_width=chosen.width + 1.5,
        selection_line_color=chosen.color,
        selection_fill_color="color",
        nonselection_fill_alpha=0.0,
        nonselection_line_alpha=0.55,
    )
    plot.text(
        "left",
        "top",
        text="label",
        source=source,
        view=labelled,
        name="labels",
        text_baseline={"field": "baseline"},
        x_offset=-role.width / 2,
        **_tag("color"),
        nonselection_text_alpha=0.9,
    )
    plot.add_tools(
        HoverTool(
            renderers=[drawn],
            point_policy="follow_mouse",
            tooltips=[
                (_("Class"), "@class_name"),
                (_("Score"), "@score{0.000}"),
                (_("Size, px"), "@size"),
                (_("Feature map"), "@map"),
            ],
        )
    )
    plot.select_one(TapTool).renderers = [drawn]
    return plot


def _tag(color: str) -> dict[str, Any]:
    """Return how a label is written: white on its box's colour."""
    return {
        "text_color": "white",
        "text_font": value(theme.FONT),
        "text_font_size": "13px",
        "text_font_style": "bold",
        "background_fill_color": color,
        "padding": 4,
        "border_radius": 3,
    }
