"""A small picture of one mistake: the image with its objects and the box that it is about."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from explorer.pages.detect.whole_set.mistake_cases import Case
from explorer.pages.shared.page import theme
from explorer.pages.shared.pictures.jpeg import jpeg_url, outline

SIDE_PX = 320
SHOWN_PX = 160
"""The size on screen: sharp where a pixel of the style sheet is two of the display."""

MARGIN = 2.5
"""Sides of what is shown, in sides of what it is about."""

LEAST_PART = 0.3
"""Of the image's longer side: enough to see where one is."""


def mistake_thumbnail_url(image: NDArray[Any], case: Case) -> str:
    """Return a data URL of the part of `image` (H, W, 3) uint8 where the case is.

    The object that it is about is drawn as a ground truth, other objects in the same colour and
    thin; the detection as a detection.
    """
    height, width = image.shape[:2]
    left, top, side = _frame(case, width, height)
    part = Image.new("RGB", (side, side), theme.GROUND)
    part.paste(Image.fromarray(image), (-left, -top))
    part = part.resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(part)
    # Shifted into the part, in its pixels.
    scale = np.array([width, height, width, height]) * SIDE_PX / side
    shift = np.array([left, top, left, top]) * SIDE_PX / side
    gt, detection = theme.ROLES["gt"], theme.ROLES["detection"]
    for boxes, color, line_px in (
        (case.others, gt.color, 1.0),
        ((case.gt,), gt.color, gt.width),
        ((case.detection,), detection.color, detection.width),
    ):
        for box in boxes:
            if box is not None:
                line = round(line_px * SIDE_PX / SHOWN_PX)
                outline(pen, np.array(box) * scale - shift, color, line)
    return jpeg_url(np.asarray(part), SIDE_PX, quality=80)


def _frame(case: Case, width: int, height: int) -> tuple[int, int, int]:
    """Return left, top and side, px, of a square around the case with some of what is about it."""
    boxes = np.array([box for box in (case.gt, case.detection) if box is not None])
    corners = boxes.clip(0, 1) * [width, height, width, height]
    low, high = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
    whole = max(width, height)
    side = round(float(np.clip(MARGIN * (high - low).max(), LEAST_PART * whole, whole)))
    room = np.array([width, height]) - side
    middle = np.clip((low + high - side) / 2, 0, np.maximum(room, 0))
    left, top = np.where(room < 0, room / 2, middle).round().astype(int).tolist()
    return left, top, side
