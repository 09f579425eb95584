"""The arrow from an anchor to its box."""

from __future__ import annotations

from typing import Any

from bokeh.models import Arrow, ColumnDataSource, NormalHead

from explorer.pages.shared.page import theme


def draw_arrow(plot: Any, source: ColumnDataSource) -> None:
    """Draw a row of `source` (x0, y0, x1, y1) as an arrow, with a light edge."""
    for color, line_width, size in (("white", 5, 14), (theme.ROLES["selected"].color, 2, 10)):
        head = NormalHead(size=size, fill_color=color, line_color=color)
        plot.add_layout(
            Arrow(
                end=head, x_start="x0", y_start="y0", x_end="x1", y_end="y1",
                line_color=color, line_width=line_width, source=source,
            )
        )  # fmt: skip
