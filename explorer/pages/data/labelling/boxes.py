"""Boxes as a hand draws and finds them; all in px of the image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from explorer.datasets.annotations import Annotation
from explorer.i18n import _

if TYPE_CHECKING:
    from explorer.datasets.annotations import LabelledImage

LEAST_PX = 2.0
"""A box with a shorter side is a slip of the hand: it is not made."""

UNNAMED = "object"
"""The class of boxes that are drawn before there is any; it goes when no box has it."""

LONGEST_NAME = 100
BoxPx = tuple[float, float, float, float]


def checked_class_name(text: str) -> str:
    """Return the name of a class that was typed.

    Raises
    ------
    ValueError
        If it is empty or longer than 100 characters.
    """
    name = text.strip()
    if not name:
        raise ValueError(_("Type the name of a class."))
    if len(name) > LONGEST_NAME:
        text = _("A class's name has up to {limit} characters: type a shorter one.")
        raise ValueError(text.format(limit=LONGEST_NAME))
    return name


def clipped(box: Sequence[float], size: tuple[int, int]) -> BoxPx | None:
    """Return a corner box cut at the image's border; None where too little is left of it.

    Parameters
    ----------
    box : xmin, ymin, xmax, ymax
    size : (width, height)
    """
    if not all(map(math.isfinite, box)):
        return None
    width, height = size
    x0, x1 = (min(max(float(x), 0.0), float(width)) for x in (box[0], box[2]))
    y0, y1 = (min(max(float(y), 0.0), float(height)) for y in (box[1], box[3]))
    return (x0, y0, x1, y1) if min(x1 - x0, y1 - y0) >= LEAST_PX else None


def drawn(class_name: str, box: BoxPx, number: int) -> Annotation:
    """Return an object that stands in no file: the image's `number`-th, counted from 1."""
    return Annotation(class_name, box, _("drawn box {number}").format(number=number))


def copied(
    source: LabelledImage, objects: Sequence[Annotation], size: tuple[int, int]
) -> list[Annotation]:
    """Return the objects of another image that this one, which has `objects`, lacks."""
    here = {(one.class_name, one.box_px) for one in objects}
    added: list[Annotation] = []
    for one in source.objects:
        box = clipped(one.box_px, size)
        if box is not None and (one.class_name, box) not in here:
            added.append(drawn(one.class_name, box, len(objects) + len(added) + 1))
    return added


def listed(
    names: Sequence[str], images: Sequence[LabelledImage], kept: Sequence[str]
) -> tuple[str, ...]:
    """Return the list of classes: `names` and those of all boxes.

    `UNNAMED` is left out where no box has it, unless it is among those that are `kept` in any case.
    """
    used = {one.class_name: None for image in images for one in image.objects}
    return tuple(
        name
        for name in dict.fromkeys((*names, *used))
        if name and (name != UNNAMED or name in used or name in kept)
    )


def next_at(objects: Sequence[Annotation], x: float, y: float, selected: int) -> int:
    """Return which object a click at a point means: the smallest, then the next larger one.

    `selected` is the one that is selected now. Both are -1 where there is none.
    """
    there = sorted(
        ((one.box_px[2] - one.box_px[0]) * (one.box_px[3] - one.box_px[1]), number)
        for number, one in enumerate(objects)
        if one.box_px[0] <= x <= one.box_px[2] and one.box_px[1] <= y <= one.box_px[3]
    )
    numbers = [number for _area, number in there]
    if not numbers:
        return -1
    place = numbers.index(selected) + 1 if selected in numbers else 0
    return numbers[place % len(numbers)]
