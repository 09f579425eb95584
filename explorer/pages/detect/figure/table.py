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
from explorer.pages.shared.page import theme

# `<%-` escapes: class names come with a checkpoint, and nobody knows who wrote them.
_CLASS = '<i style="background: <%- color %>"></i><b><%- value %></b>'
_SCORE = (
    "<b><%- value.toFixed(2) %></b>"
    '<u><s style="width: <%- 100 * value %>%; background: <%- color %>"></s></u>'
)
_MAP = "<b><%- map %></b>"

ROW_PX = 48
HEADER_PX = 34
FEWEST_ROWS, MOST_ROWS = 2, 6
"""Between these the table is as high as its rows; it scrolls beyond."""

_STYLE = f"""
:host {{ color: {theme.INK}; }}
.slick-viewport.slick-viewport {{ overflow-x: hidden !important; scrollbar-width: thin; }}
.slick-header.slick-header {{ border: 0; border-bottom: 1px solid {theme.FAINT}; }}
.slick-header-columns.slick-header-columns {{ background: none; border: 0; }}
.slick-header-column.slick-header-column {{ background: none; border: 0; height: {HEADER_PX - 2}px;
  padding: 0 6px; color: {theme.MUTED}; font-weight: 550; font-size: 12px;
  line-height: {HEADER_PX - 2}px; }}
.slick-cell.slick-cell {{ border: 0; border-bottom: 1px solid {theme.FAINT}; padding: 6px;
  font-size: 13px; line-height: 17px; font-variant-numeric: tabular-nums; color: {theme.INK};
  background: none; cursor: pointer; }}
.slick-row.slick-row {{ background: #fff; }}
.slick-row.slick-row:hover {{ background: {theme.GROUND}; }}
.slick-cell.selected.selected {{ background: {theme.ACCENT_SOFT}; }}
.slick-cell i {{ display: inline-block; width: 10px; height: 10px; border-radius: 3px;
  margin-right: 7px; }}
.slick-cell b {{ font-weight: 650; }}
.slick-cell u {{ display: block; width: 44px; height: 5px; margin-top: 7px; border-radius: 3px;
  background: {theme.FAINT}; overflow: hidden; }}
.slick-cell s {{ display: block; height: 100%; border-radius: 3px; }}
.slick-cell em {{ display: block; font-style: normal; color: {theme.MUTED}; font-size: 12px; }}
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

    place = _("at {place}", place="<%- place %>")
    return DataTable(
        source=source,
        view=view,
        columns=[
            column("class_name", _("Class"), _CLASS, 96),
            column("score", _("Score"), _SCORE, 56),
            column("area_px", _("Box, px"), f"<%- size %><em>{place}</em>", 84),
            column("layer", _("Map"), _MAP, 76),
        ],
        index_position=None,
        reorderable=False,
        autosize_mode="none",
        row_height=ROW_PX,
        height=HEADER_PX + FEWEST_ROWS * ROW_PX,
        sizing_mode="stretch_width",
        stylesheets=[InlineStyleSheet(css=_STYLE)],
    )
