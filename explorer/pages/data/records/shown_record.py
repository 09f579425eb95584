"""One record to look at: its bytes by name, its objects, its picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.labels import problem
from explorer.datasets.records.anatomy import Field, Part, record_anatomy
from explorer.datasets.records.detection_record import HEADER, unpack_image, unpack_labels
from explorer.i18n import _
from explorer.images import read_image
from explorer.pages.data.drawn_box import drawn_box
from explorer.pages.data.records.files import SplitFile
from explorer.pages.shared.pictures.pictures import Picture

Four = tuple[float, float, float, float]


@dataclass(frozen=True)
class ObjectRow:
    """One object of a label."""

    name: str
    """Its class: hostile until escaped."""
    fields: tuple[Field, ...]
    """Class and corners, then whatever else the label says of an object."""

    @property
    def is_padding(self) -> bool:
        """Whether it only fills the label up, and is no object."""
        return self.fields[0].value == -1

    @property
    def corners(self) -> Four:
        """The box as it stands in the record, normalised."""
        x0, y0, x1, y1 = (float(field.value or 0.0) for field in self.fields[1:5])
        return x0, y0, x1, y1


@dataclass(frozen=True, eq=False)
class ShownRecord:
    """A record of a file."""

    number: int
    """From 0, in the order of the index."""
    key: int | None
    """What the index calls it."""
    fields: tuple[Field, ...]
    """In the order of the file."""
    labels: NDArray[np.float32]
    """(G, 5) float32: of its objects, as they stand there; without rows of padding."""
    objects: tuple[ObjectRow, ...]
    """With rows of padding, if the label has some."""
    problems: tuple[str, ...]
    """What is wrong with it, a sentence each; hostile until escaped."""
    picture: Picture | None

    @property
    def offset(self) -> int:
        """Where it begins in the file."""
        return self.fields[0].offset

    @property
    def num_bytes(self) -> int:
        """What it takes of the file, the container's words and zeros included."""
        return sum(field.num_bytes for field in self.fields)

    def bytes_of(self, *parts: Part) -> int:
        """Return how many bytes some of its parts take."""
        return sum(field.num_bytes for field in self.fields if field.part in parts)

    def boxes(self) -> list[tuple[Four, str]]:
        """Return each object's box as a figure can draw it, and what is written at it."""
        drawn = []
        for number, row in enumerate(self.objects, start=1):
            box = None if row.is_padding else drawn_box(row.corners, (1, 1))
            if box is not None:
                drawn.append((box, f"{number} {row.name}"))
        return drawn


def shown_record(split: SplitFile, number: int, class_names: Sequence[str]) -> ShownRecord:
    """Read a record out of its file.

    Raises
    ------
    ValueError
        If the file cannot be read, or not any more.
    """
    if split.reader is None:
        raise ValueError(split.notes[-1])
    framed = split.reader.read_framed(number)
    fields = record_anatomy(framed, split.reader.offsets[number], class_names)
    record = split.reader.read(number)
    labels, problems = _labels(record, number, len(class_names) or None)
    picture = None
    try:
        image = read_image(unpack_image(record), _("The image of this record"))
        picture = Picture(image, f"{split.name}.rec/{number}", labels, tuple(class_names))
    except ValueError as error:
        if len(record) >= HEADER.size:  # else that was said of the label
            problems.append(str(error))
    return ShownRecord(
        number,
        split.keys[number] if split.keys else None,
        fields,
        labels,
        _objects(fields),
        tuple(problems),
        picture,
    )


def _labels(
    record: bytes, number: int, num_classes: int | None
) -> tuple[NDArray[np.float32], list[str]]:
    try:
        labels = unpack_labels(record)
    except ValueError as error:
        text = _("Record {number} {problem}.").format(number=number, problem=error)
        return np.zeros((0, 5), np.float32), [text]
    what = problem(labels, num_classes)
    told = _("Training refuses this record: {problem}.").format(problem=what)
    return labels[labels[:, 0] != -1], [] if what is None else [told]


def _objects(fields: Sequence[Field]) -> tuple[ObjectRow, ...]:
    """Return the objects of a label; each begins with its class."""
    rows: list[list[Field]] = []
    for field in fields:
        if field.part != "object":
            continue
        if field.name == "class_id":
            rows.append([])
        rows[-1].append(field)
    return tuple(ObjectRow(row[0].meaning, tuple(row)) for row in rows)
