"""Pictures as the data of an address, and the boxes that are drawn into small ones."""

from __future__ import annotations

import base64
import io
from typing import Any

from numpy.typing import NDArray
from PIL import Image, ImageDraw


def jpeg_url(image: NDArray[Any], largest_side_px: int, quality: int = 90) -> str:
    """Return `image` (H, W, 3) uint8 RGB as a ``data:`` address, shrunk where it is larger."""
    picture = Image.fromarray(image)
    picture.thumbnail((largest_side_px, largest_side_px))
    packed = io.BytesIO()
    picture.save(packed, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(packed.getvalue()).decode("ascii")


def outline(pen: ImageDraw.ImageDraw, box_px: NDArray[Any], color: str, line_px: int) -> None:
    """Draw a box, (4,) corner, with a light edge, which shows on every photograph.

    All of the line lies outside of the box.
    """
    left, top, right, bottom = box_px.round().astype(int).tolist()
    for by, edge, width in ((line_px + 1, "white", line_px + 2), (line_px, color, line_px)):
        pen.rectangle((left - by, top - by, right + by, bottom + by), outline=edge, width=width)
