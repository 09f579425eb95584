"""The size that a label file has to tell."""

from __future__ import annotations

from explorer.datasets.annotations import LabelledImage
from explorer.datasets.importers.image_files import size_of

__all__ = ["size_to_say"]


def size_to_say(image: LabelledImage) -> tuple[int, int]:
    """Return (width, height) in px: what its label says, else that of the upright image.

    Raises
    ------
    ValueError
        If neither is known: one sentence.
    """
    found = image.said_size_px or size_of(image.path)
    if found is None:
        raise ValueError(f"the size of {image.name} is not known: its image cannot be read")
    return found
