"""The size that a label file has to tell."""

from __future__ import annotations

from explorer.datasets.annotations import LabelledImage
from explorer.datasets.importers.folder.image_files import size_of
from explorer.i18n import _


def size_to_say(image: LabelledImage) -> tuple[int, int]:
    """Return (width, height) in px: what its label says, else that of the upright image.

    Raises
    ------
    ValueError
        If neither is known: one sentence.
    """
    found = image.said_size_px or size_of(image.path)
    if found is None:
        text = _("the size of {name} is not known: its image cannot be read")
        raise ValueError(text.format(name=image.name))
    return found
