"""What the small picture of a mistake shows."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageColor

from explorer.pages.detect.whole_set.mistake_cases import Box, Case
from explorer.pages.detect.whole_set.mistake_thumbnail import SIDE_PX, mistake_thumbnail_url
from explorer.pages.shared.page import theme


def drawn(image: np.ndarray, **changes: object) -> np.ndarray:
    """Return the pixels of a case's picture."""
    nothing = Case(0, True, 0, 0.0, None, "", 0.0, None, "", ())
    url = mistake_thumbnail_url(image, replace(nothing, **changes))  # type: ignore[arg-type]
    kind, _, content = url.partition(",")
    assert kind == "data:image/jpeg;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))))


def is_near(pixel: np.ndarray, color: str) -> bool:
    return bool(np.abs(pixel.astype(int) - ImageColor.getrgb(color)).max() < 40)


def test_both_boxes_are_drawn_where_they_are() -> None:
    # Together they need the whole image, so that its pixels are those of the picture, scaled.
    gt, detection = (0.1, 0.2, 0.6, 0.9), (0.4, 0.3, 0.9, 0.8)
    pixels = drawn(np.full((100, 100, 3), 128, np.uint8), gt=gt, detection=detection)
    assert pixels.shape == (SIDE_PX, SIDE_PX, 3)
    for (left, top, right, bottom), color in (
        (gt, theme.ROLES["gt"].color),
        (detection, theme.ROLES["detection"].color),
    ):
        x, y = (left + right) / 2, (top + bottom) / 2
        # A line lies outside of its box, and hides nothing of it.
        for across, down, outwards in (
            (left, y, (-3, 0)), (right, y, (3, 0)), (x, top, (0, -3)), (x, bottom, (0, 3)),
        ):  # fmt: skip
            column, row = (np.array([across, down]) * SIDE_PX + outwards).round().astype(int)
            assert is_near(pixels[row, column], color)
    assert is_near(pixels[5, 5], "#808080")


@pytest.mark.parametrize(
    ("box", "shape"),
    [
        ((0.9, 0.9, 1.0, 1.0), (256, 256)),
        ((0.0, 0.4, 0.05, 0.45), (120, 300)),
        ((0.5, 0.0, 0.5, 0.1), (300, 120)),
        ((-0.2, -0.1, 1.2, 1.3), (90, 160)),
    ],
)
def test_the_part_of_the_image_with_the_box_is_shown(box: Box, shape: tuple[int, int]) -> None:
    # White only where the object is.
    image = np.zeros((*shape, 3), np.uint8)
    height, width = shape
    left, top, right, bottom = (max(0.0, min(1.0, value)) for value in box)
    rows = slice(int(top * height), max(int(bottom * height), int(top * height) + 1))
    columns = slice(int(left * width), max(int(right * width), int(left * width) + 1))
    image[rows, columns] = 255
    pixels = drawn(image, gt=box)
    white = (pixels.min(axis=2) > 200).mean()
    # No smaller than in a square with the whole image.
    assert white >= 0.95 * image.mean() / 255 * min(shape) / max(shape)


def test_a_small_object_is_magnified() -> None:
    image = np.zeros((256, 256, 3), np.uint8)
    image[120:130, 120:130] = (255, 0, 255)
    pixels = drawn(image, gt=(120 / 256, 120 / 256, 130 / 256, 130 / 256))
    magenta = (pixels[..., 0] > 200) & (pixels[..., 1] < 80) & (pixels[..., 2] > 200)
    assert magenta.sum() > 20**2
