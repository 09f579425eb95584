"""Pictures as the data of an address: small enough to be sent again and again."""

from __future__ import annotations

import base64
import io
from typing import Any

from numpy.typing import NDArray
from PIL import Image


def jpeg_url(image: NDArray[Any], largest_side_px: int, quality: int = 90) -> str:
    """Return `image` (H, W, 3) uint8 RGB as a ``data:`` address, shrunk where it is larger."""
    picture = Image.fromarray(image)
    picture.thumbnail((largest_side_px, largest_side_px))
    packed = io.BytesIO()
    picture.save(packed, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(packed.getvalue()).decode("ascii")
