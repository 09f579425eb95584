"""Reading the tables of a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from explorer.datasets.annotations import Annotation, AnnotationSet
from explorer.datasets.importers.folder.contents import Look
from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.folder.side_names import side_word
from explorer.datasets.importers.gathering import GatheredImage, Gathering
from explorer.datasets.importers.numbers import finite_number, size
from explorer.datasets.importers.table.class_names import ClassNames
from explorer.datasets.importers.table.columns import Columns, named_columns
from explorer.datasets.importers.table.guess import guessed_columns
from explorer.datasets.importers.table.units import Units
from explorer.datasets.importers.table_lines import Lines
from explorer.datasets.importers.via import is_via_table
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _

_SHOWN = 8
"""Names of columns that a sentence quotes."""

_LONGEST_NAME = 40
"""Characters of each."""

_HEAD = 200
"""Lines of a table that tell what it is."""

_LINE = 2000
"""Characters of a text that tell whether it is a table."""

_FEWEST_DELIMITERS = 4
"""In a line with an image and the four numbers of a box."""

_YES = ("1", "1.0", "true", "yes", "t", "y")
"""What says that it is a group; -1 is not known, in Open Images."""


_MOST_COLUMNS = 10_000
"""A wider table has no boxes; which column is which would take minutes to guess."""


def is_here(look: Look) -> bool:
    """Say whether a folder has a table with columns for an image and a box."""
    for path in _tables(look.files, with_texts=not look.found):
        try:
            lines = Lines(path, look.files, _HEAD)
        except ValueError as error:
            look.refused.append(str(error))
            continue
        if is_via_table(lines.first):
            continue
        if _columns(lines, look.files) is not None:
            return True
        if path.suffix.lower() != ".txt":
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
    table or a folder called train, val or test decides the side. A group of objects is none, and
    a table with scores is one of detections: beside tables of labels it is left out.
    """
    gathering = Gathering(files)
    notes: list[str] = []
    names = ClassNames()
    tables: list[_Table] = []
    for path in _tables(files, with_texts=True):
        try:
            lines = Lines(path, files)
        except ValueError as error:
            notes.append(_("{error}: it is left alone", error=error))
            continue
        columns = None if is_via_table(lines.first) else _columns(lines, files)
        if columns is not None:
            tables.append(_Table(path, columns, lines))
        elif not names.add(lines) and path.suffix.lower() != ".txt":
            notes.append(_not_understood(path, lines))
    kept = tables
    for is_worse, why in (
        (_Table.is_scored, _("{name} is left out: its boxes have scores, as detections have")),
        (_Table.has_no_class, _("{name} is left out: it has no class, as others have")),
    ):
        better = [table for table in kept if not is_worse(table)]
        if better:
            notes += [why.format(name=files.name(one.path)) for one in kept if one not in better]
            kept = better
    for table in kept:
        table.read(gathering, progress, cancelled)
        notes += table.notes(files.name(table.path))
    return names.applied(gathering.finished("csv", None, notes))


def _tables(files: ImageFiles, with_texts: bool) -> Iterator[Path]:
    """Yield the tables of a folder, and the texts that begin like one."""
    yield from files.with_suffix(".csv", ".tsv")
    for path in files.with_suffix(".txt") if with_texts else []:
        try:
            first = files.text(path)[:_LINE].partition("\n")[0]
        except ValueError:
            continue
        if max(map(first.count, ",;\t")) >= _FEWEST_DELIMITERS:
            yield path


def _columns(lines: Lines, files: ImageFiles) -> Columns | None:
    if len(lines.first) > _MOST_COLUMNS:
        return None
    return named_columns(lines.first) or guessed_columns(lines, files)


def _not_understood(path: Path, lines: Lines) -> str:
    names = [" ".join(field.split())[:_LONGEST_NAME] for field in lines.first[:_SHOWN]]
    shown = ", ".join(names) + (", …" if len(lines.first) > _SHOWN else "")
    return _(
        "{name} is left out, since its columns are not known as an image and a box ({columns}): "
        "call them image, class, xmin, ymin, xmax, ymax",
        name=path.name,
        columns=shown,
    )


class _Table:
    """One file, with what its columns and numbers mean."""

    def __init__(self, path: Path, columns: Columns, lines: Lines) -> None:
        self.path, self._columns, self._lines = path, columns, lines
        self._rows = lines.rows[1:] if columns.header else lines.rows
        self._known: dict[str, GatheredImage] = {}
        self._units = Units(columns, self._rows)

    def has_no_class(self) -> bool:
        """No column names the class of an object."""
        return self._columns.class_name is None

    def is_scored(self) -> bool:
        """Its boxes have scores; a column of zeros and ones says something else."""
        place = self._columns.score
        return place is not None and any(
            0 < finite_number(self._field(row, place)) < 1 for __, row in self._rows
        )

    def read(
        self, gathering: Gathering, progress: Progress | None, cancelled: Cancelled | None
    ) -> None:
        """Add all lines to their images."""
        images = [self._image(row, gathering) for __, row in self._rows]
        self._units.decide(images)
        rows = enumerate(walk(self._rows, progress, cancelled))
        for (place, (line, row)), image in zip(rows, images, strict=True):
            if not self._units.has_box(place) and self._is_image_alone(row):
                continue
            if len(row) <= max(self._columns.image, *self._columns.box):
                text = _("{name} line {line} has {number} fields, too few for a box")
                text = text.format(name=self.path.name, line=line, number=len(row))
                image.problems.append(text)
                continue
            if self._field(row, self._columns.group).lower() in _YES:
                image.left_out.append(_("group"))
                continue
            class_name = self._class_name(row)
            for box in self._units.boxes(place, image):
                image.add(Annotation(class_name, box, _("line {line}", line=line)), self.path)

    def notes(self, name: str) -> list[str]:
        """Return what was taken for what."""
        convention = self._columns.said(self._lines.first, self._units.form)
        said = [f"{name}: {convention}, {self._units.said}"]
        if self._units.is_unsure:
            said[0] += _("; they may also be a corner and a size: look at the boxes")
        if self.is_scored():
            said.append(_("{name}: its boxes have scores, as detections have", name=name))
        if self.has_no_class():
            said.append(
                _("{name} has no column for the class: all objects are called “object”", name=name)
            )
        return said

    def _image(self, row: list[str], gathering: Gathering) -> GatheredImage:
        said = self._field(row, self._columns.image)
        if said not in self._known:
            side = side_word(self._field(row, self._columns.side).lower())
            image = gathering.image(said, self.path, _("no name"), side)
            self._known[said] = image
            if self._columns.size is not None and image.said_size_px is None:
                width, height = (
                    self._lines.number(self._field(row, at)) for at in self._columns.size
                )
                image.said_size_px = size(width, height)
        return self._known[said]

    def _is_image_alone(self, row: list[str]) -> bool:
        return not any(field.strip() for at, field in enumerate(row) if at != self._columns.image)

    def _class_name(self, row: list[str]) -> str:
        if self._columns.class_name is None:
            return _("object")
        return self._field(row, self._columns.class_name)

    @staticmethod
    def _field(row: list[str], at: int | None) -> str:
        return row[at].strip() if at is not None and at < len(row) else ""
