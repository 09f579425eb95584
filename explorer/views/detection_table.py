"""The table of detections: sortable, its rows and the boxes select each other."""

from __future__ import annotations

from bokeh.models import (
    CDSView,
    ColumnDataSource,
    DataTable,
    HTMLTemplateFormatter,
    InlineStyleSheet,
    TableColumn,
)

from explorer.i18n import _
from explorer.views import theme

__all__ = ["detection_table"]

# `<%-` escapes: class names come with a checkpoint, and nobody knows who wrote them.
_CLASS = '<i style="background: <%- color %>"></i><%- value %>'
_SCORE = (
    "<b><%- value.toFixed(2) %></b>"
    '<u><s style="width: <%- 100 * value %>%; background: <%- color %>"></s></u>'
)
_SIZE = "<%- size %> <em>@ <%- place %></em>"
_LAYER = "<%- value %> <em>(<%- map %>)</em>"

_STYLE = f"""
:host {{ font: 13px {theme.FONT}; color: {theme.INK}; }}
.slick-header-columns, .slick-header-column.slick-header-column {{
  background: none; border: 0; color: {theme.MUTED}; font: 550 12px/30px {theme.FONT}; }}
.slick-header.slick-header {{ border: 0; border-bottom: 1px solid {theme.FAINT}; }}
.slick-cell.slick-cell {{ border: 0; border-bottom: 1px solid {theme.FAINT}; padding: 0 6px;
  font: 13px/35px {theme.FONT}; font-variant-numeric: tabular-nums; color: {theme.INK};
  background: none; cursor: pointer; }}
.slick-row.slick-row {{ background: #fff; }}
.slick-row:hover {{ background: {theme.GROUND}; }}
.slick-cell.selected.selected {{ background: {theme.ACCENT_SOFT}; }}
.slick-cell i {{ display: inline-block; width: 10px; height: 10px; border-radius: 3px;
  margin-right: 7px; }}
.slick-cell b {{ font-weight: 650; }}
.slick-cell u {{ display: inline-block; width: 34px; height: 5px; margin-left: 7px;
  border-radius: 3px; background: {theme.FAINT}; overflow: hidden; vertical-align: 2px; }}
.slick-cell s {{ display: block; height: 100%; border-radius: 3px; }}
.slick-cell em {{ font-style: normal; color: {theme.MUTED}; font-size: 12px; }}
"""


def detection_table(source: ColumnDataSource, view: CDSView) -> DataTable:
    """Return a table of the rows of `source` that `view` lets through."""

    def column(field: str, title: str, template: str, width: int) -> TableColumn:
        formatter = HTMLTemplateFormatter(template=template)
        return TableColumn(
            field=field,
            title=title,
            formatter=formatter,
            width=width,
            default_sort="ascending" if field in ("class_name", "layer") else "descending",
        )

    return DataTable(
        source=source,
        view=view,
        columns=[
            column("class_name", _("Class"), _CLASS, 84),
            column("score", _("Score"), _SCORE, 90),
            column("area_px", _("Box, px"), _SIZE, 118),
            column("layer", _("Layer (map)"), _LAYER, 84),
        ],
        index_position=None,
        reorderable=False,
        autosize_mode="force_fit",
        row_height=36,
        height=300,
        sizing_mode="stretch_width",
        stylesheets=[InlineStyleSheet(css=_STYLE)],
    )
