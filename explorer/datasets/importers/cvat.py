"""CVAT's XML "for images": one file with images and their shapes, in px."""

from __future__ import annotations

import math
from xml.etree import ElementTree

from explorer.datasets.annotations import Annotation, AnnotationSet
from explorer.datasets.importers.folder.contents import Look, begins
from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.folder.side_names import side_word
from explorer.datasets.importers.folder.texts import read_xml
from explorer.datasets.importers.gathering import Gathering
from explorer.datasets.importers.numbers import Box, finite_number, size
from explorer.datasets.importers.shapes import (
    around_circle,
    around_pairs,
    around_rotated,
)
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _


def is_here(look: Look) -> bool:
    """Say whether a folder has such a file; one of a film has tracks and names no image."""
    for path in look.files.with_suffix(".xml"):
        if begins(path, b"<annotations>"):
            try:
                root = ElementTree.fromstring(read_xml(path))
            except (ElementTree.ParseError, ValueError) as error:
                look.refused.append(f"{path.name}: {error}")
                continue
            if root.find("image") is not None:
                return True
    return False


def read(
    files: ImageFiles, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> AnnotationSet:
    """Read all such files of a folder and of the folders below it.

    A turned box, a polygon, an ellipse and a mask count as the box around them; points and lines
    are no objects. What CVAT calls the subset of an image is its side.
    """
    gathering = Gathering(files)
    notes: list[str] = []
    for path in files.with_suffix(".xml"):
        try:
            root = ElementTree.fromstring(read_xml(path, files.encoding))
        except (ElementTree.ParseError, ValueError) as error:
            notes.append(_("{name} is left alone: {error}", name=files.name(path), error=error))
            continue
        if root.tag != "annotations":
            continue
        for entry in walk(root.findall("image"), progress, cancelled):
            subset = entry.get("subset", "")
            folders = [path.parent, path.parent / "images" / subset, path.parent / "images"]
            side = side_word(subset.lower())
            said = entry.get("name", "")
            image = gathering.image(said, path, folders, _("no name"), side)
            image.said_size_px = size(entry.get("width"), entry.get("height"))
            for number, shape in enumerate(entry, start=1):
                if shape.tag == "tag":  # of the image as a whole
                    continue
                box = _box(shape)
                if box is None:
                    image.left_out.append(shape.tag)
                    continue
                other = "" if shape.tag == "box" else shape.tag
                if finite_number(shape.get("rotation", "0")):
                    other = _("turned {shape}", shape=shape.tag)
                class_name = shape.get("label", "").strip()
                place = _("shape {place}", place=number)
                image.add(Annotation(class_name, box, place, other), path)
    return gathering.finished("cvat", None, notes)


def _box(shape: ElementTree.Element) -> Box | None:
    """Return the box around a shape; None if it has no area."""

    def number(name: str) -> float:
        return finite_number(shape.get(name, "nan"))

    if shape.tag == "box":
        box = number("xtl"), number("ytl"), number("xbr"), number("ybr")
        turn = finite_number(shape.get("rotation", "0"))
        if not turn:
            return box
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return around_rotated(x, y, box[2] - box[0], box[3] - box[1], math.radians(turn))
    if shape.tag == "polygon":
        return around_pairs(shape.get("points", ""))
    if shape.tag == "ellipse":
        return around_circle(number("cx"), number("cy"), number("rx"), number("ry"))
    if shape.tag == "mask":
        left, top = number("left"), number("top")
        return left, top, left + number("width"), top + number("height")
    return None
