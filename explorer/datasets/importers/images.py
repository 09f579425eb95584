"""Images that nobody has labelled yet: each with no object."""

from __future__ import annotations

from explorer.datasets.annotations import AnnotationSet, LabelledImage
from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import ngettext


def read(
    files: ImageFiles, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> AnnotationSet:
    """Take all images of a folder and of the folders below it, whatever else is there.

    No image is opened. There is no label file, so each image stands for itself.
    """
    images = tuple(
        LabelledImage(files.name(path), path, path)
        for path in walk(files.images, progress, cancelled)
    )
    note = ngettext(
        "{n:,} image has no label yet: draw boxes on it, or point to the labels",
        "{n:,} images have no label yet: draw boxes on them, or point to the labels",
        len(images),
    )
    return AnnotationSet(files.root, "images", images, (), {}, (note,))
