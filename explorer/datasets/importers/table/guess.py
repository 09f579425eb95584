"""Columns that no header names, known by what is in them."""

from __future__ import annotations

import math
from itertools import groupby, pairwise

from explorer.datasets.importers.folder.image_files import ImageFiles, size_of
from explorer.datasets.importers.table.cells import boxes_in
from explorer.datasets.importers.table.columns import Columns
from explorer.datasets.importers.table_lines import Lines
from explorer.images import IMAGE_SUFFIXES, UNREAD_FORMATS

_ROWS = 200
"""That are looked at."""

_MOST_IDS = 1000
"""Of classes: larger numbers are something else."""

_OVERSHOOT = 1.02
"""How far a box may reach, in parts of the image: labels overshoot by a rounding."""


def guessed_columns(lines: Lines, files: ImageFiles) -> Columns | None:
    """Return the columns of a table whose first row does not name them; None if it has no boxes.

    The image's column holds names of images, the box is four columns of numbers in a row or one
    of whole boxes, a size of the image may stand beside it, and what is left is the class. A
    first row of words over columns of numbers is a header in another language: then only boxes
    that fit their images are believed.
    """
    rows = [row for __, row in lines.rows[:_ROWS]]
    plain = _Guess(rows, lines, files).columns(header=False)
    if plain is not None or len(rows) < 2:
        return plain
    guess = _Guess(rows[1:], lines, files)
    named = guess.columns(header=True)
    return named if named is not None and guess.fits(named) else None


class _Guess:
    def __init__(self, rows: list[list[str]], lines: Lines, files: ImageFiles) -> None:
        self._rows, self._lines, self._files = rows, lines, files
        width = max(map(len, rows), default=0)
        self._cells = [[row[at].strip() if at < len(row) else "" for row in rows]
                       for at in range(width)]  # fmt: skip

    def columns(self, header: bool) -> Columns | None:
        places = range(len(self._cells))
        image = next((at for at in places if self._are_images(at)), None)
        if image is None:
            return None
        numeric = [at for at in places if at != image and self._are_numbers(at)]
        size = self._size(image, numeric)
        runs = _runs([at for at in numeric if size is None or at not in size])
        run = next((run for run in runs if len(run) in (4, 5)), None)  # a class may be beside
        whole = next((at for at in places if at != image and self._are_boxes(at)), None)
        if run is not None:
            box = tuple(run[1:5] if len(run) == 5 and self._is_id_before(run) else run[:4])
        elif whole is not None:
            box = (whole,)
        elif len(self._cells) == 6 and not any(map(any, self._cells[1:])):
            return Columns(0, 5, (1, 2, 3, 4), None, header=header)  # images without objects
        else:
            return None
        taken = {image, *box, *(size or ())}
        words = [at for at in places if at not in taken and at not in numeric and self._cells[at]]
        ids = [at for at in numeric if at not in taken and self._are_whole(at)]
        beside = [at for at in (box[-1] + 1, box[0] - 1) if at in ids]
        apart = [at for at in ids if self._are_ids(at) and not self._are_counted(at)]
        class_name = next(iter([*words, *beside, *apart]), None)
        return Columns(image, class_name, box, None, size, header=header)

    def fits(self, columns: Columns) -> bool:
        """Say whether every box lies in its image, and each image is there."""
        for row in self._rows:
            if len(row) <= max(columns.image, *columns.box):
                continue  # it is cut off
            frame = size_of(self._files.find(row[columns.image])[0])
            if frame is None:
                return False
            if len(columns.box) == 1:
                continue
            a, b, c, d = (self._lines.number(row[at]) for at in columns.box)
            corners = a < c <= frame[0] * _OVERSHOOT and b < d <= frame[1] * _OVERSHOOT
            sized = a + c <= frame[0] * _OVERSHOOT and b + d <= frame[1] * _OVERSHOOT
            if min(a, b, c, d) < 0 or not (corners or sized):
                return False
        return True

    def _are_images(self, at: int) -> bool:
        known = (*IMAGE_SUFFIXES, *UNREAD_FORMATS)
        cells = [cell for cell in self._cells[at] if cell]
        named = sum(
            cell.lower().endswith(known) or self._files.find(cell)[0] is not None for cell in cells
        )
        # Images may be called 1, 2, 3, but columns of numbers are rather something else.
        return named >= 0.9 * len(cells) > 0 and not all(map(self._is_number, cells))

    def _is_number(self, cell: str) -> bool:
        return not math.isnan(self._lines.number(cell))

    def _are_numbers(self, at: int) -> bool:
        cells = [cell for cell in self._cells[at] if cell]
        return 2 * sum(map(self._is_number, cells)) >= len(cells) > 0  # some may be damaged

    def _are_boxes(self, at: int) -> bool:
        cells = [cell for cell in self._cells[at] if cell]
        return bool(cells) and all(
            cell[0] in "[({" and not math.isnan(box[0])
            for cell in cells
            for box, __ in boxes_in(cell)
        )

    def _are_whole(self, at: int) -> bool:
        return all(value.is_integer() for value in self._values(at))

    def _values(self, at: int) -> list[float]:
        return [self._lines.number(cell) for cell in self._cells[at] if cell]

    def _are_ids(self, at: int) -> bool:
        values = self._values(at)
        whole = all(value.is_integer() and 0 <= value < _MOST_IDS for value in values)
        return whole and len(set(values)) <= max(5, len(values) // 5)

    def _are_counted(self, at: int) -> bool:
        """Say whether the lines are numbered."""
        values = self._values(at)
        return len(values) > 1 and all(after - one == 1 for one, after in pairwise(values))

    def _is_id_before(self, run: list[int]) -> bool:
        """Say whether of five numbers the first is the class, not the last."""
        first, last = self._are_ids(run[0]), self._are_ids(run[4])
        if not (first and last):
            return first
        before, behind = self._num_corners(run[1:5]), self._num_corners(run[:4])
        # Both may be corners; ids are smaller than sides.
        return before > behind or (
            before == behind and max(self._values(run[0])) < max(self._values(run[4]))
        )

    def _num_corners(self, box: list[int]) -> int:
        x0, y0, x1, y1 = (map(self._lines.number, self._cells[at]) for at in box)
        return sum(a < c and b < d for a, b, c, d in zip(x0, y0, x1, y1, strict=True))

    def _size(self, image: int, numeric: list[int]) -> tuple[int, int] | None:
        """Return the two columns that hold the size of each image."""
        for at in numeric:
            if at + 1 in numeric and all(self._says_size(row, image, at) for row in self._rows[:5]):
                return at, at + 1
        return None

    def _says_size(self, row: list[str], image: int, at: int) -> bool:
        frame = size_of(self._files.find(row[image])[0]) if image < len(row) else None
        said = [self._lines.number(field) for field in row[at : at + 2]]
        return frame is not None and said == list(frame)


def _runs(places: list[int]) -> list[list[int]]:
    """Return neighbouring columns together."""
    grouped = groupby(enumerate(places), key=lambda pair: pair[1] - pair[0])
    return [[place for __, place in group] for __, group in grouped]
