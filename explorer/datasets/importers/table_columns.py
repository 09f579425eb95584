"""Which column of a table of boxes is which, and what its numbers are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.datasets.importers.numbers import finite_number
from explorer.i18n import _

_IMAGE = ("image", "filename", "file", "imagename", "imagepath", "path", "imageid", "img", "name")
_CLASS = ("class", "label", "classname", "labelname", "category", "object", "name", "classid")
_CORNERS = (
    ("xmin", "ymin", "xmax", "ymax"),
    ("x1", "y1", "x2", "y2"),
    ("left", "top", "right", "bottom"),
    ("x0", "y0", "x1", "y1"),
)
_CENTRES = (
    ("xcenter", "ycenter", "width", "height"),
    ("centerx", "centery", "width", "height"),
    ("cx", "cy", "w", "h"),
)
_SIZED = (
    ("x", "y", "w", "h"),
    ("x", "y", "width", "height"),
    ("xmin", "ymin", "width", "height"),
    ("bboxx", "bboxy", "bboxwidth", "bboxheight"),
    ("left", "top", "width", "height"),
)
_SIZE = (
    ("imagewidth", "imageheight"),
    ("imgwidth", "imgheight"),
    ("width", "height"),
)


@dataclass(frozen=True)
class Columns:
    """Places of columns, from 0."""

    image: int
    class_name: int
    box: tuple[int, ...]
    form: str
    """{"corner", "centre", "sized"}: what the four are: two corners; a centre and a size; a
    corner and a size.
    """
    size: tuple[int, int] | None
    """Width and height of the image."""
    header: bool
    """The first row names the columns."""
    said: str
    """The convention, for a person."""


def delimiter_of(line: str) -> str:
    """Return what separates the fields of a line: the most frequent of , ; tab |."""
    return max(",;\t|", key=line.count)


def columns_of(first: Sequence[str]) -> Columns | None:
    """Return the columns that the first row names, or that a row of data without names has.

    Without names the order is that of RetinaNet's tables: image, two corners, class.
    """
    plain = [re.sub(r"[^a-z0-9]", "", field.lower()) for field in first]
    for form, spellings in (("corner", _CORNERS), ("centre", _CENTRES), ("sized", _SIZED)):
        for names in spellings:
            if not set(names) <= set(plain):
                continue
            box = tuple(plain.index(name) for name in names)
            image = _first(plain, _IMAGE, box)
            class_name = _first(plain, _CLASS, (*box, image))
            if image < 0 or class_name < 0:
                continue
            sizes = (pair for pair in _SIZE if set(pair) <= set(plain) - set(names))
            pair = next(sizes, None)
            size = None if pair is None else (plain.index(pair[0]), plain.index(pair[1]))
            said = ", ".join(first[place].strip() for place in box)
            what = {
                "corner": _("boxes are two corners ({names})", names=said),
                "centre": _("boxes are a centre and a size ({names})", names=said),
                "sized": _("boxes are the upper left corner and a size ({names})", names=said),
            }[form]
            return Columns(image, class_name, box, form, size, True, what)
    numbers = [finite_number(field) for field in first]
    empty = not any(field.strip() for field in first[1:])
    if len(first) == 6 and (empty or all(value == value for value in numbers[1:5])):
        said = _(
            "the columns have no names: they are taken to be image, xmin, ymin, xmax, ymax, class"
        )
        return Columns(0, 5, (1, 2, 3, 4), "corner", None, False, said)
    return None


def _first(plain: list[str], names: Sequence[str], taken: Sequence[int]) -> int:
    places = (plain.index(name) for name in names if name in plain)
    return next((place for place in places if place not in taken), -1)
