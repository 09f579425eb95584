"""A box of a label file as it lies on a picture, however wrong it is."""

from __future__ import annotations

import math

Box = tuple[float, float, float, float]

_FARTHEST = 3.0
"""Boxes in a wrong unit may lie a thousand pictures away; a figure need not reach so far."""


def drawn_box(box_px: Box, frame_px: tuple[int, int]) -> Box | None:
    """Return a corner box relative to its frame, or None if it is no box at all.

    Parameters
    ----------
    box_px : corner, px
    frame_px : (width, height)
        What it is counted in.
    """
    if not all(map(math.isfinite, box_px)):
        return None
    x0, y0, x1, y1 = (
        min(max(value / side, -_FARTHEST), _FARTHEST)
        for value, side in zip(box_px, frame_px * 2, strict=True)
    )
    # A figure knows no inverted box.
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
