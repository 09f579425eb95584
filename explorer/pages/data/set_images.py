"""The images of a set with their boxes, read when they are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.own.box_table import BoxTable, counted_in
from explorer.datasets.records.image_bytes import ImageBytes
from explorer.i18n import _
from explorer.images import read_header, read_image, shrunk
from explorer.pages.data.drawn_box import Box, drawn_box
from explorer.pages.shared.pictures.pictures import Picture

SMALL_SIDE_PX = 320
"""The longer side of a small picture."""

KEPT = 96
"""This many small pictures are kept, the last ones used; each takes a quarter of a megabyte."""


@dataclass(frozen=True)
class SeenBox:
    """One object on an image."""

    row: int
    """Of the table."""
    class_id: int
    box: Box | None
    """corner, normalised to the picture, or None: may reach out of it; None where the label has
    no four numbers.
    """
    measured: bool
    """Whether it can be trained on."""


@dataclass(frozen=True, eq=False)
class SeenImage:
    """One image, unpacked."""

    number: int
    """In the set."""
    picture: Picture | None
    """None where it cannot be read."""
    size_px: tuple[int, int] | None
    """(width, height) or None: of the whole image; `picture` may be smaller."""
    boxes: tuple[SeenBox, ...]
    problem: str
    """Why it cannot be read: one sentence, hostile until escaped; or ""."""


class SetImages:
    """Reads images of a set, whose boxes are in a table; threads may share it."""

    def __init__(self, annotations: AnnotationSet, table: BoxTable) -> None:
        self._table = table
        self._read = partial(_read, annotations, table, ImageBytes())
        self._small = lru_cache(KEPT)(partial(self._read, side_px=SMALL_SIDE_PX))

    def small(self, number: int) -> SeenImage:
        """Return an image no larger than `SMALL_SIDE_PX`, its size apart."""
        return self._small(number)

    def whole(self, number: int) -> SeenImage:
        """Return an image in its own size."""
        return self._read(number, side_px=None)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Of the set, in order of their numbers."""
        return self._table.class_names

    def labels(self, number: int) -> NDArray[np.float32]:
        """Return the objects of an image that can be trained on, (G, 5): class_id, corner box."""
        rows = self._table.rows_of(number)
        labels = np.column_stack([self._table.class_id[rows], self._table.boxes[rows]])
        good: NDArray[np.float32] = labels[self._table.measured[rows]].astype(np.float32)
        return good


def _read(
    annotations: AnnotationSet,
    table: BoxTable,
    contents: ImageBytes,
    number: int,
    side_px: int | None,
) -> SeenImage:
    image = annotations.images[number]
    try:
        content = contents.read(image)
        pixels = read_image(content, image.name, side_px)
        size = read_header(content, image.name).size_px
    except ValueError as error:
        return SeenImage(number, None, None, (), str(error))
    except OSError:
        return SeenImage(number, None, None, (), _("The image is not there."))
    if side_px is not None:
        pixels = shrunk(pixels, side_px)
    frame = counted_in(image, size)
    rows = table.rows_of(number)
    boxes = tuple(
        SeenBox(row, class_id, drawn_box(one.box_px, frame), measured)
        for one, row, class_id, measured in zip(
            image.objects,
            range(rows.start, rows.stop),
            table.class_id[rows].tolist(),
            table.measured[rows].tolist(),
            strict=True,
        )
    )
    return SeenImage(number, Picture(pixels, image.name), size, boxes, "")
