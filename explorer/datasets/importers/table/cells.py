"""A cell of a table that holds a whole box, or all boxes of an image."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from explorer.datasets.importers.numbers import NO_BOX, Box, box_around, finite_number
from explorer.datasets.importers.table.columns import Form

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_WKT = re.compile(r"^\s*(?:MULTI)?(?:POLYGON|LINESTRING|POINT)\s*Z?\s*\(", re.IGNORECASE)
_LONGEST = 100_000
"""Characters of a cell that are read."""

_KEYS = (
    (Form.CORNERS, ("xmin", "ymin", "xmax", "ymax")),
    (Form.CORNERS, ("x1", "y1", "x2", "y2")),
    (Form.CORNERS, ("left", "top", "right", "bottom")),
    (Form.SIZED, ("x", "y", "width", "height")),
    (Form.SIZED, ("x", "y", "w", "h")),
    (Form.SIZED, ("left", "top", "width", "height")),
)


def boxes_in(cell: str) -> list[tuple[Box, Form | None]]:
    """Return the boxes that a cell holds, each with what its numbers are if the cell says it.

    ``[40, 50, 140, 170]``, ``(40 50 140 170)``, ``{'x': 40, …}`` and lists of these are read; a
    list of three or more points is an outline. What is none of them is a box without numbers.
    """
    text = cell.strip()
    if not text.strip("[](){} "):
        return []
    if _WKT.match(text):  # well-known text, as geographers write outlines; a height may follow
        points = [_NUMBER.findall(point) for point in text.split(",")]
        return [(box_around(points), Form.CORNERS)]
    try:
        value = ast.literal_eval(text[:_LONGEST])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        numbers = [float(each) for each in _NUMBER.findall(text[:_LONGEST])]
        rest = _NUMBER.sub("", text).strip("[](){} ,;|\t\n")
        value = numbers if not rest.strip(" ,;|") else None
    found = list(_boxes(value))
    return found or [(NO_BOX, Form.CORNERS)]


def _boxes(value: Any) -> Iterator[tuple[Box, Form | None]]:
    if isinstance(value, dict):
        names = {str(key).lower(): number for key, number in value.items()}
        for form, keys in _KEYS:
            if set(keys) <= names.keys():
                a, b, c, d = (finite_number(names[key]) for key in keys)
                yield (a, b, c, d), form
                return
    elif isinstance(value, list | tuple):
        if len(value) == 4 and not any(isinstance(one, list | tuple | dict) for one in value):
            a, b, c, d = map(finite_number, value)
            yield (a, b, c, d), None
        elif len(value) > 2 and all(_is_point(one) for one in value):
            yield box_around(value), Form.CORNERS
        else:
            for one in value:
                yield from _boxes(one)


def _is_point(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2
