"""Numbers of label files, which may be anything."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

Box = tuple[float, float, float, float]

NO_BOX: Box = (math.nan,) * 4
"""Stands where a file gives no box: the doctor says that its numbers lack."""


def finite_number(value: Any) -> float:
    """Return the finite number that a text or a JSON value is, else NaN."""
    if isinstance(value, bool):
        return math.nan
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan
    return found if math.isfinite(found) else math.nan


def finite_numbers(values: Any) -> list[float]:
    """Return the finite numbers of a JSON list, NaN for what is none; empty if it is no list."""
    return [finite_number(one) for one in values] if isinstance(values, list | tuple) else []


def size(width: Any, height: Any) -> tuple[int, int] | None:
    """Return the size that a file says, or None where it says none."""
    sides = finite_number(width), finite_number(height)
    return (int(sides[0]), int(sides[1])) if min(sides) >= 1 else None


def bounding_box(xs: Sequence[float], ys: Sequence[float]) -> Box:
    """Return the box around points; all NaN if there is none, or one of them is no number."""
    if not xs or not ys or any(math.isnan(value) for value in (*xs, *ys)):
        return NO_BOX
    return min(xs), min(ys), max(xs), max(ys)


def box_around(points: Iterable[Any]) -> Box:
    """Return the box around [x, y] points of JSON, as `bounding_box`."""
    pairs = [finite_numbers(point)[:2] for point in points]
    pairs = [pair for pair in pairs if len(pair) == 2]
    return bounding_box([x for x, __ in pairs], [y for __, y in pairs])


def scaled(box: Box, width: float, height: float) -> Box:
    """Return a box in px of an image from one that is relative to it."""
    return box[0] * width, box[1] * height, box[2] * width, box[3] * height
