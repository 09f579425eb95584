"""Numbers of label files, which may be anything."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

Box = tuple[float, float, float, float]


def finite_number(value: Any) -> float:
    """Return the finite number that a text or a JSON value is, else NaN."""
    if isinstance(value, bool):
        return math.nan
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan
    return found if math.isfinite(found) else math.nan


def size(width: Any, height: Any) -> tuple[int, int] | None:
    """Return the size that a file says, or None where it says none."""
    sides = finite_number(width), finite_number(height)
    return (int(sides[0]), int(sides[1])) if min(sides) >= 1 else None


def bounding_box(xs: Sequence[float], ys: Sequence[float]) -> Box:
    """Return the box around points; all NaN if there is none, or one of them is no number."""
    if not xs or not ys or any(math.isnan(value) for value in (*xs, *ys)):
        return (math.nan,) * 4
    return min(xs), min(ys), max(xs), max(ys)
