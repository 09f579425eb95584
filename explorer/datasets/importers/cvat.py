"""CVAT's XML "for images": one file with images and their shapes, in px."""

from __future__ import annotations

import math
from pathlib import Path
from xml.etree import ElementTree

from explorer.datasets.annotations import Annotation, AnnotationSet
from explorer.datasets.importers.folder.contents import Look, begins, xml_of
from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.folder.side_names import side_word
from explorer.datasets.importers.gathering import Gathering
from explorer.datasets.importers.numbers import Box, finite_number, size
from explorer.datasets.importers.shapes import (
    around_ellipse,
    around_pairs,
    around_rotated,
)
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _


def is_here(look: Look) -> bool:
    """Say whether a folder has such a file; one of a film has tracks and names no image."""
    for path in look.some(".xml"):
        if begins(path, rb"<annotations[\s>]"):
            try:
                if _has_images(path):
                    return True
            except (ElementTree.ParseError, ValueError, LookupError) as error:
                text = _("{name} is not readable as XML: {error}")
                look.refused.append(text.format(name=look.files.name(path), error=error))
    return False


def _has_images(path: Path) -> bool:
    with path.open("rb") as stream:
        for __, element in ElementTree.iterparse(stream, events=("start",)):
            if element.tag in ("image", "track"):
                return element.tag == "image"
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
            root = xml_of(path, files)
        except ValueError as error:
            notes.append(_("{error}: it is left alone", error=error))
            continue
        if root.tag != "annotations":
            continue
        for entry in walk(root.findall("image"), progress, cancelled):
            # CVAT puts the images of a subset into a folder of its name.
            subset, said = entry.get("subset", ""), entry.get("name", "")
            said = f"{subset}/{said}" if subset else said
            image = gathering.image(said, path, _("no name"), side_word(subset.lower()))
            image.said_size_px = size(entry.get("width"), entry.get("height"))
            for number, shape in enumerate(entry, start=1):
                if shape.tag == "tag":  # of the image as a whole
                    continue
                box = _box(shape)
                if box is None:
                    image.left_out.append(shape.tag)
                    continue
                other = "" if shape.tag == "box" else shape.tag
                if _turn(shape):
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
        if not _turn(shape):
            return box
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return around_rotated(x, y, box[2] - box[0], box[3] - box[1], _turn(shape))
    if shape.tag == "polygon":
        return around_pairs(shape.get("points", ""))
    if shape.tag == "ellipse":
        x, y, rx, ry = number("cx"), number("cy"), number("rx"), number("ry")
        return around_ellipse(x, y, rx, ry, _turn(shape))
    if shape.tag == "mask":
        left, top = number("left"), number("top")
        return left, top, left + number("width"), top + number("height")
    return None


def _turn(shape: ElementTree.Element) -> float:
    """Return by how much a box or an ellipse is turned, in radians."""
    return math.radians(finite_number(shape.get("rotation", "0")))
