"""The rectangle that an image's boxes are counted in, and what is wrong with it.

A label file says a size, the image file has one, and EXIF may turn it. Usually all agree.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.annotations import LabelledImage
from explorer.datasets.doctor.image_facts import ImageFacts
from explorer.datasets.doctor.kinds import Kind
from explorer.datasets.doctor.readings import TOLERANCE
from explorer.i18n import _

Size = tuple[int, int]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Frame:
    """What boxes are counted in."""

    size_px: Size | None
    """(width, height) or None: None where neither the label nor the image tells one."""
    problem: tuple[Kind, str] | None = None
    """`SIZE_DIFFERS`, `EXIF_TURNED` or `EXIF_UNCLEAR`, and the sentence."""


def frames_of(
    images: Sequence[LabelledImage], facts: Sequence[ImageFacts], relative: bool
) -> list[Frame]:
    """Find out what the boxes of each image are counted in.

    Parameters
    ----------
    images : sequence of LabelledImage
    facts : sequence of ImageFacts
        Of the same images.
    relative : bool
        The label files have shares of the sides, which fit an image however it is turned.

    Notes
    -----
    - Size said and size of the upright file agree: nothing to say.
    - EXIF turns the image by a quarter, and the label says the size that it has unturned: the
      boxes were drawn on the unturned image, unless they fit only the upright one. Where the label
      says no size, boxes that fit into only one of the two decide; where they fit both, or the
      turn keeps the size, nobody can know, and that is said as a note.
    - The label says another size. Either the image was made larger or smaller after its boxes
      were drawn, and they are counted in the size said; or that size is wrong alone, and they are
      counted in the file's. Boxes that fill only a corner of the larger of the two were not drawn
      there: the smaller one that holds them all is more likely. All images of the set
      with this pair of sizes are judged together, since one box alone may well lie in a corner.
    """
    drawn: dict[tuple[Size | None, Size | None], list[Box]] = defaultdict(list)
    for image, fact in zip(images, facts, strict=True):
        drawn[image.said_size_px, fact.upright_px] += _boxes(image)
    return [
        _frame(image, fact, relative, drawn[image.said_size_px, fact.upright_px])
        for image, fact in zip(images, facts, strict=True)
    ]


def _frame(image: LabelledImage, facts: ImageFacts, relative: bool, drawn: list[Box]) -> Frame:
    said = image.said_size_px
    size = facts.upright_px
    if said is not None and min(said) <= 0:
        text = _("The label says {said} px, which is not a size").format(said=_text(said))
        return Frame(size, (Kind.SIZE_DIFFERS, text))
    if size is None:
        return Frame(said)
    if facts.orientation != 1 and (said is None or said in (size, facts.stored_px)):
        return _turned_frame(image, facts, size, relative)
    if said is None or said == size:
        return Frame(size)
    smaller, larger = sorted((size, said), key=lambda sides: sides[0] * sides[1])
    counted_in = smaller if _fits(drawn, smaller) else larger
    return Frame(counted_in, _size_differs(said, size))


def _turned_frame(image: LabelledImage, facts: ImageFacts, size: Size, relative: bool) -> Frame:
    said, stored = image.said_size_px, facts.stored_px
    boxes = _boxes(image)
    if not boxes:
        return Frame(said or size)
    if (
        stored is not None
        and said == stored != size
        and _fits(boxes, size)
        and not _fits(boxes, stored)
    ):
        return Frame(size, _size_differs(stored, size))
    if stored is not None and stored != size and not relative:
        unturned = said == stored or (
            said is None and _fits(boxes, stored) and not _fits(boxes, size)
        )
        if unturned:
            text = _(
                "EXIF turns the image to {size} px, and its boxes are counted in {stored} px, "
                "unturned"
            ).format(size=_text(size), stored=_text(stored))
            return Frame(stored, (Kind.EXIF_TURNED, text))
        if said == size or not _fits(boxes, stored):
            return Frame(size)
    text = _(
        "EXIF turns or mirrors the image; nobody can tell whether its boxes were drawn that way"
    )
    return Frame(size, (Kind.EXIF_UNCLEAR, text))


def _size_differs(said: Size, size: Size) -> tuple[Kind, str]:
    text = _("The label says {said} px, the image has {size} px")
    return Kind.SIZE_DIFFERS, text.format(said=_text(said), size=_text(size))


def turned(box: Box, orientation: int, stored: Size) -> Box:
    """Return a box of the stored image on the upright one.

    Its corners go where `PIL.ImageOps.exif_transpose` moves the pixels.

    Parameters
    ----------
    box : corner, px
    orientation : int
        Of EXIF, 1 to 8.
    stored : (width, height)
        Of the image before it is turned.
    """
    x0, y0, x1, y1 = box
    width, height = stored
    if orientation in (2, 3, 7, 8):
        x0, x1 = width - x1, width - x0
    if orientation in (3, 4, 6, 7):
        y0, y1 = height - y1, height - y0
    return (y0, x0, y1, x1) if orientation in (5, 6, 7, 8) else (x0, y0, x1, y1)


def _boxes(image: LabelledImage) -> list[Box]:
    """Return the boxes that have four numbers."""
    boxes = (one.box_px for one in image.objects)
    return [box for box in boxes if all(map(math.isfinite, box))]


def _fits(boxes: Sequence[Box], size: Size) -> bool:
    """Say whether all boxes lie within `size`, or overshoot by a rounding."""
    array: NDArray[np.float64] = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    relative = array / (*size, *size)
    return bool(((relative >= -TOLERANCE) & (relative <= 1 + TOLERANCE)).all())


def _text(size: Size) -> str:
    return f"{size[0]}×{size[1]}"
