"""Pascal VOC annotations: one XML file per image, as LabelImg and most other tools write it.

VOC counts pixels from 1 and includes the last one, so that the box of a whole image of width W
is 1..W. A box is therefore read as xmin - 1 to xmax, and the same for y. Tools that count from 0
write the same names; their boxes come out a pixel larger at the left and at the top, but what
is 0 or less, which VOC does not know, stays as it is.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

from explorer.datasets.annotations import Annotation, AnnotationSet
from explorer.datasets.importers.folder.contents import Look, begins, xml_of
from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.folder.path_names import parts_of
from explorer.datasets.importers.folder.split_lists import voc_split
from explorer.datasets.importers.gathering import Gathering
from explorer.datasets.importers.numbers import NO_BOX, Box, bounding_box, finite_number, size
from explorer.datasets.importers.shapes import around_rotated
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _

_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_DIGITS = "0123456789"


def is_here(look: Look) -> bool:
    """Say whether a folder has such files."""
    return any(begins(path, rb"<annotation[\s>]") for path in look.some(".xml"))


def read(
    files: ImageFiles, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> AnnotationSet:
    """Read all annotations of a folder and of the folders below it, in order of their paths.

    An image is looked for beside its annotation, or in ``JPEGImages`` beside the folder
    ``Annotations``, by the annotation's own name; then anywhere by the path that stands in it,
    and by the annotation's own name; upper and lower case do not matter. No image is opened.
    ``ImageSets/Main`` decides the split. A polygon or a turned box counts as the box around it. A
    file that is no annotation is left alone, and said.
    """
    gathering = Gathering(files)
    notes: list[str] = []
    for path in walk(files.with_suffix(".xml"), progress, cancelled):
        try:
            root = xml_of(path, files)
        except ValueError as error:
            image, __ = _find(path, "", files)
            name = _name(files, image, path, "")
            gathering.found(image, name, path).problems.append(str(error))
            continue
        if root.tag != "annotation":
            text = _(
                "{name} is left alone: it begins with <{tag}>, an annotation with <annotation>"
            )
            notes.append(text.format(name=files.name(path), tag=root.tag))
            continue
        said = _said(root)
        found, doubt = _find(path, said, files)
        image = gathering.found(found, _name(files, found, path, said), path, doubt)
        image.said_size_px = size(root.findtext("size/width"), root.findtext("size/height"))
        for place, element in enumerate(root.findall("object"), start=1):
            if element.findtext("deleted") != "1":  # LabelMe keeps what was taken back
                image.add(_annotation(element, place), path)
    read = gathering.finished("voc", None, notes)
    split, said = voc_split(files, [image.name for image in read.images])
    return replace(read, split=split, notes=(*read.notes, *said))


def _annotation(element: ElementTree.Element, place: int) -> Annotation:
    box, shape = _box(element)
    name = (element.findtext("name") or "").strip()
    return Annotation(name, box, _("object {number}", number=place), shape)


def _said(root: ElementTree.Element) -> str:
    """Return the image's path, which tells more, where it agrees with its name; else the name."""
    name, path = ((root.findtext(tag) or "").strip() for tag in ("filename", "path"))
    return path if not name or parts_of(path)[-1:] == parts_of(name)[-1:] else name


def _find(path: Path, said: str, files: ImageFiles) -> tuple[Path | None, str | None]:
    folders = [path.parent]
    if path.parent.name.lower() == "annotations":
        folders.append(path.parent.parent / "JPEGImages")
    image, doubt = files.with_stem(path.stem, path)
    if image is not None and image.parent in folders:
        return image, None
    if said:
        meant, doubtful = files.find(said, path)
        if meant is not None or doubtful is not None:
            return meant, doubtful
    return image, doubt


def _name(files: ImageFiles, image: Path | None, path: Path, said: str) -> str:
    if image is not None:
        return files.name(image)
    last = said.replace("\\", "/").rpartition("/")[2] or f"{path.stem}.jpg"
    return files.name(path.parent / last)


def _box(element: ElementTree.Element) -> tuple[Box, str]:
    """Return the box of an object, or the one around what it has instead, and what that is.

    The points of an outline are places, no pixels that count from 1.
    """
    box, mask = element.find("bndbox"), element.find("segm/box")
    outline, turned = element.find("polygon"), element.find("robndbox")
    if box is not None:
        x0, y0, x1, y1 = (finite_number(box.findtext(corner)) for corner in _CORNERS)
        return (_from_1(x0), _from_1(y0), x1, y1), ""
    if mask is not None:  # of the old LabelMe
        x0, y0, x1, y1 = (finite_number(mask.findtext(corner)) for corner in _CORNERS)
        return (x0, y0, x1, y1), _("mask")
    if outline is not None:
        xs, ys = (
            [
                finite_number(each.text)
                for each in outline.iter()
                if each.tag.rstrip(_DIGITS) == axis
            ]
            for axis in "xy"
        )
        return bounding_box(xs, ys), _("polygon")
    if turned is not None:
        cx, cy, width, height, angle = (
            finite_number(turned.findtext(tag)) for tag in ("cx", "cy", "w", "h", "angle")
        )
        return around_rotated(cx, cy, width, height, angle), _("turned {shape}", shape="box")
    return NO_BOX, ""


def _from_1(value: float) -> float:
    return value if math.isnan(value) else max(value - 1, min(value, 0.0))
