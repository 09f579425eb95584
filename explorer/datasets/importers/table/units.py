"""What the numbers of a table's boxes are: corners or sizes, in px or relative to the image."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from explorer.datasets.importers.folder.image_files import size_of
from explorer.datasets.importers.gathering import GatheredImage
from explorer.datasets.importers.numbers import Box, bounding_box, scaled
from explorer.datasets.importers.table.cells import boxes_in
from explorer.datasets.importers.table.columns import Columns, Form
from explorer.datasets.importers.table_lines import Lines
from explorer.i18n import _

RELATIVE_LIMIT = 1.5
"""If no number of a table is above it, its unit is the image: no px box is that small."""

_OVERSHOOT = 1.02
"""How far a box may reach, in parts of the image: labels overshoot by a rounding."""

_DAMAGED = 0.02
"""The part of the boxes whose corners may be swapped, in a table of corners."""

_ENOUGH = 200
"""Boxes that are held against their images to tell corners from sizes."""


class Units:
    """The meaning of one table's numbers, decided by all of them."""

    def __init__(self, columns: Columns, rows: list[tuple[int, list[str]]]) -> None:
        self._columns = columns
        self._sizes: dict[int, tuple[float, float]] = {}
        self._read = [self._cells(row) for __, row in rows]
        sides = [side for boxes in self._read for box, __ in boxes for side in box if side == side]
        largest = max(max(sides), -min(sides)) if sides else math.inf
        self._relative = largest <= RELATIVE_LIMIT
        self.said = _("relative to the image") if self._relative else _("in px")
        self.is_unsure = False
        self.form = columns.form or Form.CORNERS

    def decide(self, images: Iterable[GatheredImage]) -> None:
        """Find out what the numbers are, unless the columns say it.

        Parameters
        ----------
        images : iterable
            That of each row.
        """
        if self._columns.form is None:
            self.form = self._form(zip(self._read, images, strict=True))

    def has_box(self, place: int) -> bool:
        """Say whether there are any numbers of a box in the row at a place, from 0."""
        return bool(self._read[place])

    def boxes(self, place: int, image: GatheredImage) -> Iterator[Box]:
        """Yield the boxes of the row at a place, from 0: corner, in px."""
        for numbers, form in self._read[place]:
            box = _corners(numbers, form or self.form)
            yield scaled(box, *self._size(image)) if self._relative else box

    def _cells(self, row: list[str]) -> list[tuple[Box, Form | None]]:
        """Return the numbers of a line's boxes, with what they are where the cell says so."""
        box = self._columns.box
        fields = [row[at] if at < len(row) else "" for at in box]
        if len(fields) == 1:
            return boxes_in(fields[0])
        if not any(map(str.strip, fields)):
            return []
        numbers = [*map(Lines.number, fields)]
        if self._columns.form is Form.OUTLINE:
            return [(bounding_box(numbers[0::2], numbers[1::2]), Form.CORNERS)]
        a, b, c, d = numbers
        return [((a, b, c, d), None)]

    def _form(self, rows: Iterable[tuple[list[tuple[Box, Form | None]], GatheredImage]]) -> Form:
        """Return the form under which more boxes lie in their images; corners if unsure."""
        no_corners = no_sizes = count = 0
        for boxes, image in rows:
            for (a, b, c, d), form in boxes:
                if form is not None or math.isnan(a + b + c + d):
                    continue
                width, height = (1.0, 1.0) if self._relative else self._size(image)
                no_corners += not (a < c and b < d)
                no_sizes += a + c > width * _OVERSHOOT or b + d > height * _OVERSHOOT
                count += 1
            if count >= _ENOUGH:
                break
        if no_corners > max(no_sizes, _DAMAGED * count):
            return Form.SIZED
        self.is_unsure = no_sizes <= no_corners and count > 0
        return Form.CORNERS

    def _size(self, image: GatheredImage) -> tuple[float, float]:
        found = self._sizes.get(id(image))
        if found is None:
            found = size_of(image.path) or image.said_size_px or (math.nan, math.nan)
            self._sizes[id(image)] = found
        return found


def _corners(numbers: Box, form: Form) -> Box:
    a, b, c, d = numbers
    if form is Form.SIZED:
        return a, b, a + c, b + d
    if form is Form.CENTRE:
        return a - c / 2, b - d / 2, a + c / 2, b + d / 2
    return numbers
