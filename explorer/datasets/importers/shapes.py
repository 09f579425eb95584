"""Shapes that are no upright rectangles: the boxes around them, and a note that counts them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from explorer.datasets.importers.numbers import Box, bounding_box
from explorer.i18n import _, ngettext


class ShapeCount:
    """What an importer met that was no rectangle."""

    def __init__(self) -> None:
        self._boxed: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()

    def boxed(self, kind: str) -> None:
        """Count a shape that gets the box around it."""
        self._boxed[kind] += 1

    def left_out(self, kind: str) -> None:
        """Count a shape that has no area, or is no single object."""
        self._left_out[kind] += 1

    def notes(self) -> Iterable[str]:
        """Yield what there is to say, with the kinds as their tool calls them."""
        if self._boxed:
            yield ngettext(
                "{n:,} shape is not a rectangle ({kinds}): the box around it was taken",
                "{n:,} shapes are not rectangles ({kinds}): the box around each was taken",
                self._boxed.total(),
                kinds=_listed(self._boxed),
            )
        if self._left_out:
            yield ngettext(
                "{n:,} shape has no box and is left out: {kinds}",
                "{n:,} shapes have no box and are left out: {kinds}",
                self._left_out.total(),
                kinds=_listed(self._left_out),
            )


def around_circle(x: float, y: float, radius_x: float, radius_y: float) -> Box:
    """Return the box around a circle or an upright ellipse."""
    return x - radius_x, y - radius_y, x + radius_x, y + radius_y


def around_rotated(x: float, y: float, width: float, height: float, radians: float) -> Box:
    """Return the box around a box with its centre at (x, y) that is turned."""
    cos, sin = abs(math.cos(radians)), abs(math.sin(radians))
    half_x, half_y = (width * cos + height * sin) / 2, (width * sin + height * cos) / 2
    return around_circle(x, y, half_x, half_y)


def around_pairs(text: str) -> Box:
    """Return the box around "x,y;x,y;…"; all NaN if it is something else."""
    try:
        pairs = [[float(side) for side in pair.split(",")] for pair in text.split(";") if pair]
        return bounding_box([x for x, __ in pairs], [y for __, y in pairs])
    except ValueError:
        return bounding_box([], [])


def _listed(kinds: Counter[str]) -> str:
    return ", ".join(
        _("{count:,} × {kind}", count=count, kind=kind) for kind, count in kinds.most_common()
    )
