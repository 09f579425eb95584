"""A whole image as a small picture with boxes on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from explorer.pages.data.drawn_box import Box
from explorer.pages.shared.pictures.jpeg import jpeg_url, outline

Outline = tuple[Box, str, int]
"""A corner box, normalised; its colour; how thick its line is, px of the picture."""


def image_thumbnail_url(image: NDArray[Any], outlines: Iterable[Outline]) -> str:
    """Return a data URL of `image` (H, W, 3) uint8 with boxes; later ones lie over earlier ones."""
    height, width = image.shape[:2]
    picture = Image.fromarray(image)
    pen = ImageDraw.Draw(picture)
    for box, color, line_px in outlines:
        outline(pen, np.array(box) * [width, height, width, height], color, line_px)
    return jpeg_url(np.asarray(picture), max(width, height), quality=80)
