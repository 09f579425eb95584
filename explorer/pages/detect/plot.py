"""The drawing of detections: boxes and labels over a picture, and what a pointer finds there."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.core.properties import value
from bokeh.models import CDSView, ColumnDataSource, GroupFilter, TapTool
from numpy.typing import NDArray

from explorer.exchange.class_colors import class_color, ink_on
from explorer.i18n import _
from explorer.pages.detect.detection_rows import DetectionRows
from explorer.pages.shared.page import theme
from explorer.pages.shared.pictures.object_editor import EDGE_COLUMNS

INKS = ("black", "white")
"""Those of `ink_on`. Each has a renderer: when rows go, Bokeh 3.9 asks for the letters' colours of
the earlier ones once more, and where these are a column that is an error on the console."""


def no_detections() -> dict[str, list[Any]]:
    """Return the columns of an empty source; a missing column would be an error in the browser."""
    names = (
        "class_name class_id score xmin ymin xmax ymax area_px size place layer map anchor label "
        "left top right bottom color ink baseline"
    )
    return {name: [] for name in names.split()}


def detection_columns(rows: DetectionRows, width_px: int, height_px: int) -> dict[str, list[Any]]:
    """Return the columns of a source for `detection_plot`, whose image has that size."""
    columns = rows.columns()
    # A label stands on its box, or inside of one that begins at the upper border.
    inside = rows.boxes[:, 1] < 0.07
    colors = [class_color(class_id) for class_id in columns["class_id"]]
    return {
        **columns,
        **edges_px(rows.boxes, width_px, height_px),
        "color": colors,
        "ink": [ink_on(color) for color in colors],
        "baseline": ["top" if i else "bottom" for i in inside],
    }


def edges_px(boxes: NDArray[Any], width_px: int, height_px: int) -> dict[str, list[float]]:
    """Return normalised corner boxes (N, 4) as Bokeh's columns in px."""
    left, top, right, bottom = (boxes * np.array([width_px, height_px] * 2)).T.tolist()
    return {"left": left, "top": top, "right": right, "bottom": bottom}


def detection_plot(source: ColumnDataSource, above: CDSView, labelled: CDSView) -> Any:
    """Return a figure that draws the rows of `source` that `above` lets through.

    Parameters
    ----------
    source
        Boxes in pixels of the figure's image: left, right, top, bottom.
    labelled
        Which rows are written beside their boxes.
    """
    plot = theme.image_figure(256, 256, tools="tap,reset")
    box = {**EDGE_COLUMNS, "source": source, "view": above}
    # White below the colour: a box shows on any picture.
    plot.quad(**box, fill_color=None, line_color="white", line_alpha=0.75, line_width=5)
    role, chosen = theme.ROLES["detection"], theme.ROLES["selected"]
    drawn = plot.quad(
        **box,
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
    for ink in INKS:
        plot.text(
            "left",
            "top",
            text="label",
            source=source,
            view=CDSView(filter=labelled.filter & GroupFilter(column_name="ink", group=ink)),
            name=f"labels-{ink}",
            text_baseline={"field": "baseline"},
            x_offset=-role.width / 2,
            text_color=ink,
            text_font=value(theme.FONT),
            text_font_size="13px",
            text_font_style="bold",
            background_fill_color="color",
            padding=4,
            border_radius=3,
            nonselection_text_alpha=0.9,
        )
    theme.add_hover(
        plot,
        drawn,
        (_("Class"), "@class_name"),
        (_("Score"), "@score{0.000}"),
        (_("Size, px"), "@size"),
        (_("Feature map"), "@map"),
    )
    plot.select_one(TapTool).renderers = [drawn]
    return plot
