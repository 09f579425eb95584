"""Tables of boxes (CSV): one line per object, in whatever columns."""

from __future__ import annotations

import csv
import math
from pathlib import Path

from explorer.datasets.annotations import Annotation, AnnotationSet, LabelledImage
from explorer.datasets.importers.folder_contents import Look
from explorer.datasets.importers.image_files import ImageFiles, size_of
from explorer.datasets.importers.numbers import finite_number, size
from explorer.datasets.importers.split_lists import split_of_folder
from explorer.datasets.importers.table_columns import Columns, columns_of, delimiter_of
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _

_NORMALISED_LIMIT = 1.5
"""If no number of a table is above it, its unit is the image: no px box is that small."""


def is_here(look: Look) -> bool:
    """Say whether a folder has a file with columns for an image, a class and a box."""
    return any(map(_is_table, look.files.with_suffix(".csv", ".tsv")))


def read(
    files: ImageFiles, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> AnnotationSet:
    """Read all tables of a folder and of the folders below it.

    Columns are known by their names in many spellings, the delimiter by what the first line has
    most of. Boxes are two corners, a corner and a size, or a centre and a size, in px or, where
    no number of a table is above 1.5, relative to the image; the set's notes say which was
    taken. A line with an image alone is an image without objects. A table or a folder called
    train or val decides the split.

    Raises
    ------
    ValueError
        If a table is not readable as text.
    """
    found: dict[str, _Image] = {}
    split: dict[str, str] = {}
    notes: list[str] = []
    for path in files.with_suffix(".csv", ".tsv"):
        columns, delimiter = _columns(path)
        if columns is None:
            continue
        rows = _rows(path, columns, delimiter)
        table = _Table(path, files, columns, rows)
        notes.append(f"{files.name(path)}: {columns.said}, {table.unit}")
        side = split_of_folder(f"{path.stem}/x".replace("_labels", ""))
        for line, row in walk(rows, progress, cancelled):
            image = table.image(row, found)
            image.add(table, row, line)
            here = side or split_of_folder(image.name)
            if here in ("train", "val"):
                split[image.name] = here
    images = tuple(image.finished() for image in found.values())
    names = {one.class_name for image in images for one in image.objects}
    return AnnotationSet(files.root, "csv", images, tuple(sorted(names)), split, tuple(notes))


def _is_table(path: Path) -> bool:
    try:
        return _columns(path)[0] is not None
    except ValueError:
        return False


class _Image:
    """An image while its lines are read."""

    def __init__(self, name: str, path: Path | None, table: Path, doubt: str | None) -> None:
        self.name, self.path, self._table = name, path, table
        self.said_size: tuple[int, int] | None = None
        self.upright: tuple[int, int] | None = None
        self._objects: list[Annotation] = []
        self._problems = [] if doubt is None else [f"{table.name}: {doubt}"]

    def add(self, table: _Table, row: list[str], line: int) -> None:
        columns = table.columns
        if len(row) <= max(columns.image, columns.class_name, *columns.box):
            if any(field.strip() for field in row[1:]):
                text = _("{name} line {line} has {number} fields, too few for a box")
                self._problems.append(
                    text.format(name=self._table.name, line=line, number=len(row))
                )
            return
        if columns.size is not None and self.said_size is None:
            self.said_size = size(*(row[n] if n < len(row) else "" for n in columns.size))
        texts = [row[place] for place in columns.box]
        class_name = row[columns.class_name].strip()
        if class_name or any(text.strip() for text in texts):
            box = table.box([finite_number(text) for text in texts], self)
            self._objects.append(Annotation(class_name, box, _("line {line}", line=line)))

    def finished(self) -> LabelledImage:
        objects, problems = tuple(self._objects), tuple(self._problems)
        return LabelledImage(self.name, self.path, self._table, self.said_size, objects, problems)


class _Table:
    """One file, with what its numbers mean."""

    def __init__(
        self, path: Path, files: ImageFiles, columns: Columns, rows: list[tuple[int, list[str]]]
    ) -> None:
        self.path, self.columns, self._files = path, columns, files
        values = [
            finite_number(row[place])
            for __, row in rows
            for place in columns.box
            if place < len(row)
        ]
        largest = max((abs(value) for value in values if value == value), default=math.inf)
        self._relative = largest <= _NORMALISED_LIMIT
        self.unit = _("relative to the image") if self._relative else _("in px")

    def image(self, row: list[str], found: dict[str, _Image]) -> _Image:
        said = row[self.columns.image].strip()
        if said not in found:
            folders = [self.path.parent, self.path.parent / "images"]
            path, doubt = self._files.find(said, folders)
            if path is None and doubt is None:
                path, doubt = self._files.with_stem(said, folders)
            name = self._files.called(path, said) or _("no name")
            found[said] = _Image(name, path, self.path, doubt)
        return found[said]

    def box(self, values: list[float], image: _Image) -> tuple[float, float, float, float]:
        a, b, c, d = values
        if self.columns.form == "sized":
            c, d = a + c, b + d
        elif self.columns.form == "centre":
            a, b, c, d = a - c / 2, b - d / 2, a + c / 2, b + d / 2
        if not self._relative:
            return a, b, c, d
        image.upright = image.upright or size_of(image.path) or image.said_size
        width, height = image.upright or (math.nan, math.nan)
        return a * width, b * height, c * width, d * height


def _columns(path: Path) -> tuple[Columns | None, str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            line = stream.readline(10_000).strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        text = _("{name} is not readable as a table: {error}")
        raise ValueError(text.format(name=path.name, error=error)) from None
    delimiter = delimiter_of(line)
    first = next(csv.reader([line], delimiter=delimiter), [])
    return columns_of(first), delimiter


def _rows(path: Path, columns: Columns, delimiter: str) -> list[tuple[int, list[str]]]:
    """Return the lines with an image in them, with their numbers from 1, without the header."""
    rows = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, delimiter=delimiter)
            for row in reader:
                is_header = columns.header and not rows and reader.line_num == 1
                if not is_header and len(row) > columns.image:
                    rows.append((reader.line_num, row))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        text = _("{name} is not readable as a table: {error}")
        raise ValueError(text.format(name=path.name, error=error)) from None
    return rows
