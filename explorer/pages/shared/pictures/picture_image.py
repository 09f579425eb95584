"""A picture under a figure's other glyphs, sent as a JPEG and only when it is another one."""

from __future__ import annotations

from typing import Any

from bokeh.models import ColumnDataSource
from numpy.typing import NDArray

from explorer.pages.shared.pictures.jpeg import jpeg_url


class PictureImage:
    """The image of a figure of `theme.image_figure`; a larger one is sent shrunk.

    Further options are those of Bokeh's ``image_url``.
    """

    def __init__(self, plot: Any, largest_side_px: int, **options: Any) -> None:
        self._largest_side_px = largest_side_px
        self._source = ColumnDataSource({"url": [], "width": [], "height": []})
        plot.image_url(
            "url", x=0, y=0, w="width", h="height", anchor="top_left", source=self._source,
            **options,
        )  # fmt: skip

    def show(self, image: NDArray[Any], width: float, height: float) -> None:
        """Draw `image` (H, W, 3) uint8 RGB; width and height are in units of the figure."""
        url = jpeg_url(image, self._largest_side_px)
        self._source.data = {"url": [url], "width": [width], "height": [height]}
