"""Reading images that come from a user: one path from a file's bytes to RGB pixels.

Pillow decodes (never OpenCV or MXNet, whose decoders are older), the header is judged before
any pixel is unpacked, and every kind of file ends as (H, W, 3) uint8:

- the first frame of an animation;
- turned upright as its EXIF orientation says, if the EXIF can be read;
- transparency on white;
- 16 bits per channel scaled to 8, CMYK and palettes converted, grey repeated three times.
"""

from __future__ import annotations

import contextlib
import io
import struct
import threading
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from explorer.i18n import N_, _, reason_of
from explorer.plain_files import POINTER, is_pointer, open_plain, read_plain

MAX_FILE_MB = 20
MAX_MEGAPIXELS = 50

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif")
"""What files of images are called, in lower case."""

UNREAD_FORMATS = {
    **dict.fromkeys((".heic", ".heif"), "HEIC"),
    **dict.fromkeys((".tif", ".tiff"), "TIFF"),
    **dict.fromkeys((".jp2", ".j2k", ".jpf"), "JPEG 2000"),
    **dict.fromkeys((".cr2", ".cr3", ".nef", ".arw", ".dng", ".orf", ".rw2", ".raf"), "camera raw"),
    **dict.fromkeys((".ppm", ".pgm", ".pnm"), "PNM"),
    **{f".{name.lower()}": name for name in ("AVIF", "JXL", "PSD", "SVG", "TGA", "EXR")},
    ".dcm": "DICOM",
}
"""Endings of images that are not read, in lower case, with what people call them."""

_LARGE_SIDE_PX = 1024
"""Larger images take long to average; smaller ones are averaged in one step, rounded once."""

