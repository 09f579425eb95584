"""What the doctor remembers of an image: its size, its damage and a thumbnail of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.datasets.doctor.kinds import Kind
from explorer.i18n import _
from explorer.images import DAMAGE, SIDEWAYS, open_image, orientation_of

THUMBNAIL_SIDE = 16
"""So coarse that JPEG's losses vanish, so fine that an object of a tenth of a side does not."""

_DRAFT_SIDE = 64
"""JPEG unpacks to no less than this: it reads all of the file, and computes an eighth of it."""

_AVERAGED = ("RGB", "RGBA", "L", "CMYK")
"""Modes whose numbers may be averaged; those of a palette may not."""


@dataclass(frozen=True, eq=False)
class ImageFacts:
    """One image file; less than a kilobyte, whatever its size."""

    stored_px: tuple[int, int] | None
    """(width, height) or None: before EXIF turns it; None where the header cannot be read."""
    orientation: int
    """Of EXIF, 1 to 8; 1 is upright."""
    problem: tuple[Kind, str] | None
    """What keeps it from being read, and the sentence that says so."""
    digest: bytes
    """Equal for equal files."""
    thumbnail: NDArray[np.uint8] | None
    """(16, 16, 3) uint8 RGB, or None."""

    @property
    def upright_px(self) -> tuple[int, int] | None:
        """Width and height after EXIF has turned it."""
        if self.stored_px is None or self.orientation not in SIDEWAYS:
            return self.stored_px
        return self.stored_px[1], self.stored_px[0]


def missing(sentence: str, kind: Kind = Kind.IMAGE_MISSING) -> ImageFacts:
    """Return what is known of an image that there is not."""
    return ImageFacts(None, 1, (kind, sentence), b"", None)


def look_at(content: bytes, name: str) -> ImageFacts:
    """Read the header, then all pixels: only that finds out that a file is cut off.

    Parameters
    ----------
    content : bytes
        The encoded image.
    name : str
        What the sentence about a damage calls it.
    """
    digest = hashlib.blake2b(content, digest_size=16).digest()
    try:
        image = open_image(content, name)
    except ValueError as error:
        return ImageFacts(None, 1, (Kind.IMAGE_UNREADABLE, str(error)), digest, None)
    with image:
        size, orientation = image.size, orientation_of(image)
        try:
            image.draft("RGB", (_DRAFT_SIDE, _DRAFT_SIDE))
            image.load()
        except DAMAGE:
            problem = (Kind.IMAGE_TRUNCATED, _("{name} is damaged or cut off").format(name=name))
            return ImageFacts(size, orientation, problem, digest, None)
        # Of a large image there is only one copy: a change of mode would make another.
        if image.mode not in _AVERAGED:
            image = image.convert("RGB")
        small = image.resize((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BOX)
        return ImageFacts(size, orientation, None, digest, np.asarray(small.convert("RGB")))
