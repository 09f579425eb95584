"""An image with its detections drawn into it, as a PNG."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from explorer.exchange.class_colors import class_color, ink_on
from explorer.exchange.detected_image import DetectedImage
from explorer.i18n import _

Rectangle = tuple[int, int, int, int]
"""Left, top, right, bottom in px, the last two outside."""

SMALLEST_TEXT_PX = 11
TEXT_SHARE = 40
"""Text has this part of the image's shorter side, if that is not too small to be read."""

LONGEST_NAME = 100
"""Characters of a class name that are looked at."""


def write_annotated(
    image: NDArray[np.uint8], found: DetectedImage, class_names: Sequence[str]
) -> bytes:
    """Draw each box with its class and score.

    Boxes are cut at the border of the image. A label stands where its box leaves it room inside
    the image, if possible on no better box's label; a class name that is too long for the image
    is cut, and where not even the score fits there is no label.

    Parameters
    ----------
    image : (H, W, 3) uint8 RGB
    class_names : sequence of str
        In order of `class_id`.

    Returns
    -------
    bytes
        A PNG of H × W px.

    Raises
    ------
    ValueError
        If `found` is of an image of another size.
    """
    height, width = image.shape[:2]
    if found.shape_px != (height, width):
        text = _("image is {image_px}, but found is of {shape_px} px")
        raise ValueError(text.format(image_px=(height, width), shape_px=found.shape_px))
    picture = Image.fromarray(image)
    pen = ImageDraw.Draw(picture)
    text_px = max(SMALLEST_TEXT_PX, min(height, width) // TEXT_SHARE)
    # With a size it is a FreeType font: every wheel of Pillow has FreeType.
    font = cast(ImageFont.FreeTypeFont, ImageFont.load_default(text_px))
    line_px = max(2, min(height, width) // 160)
    boxes = [_inside(box, width, height) for box in found.boxes_px]
    colors = [class_color(int(class_id)) for class_id in found.class_id]
    # The best last, so that it lies above the others.
    for box, color in reversed(list(zip(boxes, colors, strict=True))):
        _draw_box(pen, box, color, line_px)
    labels: list[tuple[Rectangle, str, str]] = []
    for box, color, class_id, score in zip(boxes, colors, found.class_id, found.score, strict=True):
        text = _fitting(class_names[class_id], float(score), font, width - 2 * line_px)
        size = _size(text, font, line_px)
        if text and size[1] <= height:
            places = list(_places(box, size, (width, height)))
            free = (p for p in places if not any(_meet(p, taken) for taken, _, _ in labels))
            labels.append((next(free, places[0]), text, color))
    for place, text, color in reversed(labels):
        _draw_label(pen, place, text, color, font, line_px)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _inside(box: NDArray[np.float64], width: int, height: int) -> Rectangle:
    """Return the pixels that a box covers, at least one, all in the image."""
    left, top = (
        int(np.clip(round(v), 0, most - 1))
        for v, most in zip(box[:2], (width, height), strict=True)
    )
    right, bottom = (
        int(np.clip(round(v), least + 1, most))
        for v, least, most in zip(box[2:], (left, top), (width, height), strict=True)
    )
    return left, top, right, bottom


def _draw_box(pen: ImageDraw.ImageDraw, box: Rectangle, color: str, line_px: int) -> None:
    left, top, right, bottom = box
    # White below the colour: a box shows on any picture.
    around = left - 1, top - 1, right, bottom
    pen.rectangle(around, outline="white", width=line_px + 2)
    pen.rectangle((left, top, right - 1, bottom - 1), outline=color, width=line_px)


def _draw_label(
    pen: ImageDraw.ImageDraw,
    place: Rectangle,
    text: str,
    color: str,
    font: ImageFont.FreeTypeFont,
    margin_px: int,
) -> None:
    left, top, right, bottom = place
    pen.rectangle((left, top, right - 1, bottom - 1), fill=color)
    x, y, _, _ = font.getbbox(text, anchor="lt")
    at = left + margin_px - x, top + margin_px - y
    pen.text(at, text, fill=ink_on(color), font=font, anchor="lt")


def _size(text: str, font: ImageFont.FreeTypeFont, margin_px: int) -> tuple[int, int]:
    """Return width and height of a label, px."""
    left, top, right, bottom = font.getbbox(text, anchor="lt")
    return int(right - left) + 2 * margin_px, int(bottom - top) + 2 * margin_px


def _fitting(name: str, score: float, font: ImageFont.FreeTypeFont, room_px: int) -> str:
    """Return name and score, the name shortened to what there is room for; empty if none is."""
    number = f"{score:.2f}"
    words = " ".join(name.split())[:LONGEST_NAME].encode("utf-8", "replace").decode()
    texts = [f"{words} {number}", *(f"{words[:n]}… {number}" for n in range(len(words) - 1, 0, -1))]
    return next((text for text in (*texts, number) if font.getlength(text) <= room_px), "")


def _places(box: Rectangle, size: tuple[int, int], image: tuple[int, int]) -> Iterator[Rectangle]:
    """Yield where a label may stand, the best place first, each inside the image."""
    wide, high = size
    left, top, right, bottom = box
    above, below = top - high, bottom
    tops = [y for y in (above, below) if 0 <= y <= image[1] - high]
    for y in (*tops, top, bottom - high):
        for x in (left, right - wide):
            x_inside = min(max(0, x), image[0] - wide)
            y_inside = min(max(0, y), image[1] - high)
            yield x_inside, y_inside, x_inside + wide, y_inside + high


def _meet(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
