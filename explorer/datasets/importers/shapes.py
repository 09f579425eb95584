"""Shapes that are no upright rectangles: the boxes around them, and notes that count them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from explorer.datasets.annotations import LabelledImage
from explorer.datasets.importers.numbers import Box, bounding_box
from explorer.i18n import _, ngettext


def shape_notes(images: Sequence[LabelledImage]) -> Iterator[str]:
    """Yield what there is to say of shapes that are no boxes, and of what was left out."""
    boxed = Counter(one.shape for image in images for one in image.objects if one.shape)
    if boxed:
        yield ngettext(
            "{n:,} object is not a rectangle ({kinds}): the box around it was taken",
            "{n:,} objects are not rectangles ({kinds}): the box around each was taken",
            boxed.total(),
            kinds=_listed(boxed),
        )
    left_out = Counter(kind for image in images for kind in image.left_out)
    if left_out:
        yield ngettext(
            "{n:,} annotation is no single object with a box, and is left out ({kinds})",
            "{n:,} annotations are no single objects with a box, and are left out ({kinds})",
            left_out.total(),
            kinds=_listed(left_out),
        )


def around_circle(x: float, y: float, radius_x: float, radius_y: float) -> Box:
    """Return the box around a circle or an upright ellipse."""
    return x - radius_x, y - radius_y, x + radius_x, y + radius_y


def around_ellipse(x: float, y: float, radius_x: float, radius_y: float, radians: float) -> Box:
    """Return the box around an ellipse that is turned."""
    cos, sin = math.cos(radians), math.sin(radians)
    half_x, half_y = (
        math.hypot(radius_x * cos, radius_y * sin),
        math.hypot(radius_x * sin, radius_y * cos),
    )
    return around_circle(x, y, half_x, half_y)


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