_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")
_NOT_READABLE = N_("{name} is not a readable image (JPEG, PNG, WebP, BMP or GIF).")
_DAMAGED = N_("{name} is damaged or cut off; please choose another image.")
DAMAGE = (OSError, SyntaxError, EOFError, ValueError, struct.error, zlib.error, MemoryError)
"""What Pillow's decoders raise when a file is not as its format wants it."""
_ORIENTATION = 0x0112
SIDEWAYS = (5, 6, 7, 8)
"""EXIF orientations that swap width and height."""
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns the pixels as an orientation asks."""
_STRIP_PIXELS = 4_000_000
"""That are converted at once: on the way from one mode to another there are up to five copies."""
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNK = struct.Struct(">I4s")
"""Length of the content, and its kind; a checksum follows the content."""
_PNG_CHECKSUM_BYTES = 4
_open_lock = threading.Lock()


def read_image(
    source: Path | bytes | memoryview, name: str = "", least_side_px: int | None = None
) -> NDArray[np.uint8]:
    """Decode one image.

    Parameters
    ----------
    source : path, or the file's content
    name : str
        What messages call it; by default the file's name.
    least_side_px : int, optional
        A smaller image will do, if no side is shorter than this: a large JPEG is unpacked at a
        half, a quarter or an eighth of its size, which takes a fraction of the time.

    Returns
    -------
    (H, W, 3) uint8, RGB

    Raises
    ------
    ValueError
        If the file is missing, too large, no image, or damaged: one sentence.
    """
    if isinstance(source, Path):
        name = name or source.name
        try:
            content = read_plain(source, MAX_FILE_MB * 2**20 + 1)
        except OSError as error:
            text = _("{source} cannot be read: {reason}.")
            raise ValueError(text.format(source=source, reason=reason_of(error))) from error
    else:
        name = name or _("The file")
        content = bytes(source)
    with open_image(content, name) as image:
        try:
            orientation = orientation_of(image)
            if least_side_px is not None:
                image.draft(None, (least_side_px, least_side_px))
            image.load()
            return _to_rgb(image, orientation)
        except DAMAGE as error:
            raise ValueError(_(_DAMAGED, name=name)) from error


def open_image(content: bytes, name: str) -> Image.Image:
    """Open an image whose pixels are not unpacked yet: its header is good and not too large.

    Raises
    ------
    ValueError
        If it is empty, too large, no image, or damaged where it begins: one sentence.
    """
    return _open(io.BytesIO(content), name)


@dataclass(frozen=True)
class ImageHeader:
    """What the beginning of an image file says."""

    format: str
    """{"JPEG", "PNG", "WEBP", "BMP", "GIF"}."""
    mode: str
    """As Pillow calls it: "RGB", "L", "CMYK", …."""
    size_px: tuple[int, int]
    """(width, height): of the upright image."""
    turned: bool
    """The EXIF orientation is not upright: the stored pixels are turned or mirrored."""


def read_header(source: Path | bytes, name: str = "") -> ImageHeader:
    """Read what an image is without unpacking its pixels, which may still be damaged.

    Parameters
    ----------
    source : path, or the file's content
    name : str
        What messages call it; by default the file's name.

    Raises
    ------
    ValueError
        If the file is missing, no image, or larger than what is read: one sentence.
    """
    name = name or (source.name if isinstance(source, Path) else _("The file"))
    try:
        stream = open_plain(source) if isinstance(source, Path) else io.BytesIO(source)
    except OSError as error:
        text = _("{source} cannot be read: {reason}.")
        raise ValueError(text.format(source=source, reason=reason_of(error))) from error
    with stream:
        image = _open(stream, name)
        orientation = orientation_of(image)
    width, height = image.size
    size = (height, width) if orientation in SIDEWAYS else (width, height)
    return ImageHeader(image.format or "", image.mode, size, orientation != 1)


def orientation_of(image: Image.Image) -> int:
    """Return EXIF's orientation, 1 to 8; 1, upright, where it is damaged or says nothing.

    No pixel is unpacked, so this is to be asked before any is: then the file is still open.
    """
    with contextlib.suppress(*DAMAGE):
        if image.format == "PNG" and "exif" not in image.info:
            late = _late_exif(image.fp)
            if late:
                image.info["exif"] = late
        # Not the PNG reader's own `getexif`: that unpacks all pixels to look behind them.
        said = Image.Image.getexif(image).get(_ORIENTATION, 1)
        if said in range(1, 9):
            return int(said)
    return 1


def _late_exif(stream: IO[bytes]) -> bytes:
    """Return the EXIF of a PNG, which may stand behind its pixels; the stream stays as it was."""
    position = stream.tell()
    try:
        stream.seek(len(_PNG_SIGNATURE))
        while len(head := stream.read(_PNG_CHUNK.size)) == _PNG_CHUNK.size:
            length, kind = _PNG_CHUNK.unpack(head)
            if kind == b"eXIf":
                return stream.read(length)
            stream.seek(length + _PNG_CHECKSUM_BYTES, io.SEEK_CUR)
        return b""
    finally:
        stream.seek(position)


def resize(image: NDArray[np.uint8], width_px: int, height_px: int) -> NDArray[np.uint8]:
    """Return `image` (H, W, 3) uint8 as (height_px, width_px, 3), averaging when it shrinks."""
    if image.shape[:2] == (height_px, width_px):
        return image
    import cv2  # only here: a page that shows images as they are does not wait for it

    # OpenCV averages exact halves ten times as fast as other shares. What is left is halved or
    # more in one step, so that a pixel at the edge of two averages hardly counts for both.
    while (
        max(image.shape[:2]) > _LARGE_SIDE_PX
        and _halves_evenly(image.shape[0], height_px)
        and _halves_evenly(image.shape[1], width_px)
    ):
        half = (image.shape[1] // 2, image.shape[0] // 2)
        image = cv2.resize(image, half, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    shrinks = height_px <= image.shape[0] and width_px <= image.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(image, (width_px, height_px), interpolation=how)
    return resized.astype(np.uint8, copy=False)


def shrunk(image: NDArray[np.uint8], largest_side_px: int) -> NDArray[np.uint8]:
    """Return `image` (H, W, 3) uint8, made smaller if its longer side is longer than that."""
    height, width = image.shape[:2]
    scale = min(1.0, largest_side_px / max(width, height))
    return resize(image, max(1, round(width * scale)), max(1, round(height * scale)))


def _halves_evenly(side_px: int, wanted_px: int) -> bool:
    return side_px % 2 == 0 and side_px >= 4 * wanted_px


def _open(stream: IO[bytes], name: str) -> Image.Image:
    """Read a header and judge it: whatever is done with an image, it was looked at here before."""
    num_bytes = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if num_bytes > MAX_FILE_MB * 2**20:
        text = _("{name} is larger than {limit} MB; please make it smaller.")
        raise ValueError(text.format(name=name, limit=MAX_FILE_MB))
    if not num_bytes:
        raise ValueError(_("{name} is empty.", name=name))
    if is_pointer(stream.read(100)):
        raise ValueError(_(POINTER, name=name))
    stream.seek(0)
    with _open_lock:
        # Pillow's own check of the size would hide the size that we want to say.
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            image = Image.open(stream, formats=_FORMATS)
        except UnidentifiedImageError:
            raise ValueError(_(_NOT_READABLE, name=name)) from None
        except DAMAGE as error:
            raise ValueError(_(_DAMAGED, name=name)) from error
        finally:
            Image.MAX_IMAGE_PIXELS = limit
    width, height = image.size
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        image.close()
        text = _("{name} is {width}×{height} px, the limit is {limit} megapixels.")
        raise ValueError(text.format(name=name, width=width, height=height, limit=MAX_MEGAPIXELS))
    return image


def _to_rgb(image: Image.Image, orientation: int) -> NDArray[np.uint8]:
    if orientation in _UPRIGHT:
        image = image.transpose(_UPRIGHT[orientation])
    width, height = image.size
    pixels = np.empty((height, width, 3), np.uint8)
    rows = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        pixels[top:bottom] = _strip_to_rgb(image.crop((0, top, width, bottom)))
    return pixels


def _strip_to_rgb(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode in ("I", "I;16", "I;16B", "I;16L"):
        pixels = np.asarray(image).astype(np.float64) / 257.0
        image = Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return np.array(image.convert("RGB"))
