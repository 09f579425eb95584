"""Drawing a box into a small picture."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from PIL import ImageDraw


def outline(pen: ImageDraw.ImageDraw, box_px: NDArray[Any], color: str, line_px: int) -> None:
    """Draw a box with a light edge, which shows on every photograph; all of it lies outside.

    Parameters
    ----------
    pen : ImageDraw
    box_px : (4,) corner, px of the picture
    color : str
    line_px : int
    """
    left, top, right, bottom = box_px.round().astype(int).tolist()
    for by, edge, width in ((line_px + 1, "white", line_px + 2), (line_px, color, line_px)):
        pen.rectangle((left - by, top - by, right + by, bottom + by), outline=edge, width=width)
