"""Images that no label names: most likely a label file is missing."""

from __future__ import annotations

from collections.abc import Iterable

from explorer.datasets.annotations import LabelledImage
from explorer.datasets.importers.image_files import ImageFiles
from explorer.i18n import ngettext

_NAMED = 3


def unlabelled_note(files: ImageFiles, images: Iterable[LabelledImage]) -> str | None:
    """Return a sentence about the images of a folder that are not among `images`, or None."""
    used = {image.path for image in images}
    left = [files.name(path) for path in files.images if path not in used]
    if not left:
        return None
    names = ", ".join(left[:_NAMED]) + (", …" if len(left) > _NAMED else "")
    return ngettext(
        "{n:,} image has no label and is not used: {names}",
        "{n:,} images have no label and are not used: {names}",
        len(left),
        names=names,
    )
