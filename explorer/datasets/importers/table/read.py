"""Reading the tables of a folder."""

from __future__ import annotations

from pathlib import Path

from explorer.datasets.annotations import Annotation, AnnotationSet
from explorer.datasets.importers.folder_contents import Look
from explorer.datasets.importers.gathering import GatheredImage, Gathering
from explorer.datasets.importers.image_files import ImageFiles
from explorer.datasets.importers.numbers import size
from explorer.datasets.importers.side_names import side_word
from explorer.datasets.importers.table.class_names import ClassNames
from explorer.datasets.importers.table.columns import Columns, named_columns
from explorer.datasets.importers.table.guess import guessed_columns
from explorer.datasets.importers.table.lines import Lines
from explorer.datasets.importers.table.units import Units
from explorer.datasets.importers.via import is_via_table
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _, ngettext

_SHOWN = 8
"""Names of columns that a sentence quotes."""

_HEAD = 200
"""Lines of a table that tell what it is."""

_NO = ("", "0", "0.0", "false", "no")


def is_here(look: Look) -> bool:
    """Say whether a folder has a table with columns for an image and a box."""
    for path in look.files.with_suffix(".csv", ".tsv"):
        try:
            lines = Lines(path, look.files, _HEAD)
        except ValueError as error:
            look.refused.append(str(error))
            continue
        if is_via_table(lines.first):
            continue
        if _columns(lines, look.files) is not None:
            return True
        look.refused.append(_not_understood(path, lines))
    return False


def read(
    files: ImageFiles, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> AnnotationSet:
    """Read all tables of a folder and of the folders below it.

    Columns are known by their names in many spellings, without them by what they hold. Boxes are
    two corners, a corner and a size, a centre and a size or an outline, in px or, where no number
    of a table is above 1.5, relative to the image; the set's notes say what was taken. A table
    without a class has objects of one. A line with an image alone is an image without objects. A
    table or a folder called train, val or test decides the side. A group of objects is none.
    """
    gathering = Gathering(files)
    notes: list[str] = []
    names = ClassNames()
    groups = 0
    for path in files.with_suffix(".csv", ".tsv"):
        try:
            lines = Lines(path, files)
        except ValueError as error:
            notes.append(_("{error}: it is left alone", error=error))
            continue
        columns = None if is_via_table(lines.first) else _columns(lines, files)
        if columns is None:
            if not names.add(lines):
                notes.append(_not_understood(path, lines))
            continue
        table = _Table(path, columns, lines, gathering)
        groups += table.read(progress, cancelled)
        notes += table.notes(files.name(path))
    if groups:
        notes.append(
            ngettext(
                "{n:,} box is around a group of objects: left out",
                "{n:,} boxes are around groups of objects: left out",
                groups,
            )
        )
    return names.applied(gathering.finished("csv", None, notes))


def _columns(lines: Lines, files: ImageFiles) -> Columns | None:
    return named_columns(lines.first) or guessed_columns(lines, files)


def _not_understood(path: Path, lines: Lines) -> str:
    shown = ", ".join(lines.first[:_SHOWN]) + (", …" if len(lines.first) > _SHOWN else "")
    return _(
        "{name} is left out, since its columns are not known as an image and a box ({columns}): "
        "call them image, class, xmin, ymin, xmax, ymax",
        name=path.name,
        columns=shown,
    )


class _Table:
    """One file, with what its columns and numbers mean."""

    def __init__(self, path: Path, columns: Columns, lines: Lines, gathering: Gathering) -> None:
        self._path, self._columns, self._lines = path, columns, lines
        self._rows = lines.rows[1:] if columns.header else lines.rows
        self._known: dict[str, GatheredImage] = {}
        self._gathering = gathering
        images = (self._image(row) for __, row in self._rows)
        self._units = Units(columns, lines, self._rows, images)

    def read(self, progress: Progress | None, cancelled: Cancelled | None) -> int:
        """Add all lines to their images; return how many are groups of objects."""
        groups = 0
        for line, row in walk(self._rows, progress, cancelled):
            image = self._image(row)
            if not any(field.strip() for at, field in enumerate(row) if at != self._columns.image):
                continue  # an image without objects
            if len(row) <= max(self._columns.image, *self._columns.box):
                text = _("{name} line {line} has {number} fields, too few for a box")
                text = text.format(name=self._path.name, line=line, number=len(row))
                image.problems.append(text)
                continue
            if self._field(row, self._columns.group).lower() not in _NO:
                image.num_left_out += 1
                groups += 1
                continue
            class_name = self._class_name(row)
            for box in self._units.boxes(row, image):
                image.add(Annotation(class_name, box, _("line {line}", line=line)), self._path)
        return groups

    def notes(self, name: str) -> list[str]:
        """Return what was taken for what."""
        said = [f"{name}: {self._columns.said(self._lines.first, self._units.form)}, "
                f"{self._units.said}"]  # fmt: skip
        if self._units.is_unsure:
            said.append(
                _(
                    "{name}: the numbers may be a corner and a size, too: look at the boxes",
                    name=name,
                )
            )
        if self._columns.class_name is None:
            said.append(
                _("{name} has no column for the class: all objects are called “object”", name=name)
            )
        return said

    def _image(self, row: list[str]) -> GatheredImage:
        said = self._field(row, self._columns.image)
        if said not in self._known:
            folders = [self._path.parent, self._path.parent / "images"]
            image = self._gathering.image(said, self._path, folders, _("no name"))
            self._known[said] = image
            if self._columns.size is not None and image.said_size_px is None:
                image.said_size_px = size(
                    *(self._lines.number(self._field(row, at)) for at in self._columns.size)
                )
            side = side_word(self._field(row, self._columns.side).lower())
            image.sides |= {side} if side is not None else set()
        return self._known[said]

    def _class_name(self, row: list[str]) -> str:
        if self._columns.class_name is None:
            return _("object")
        return self._field(row, self._columns.class_name)

    @staticmethod
    def _field(row: list[str], at: int | None) -> str:
        return row[at].strip() if at is not None and at < len(row) else ""
