"""Where objects lie: how many images have one at each place."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import BasicTicker, ColorBar, ColumnDataSource, LinearColorMapper
from bokeh.palettes import interp_palette
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.pages.shared.page import theme

_COLORS = ("#f3f7fb", theme.ROLES["positive"].color, "#00233c")
"""From no object to most, in lightness, too."""


class PlaceMap:
    """The figure; `draw` changes its source."""

    def __init__(self) -> None:
        self._places = ColumnDataSource({"image": [np.zeros((2, 2), np.float32)]})
        self._mapper = LinearColorMapper(palette=interp_palette(_COLORS, 100), low=0, high=1)
        self.figure = self._build()

    def draw(self, places: NDArray[Any]) -> None:
        """Send the share of the images that have an object at each place, rows from above."""
        percent = 100 * places
        self._mapper.high = max(float(percent.max()), 1.0)
        self._places.data = {"image": [percent.astype(np.float32)]}

    def _build(self) -> Any:
        plot = theme.image_figure(1, 1, max_width=320)
        plot.aspect_ratio = 0.87  # the bar of colours is below the square
        plot.outline_line_color = "#c9cfdc"
        plot.select_one({"name": "image"}).visible = False
        # y grows downwards, and so do the rows.
        image = plot.image(
            "image", x=0, y=0, dw=1, dh=1, color_mapper=self._mapper, source=self._places,
            name="places",
        )  # fmt: skip
        here = _("images with an object here"), "@image{0.0}%"
        theme.add_hover(plot, image, here, point_policy="snap_to_data")
        plot.add_layout(
            ColorBar(
                color_mapper=self._mapper, ticker=BasicTicker(desired_num_ticks=4), height=8,
                title=_("% of the images have an object here"), title_text_font=theme.FONT,
                title_text_font_style="normal", title_text_font_size="12px",
                title_text_color=theme.MUTED, major_label_text_font=theme.FONT,
                major_label_text_color=theme.MUTED, major_tick_line_color=None,
                bar_line_color=None, border_line_color=None, padding=6,
            ),
            "below",
        )  # fmt: skip
        return plot
