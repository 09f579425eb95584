"""CreateML's JSON: a list of images, with boxes as centre and size in px."""

from __future__ import annotations

from typing import Any

from explorer.datasets.annotations import Annotation, AnnotationSet
from explorer.datasets.importers.folder.contents import (
    Look,
    entries,
    json_files,
    objects_in,
    text_in,
)
from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.gathering import Gathering
from explorer.datasets.importers.numbers import finite_number
from explorer.datasets.importers.shapes import around_circle
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _


def is_createml(content: Any) -> bool:
    """Say whether it is a list of images with coordinates."""
    return isinstance(content, list) and any(
        isinstance(one, dict)
        and _said(one) is not None
        and isinstance(one.get("annotations"), list)
        for one in content
    )


def is_here(look: Look) -> bool:
    """Say whether a folder has such files."""
    return any(map(is_createml, look.json_contents))


def read(
    files: ImageFiles, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> AnnotationSet:
    """Read all files of CreateML in a folder and in the folders below it."""
    gathering = Gathering(files)
    notes: list[str] = []
    for path, content in json_files(files, notes):
        if not is_createml(content):
            continue
        found = objects_in(content, files.name(path), notes)
        for entry in walk(found, progress, cancelled):
            image = gathering.image(_said(entry) or "", path, _("no name"))
            for number, row in enumerate(entries(entry, "annotations"), start=1):
                place = row.get("coordinates")
                place = place if isinstance(place, dict) else {}
                x, y, width, height = (
                    finite_number(place.get(key)) for key in ("x", "y", "width", "height")
                )
                class_name = text_in(row.get("label")) or text_in(row.get("class"))
                box = around_circle(x, y, width / 2, height / 2)
                image.add(Annotation(class_name, box, _("object {number}", number=number)), path)
    return gathering.finished("createml", None, notes)


def _said(entry: dict[str, Any]) -> str | None:
    """Return what an image is called, under the keys that versions have for it."""
    names = (entry.get(key) for key in ("image", "imagefilename", "imageFilename", "filename"))
    return next((name for name in names if isinstance(name, str)), None)
