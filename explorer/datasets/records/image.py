"""An image as a record holds it: the user's own JPEG where that will do, else a new one."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

from explorer.datasets.records.plain_jpeg import plain_jpeg_size
from explorer.i18n import _
from explorer.images import ImageHeader, read_header, read_image, shrunk

MAX_SIDE_PX = 1024
"""A network sees 256 px; unpacking larger images for it, epoch after epoch, is lost time."""

_QUALITY = 95


@dataclass(frozen=True)
class RecordImage:
    """What is written, and why it is not the user's own file."""

    jpeg: bytes
    size_px: tuple[int, int]
    """(width, height): of the upright image that was read, before it may have been made smaller."""
    encoded_because: str | None
    """None where `jpeg` is the file, byte by byte."""


def record_image(content: bytes, name: str) -> RecordImage:
    """Return the image as a JPEG that is upright, RGB, and at most `MAX_SIDE_PX` wide and high.

    A JPEG that is all this stays byte by byte, and is unpacked only where a look at its markers
    does not tell that it is so and has an end. Others are decoded as `read_image` does it, made
    smaller if need be, and encoded in quality 95.

    Raises
    ------
    ValueError
        If it is no readable image: one sentence.
    """
    size = plain_jpeg_size(content)
    if size is not None and max(size) <= MAX_SIDE_PX:
        return RecordImage(content, size, None)
    header = read_header(content, name)
    because = _because(header)
    image = read_image(content, name)
    if because is None:
        return RecordImage(content, header.size_px, None)
    height, width = image.shape[:2]
    encoded = io.BytesIO()
    Image.fromarray(shrunk(image, MAX_SIDE_PX)).save(encoded, "JPEG", quality=_QUALITY)
    return RecordImage(encoded.getvalue(), (width, height), because)


def _because(header: ImageHeader) -> str | None:
    if header.format != "JPEG":
        return _("{format} becomes JPEG", format=header.format)
    if header.turned:
        return _("turned upright")
    if header.mode != "RGB":
        return _("{mode} becomes RGB", mode=header.mode)
    if max(header.size_px) > MAX_SIDE_PX:
        return _("larger than {limit} px", limit=MAX_SIDE_PX)
    return None
