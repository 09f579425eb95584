"""Pascal VOC annotations: one XML file per image, as LabelImg and most other tools write it.

VOC counts pixels from 1 and includes the last one, so that the box of a whole image of width W
is 1..W. A box is therefore read as xmin - 1 to xmax, and the same for y. Tools that count from 0
write the same names; their boxes come out a pixel larger at the left and at the top, but what
is 0 or less, which VOC does not know, stays as it is.
"""

from __future__ import annotations

import math
from pathlib import Path
from xml.etree import ElementTree

from explorer.datasets.annotations import Annotation, AnnotationSet, LabelledImage
from explorer.datasets.importers.folder_contents import Look, begins
from explorer.datasets.importers.image_files import ImageFiles, parts_of
from explorer.datasets.importers.numbers import finite_number, size
from explorer.datasets.importers.split_lists import folder_split, voc_split
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _, reason_of

_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def is_here(look: Look) -> bool:
    """Say whether a folder has such files."""
    return any(begins(path, b"<annotation") for path in look.files.with_suffix(".xml"))


def read(
    files: ImageFiles, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> AnnotationSet:
    """Read all annotations of a folder and of the folders below it, in order of their paths.

    An image is looked for beside its annotation, or in ``JPEGImages`` beside the folder
    ``Annotations``, by the annotation's own name; then anywhere by the path that stands in it,
    and by the annotation's own name; upper and lower case do not matter. No image is opened.
    ``ImageSets/Main`` or folders called train and val decide the split.

    Raises
    ------
    ValueError
        If the lists of ``ImageSets/Main`` are not readable, or contradict each other.
    """
    annotations = files.with_suffix(".xml")
    images = tuple(_read(path, files) for path in walk(annotations, progress, cancelled))
    called = [image.name for image in images]
    split = voc_split(files, called) or folder_split(called)
    names = {one.class_name for image in images for one in image.objects}
    return AnnotationSet(files.root, "voc", images, tuple(sorted(names)), split)


def _read(path: Path, files: ImageFiles) -> LabelledImage:
    problem = None
    try:
        root = ElementTree.fromstring(path.read_bytes())
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        # The last two: an encoding that is unknown, or of several bytes per character.
        problem = _("{name} is not readable as XML: {error}", name=path.name, error=error)
    except OSError as error:
        problem = _("{name} cannot be read: {reason}", name=path.name, reason=reason_of(error))
    else:
        if root.tag != "annotation":
            text = _(
                "{name} is not a Pascal VOC annotation: it begins with <{tag}>, not <annotation>"
            )
            problem = text.format(name=path.name, tag=root.tag)
    if problem is not None:
        image, __ = _find(path, "", files)
        return LabelledImage(_name(files, image, path, ""), image, path, problems=(problem,))
    said = _said(root)
    image, doubt = _find(path, said, files)
    objects = tuple(
        Annotation(
            (element.findtext("name") or "").strip(),
            _box(element),
            _("object {number}", number=place),
        )
        for place, element in enumerate(root.findall("object"), start=1)
    )
    said_size = size(root.findtext("size/width"), root.findtext("size/height"))
    problems = () if doubt is None else (f"{path.name}: {doubt}",)
    return LabelledImage(_name(files, image, path, said), image, path, said_size, objects, problems)


def _said(root: ElementTree.Element) -> str:
    """Return the image's path, which tells more, where it agrees with its name; else the name."""
    name, path = ((root.findtext(tag) or "").strip() for tag in ("filename", "path"))
    return path if not name or parts_of(path)[-1:] == parts_of(name)[-1:] else name


def _find(path: Path, said: str, files: ImageFiles) -> tuple[Path | None, str | None]:
    folders = [path.parent]
    if path.parent.name.lower() == "annotations":
        folders.append(path.parent.parent / "JPEGImages")
    image, doubt = files.with_stem(path.stem, folders)
    if image is not None and image.parent in folders:
        return image, None
    if said:
        meant, doubtful = files.find(said, folders)
        if meant is not None or doubtful is not None:
            return meant, doubtful
    return image, doubt


def _name(files: ImageFiles, image: Path | None, path: Path, said: str) -> str:
    if image is not None:
        return files.name(image)
    last = said.replace("\\", "/").rpartition("/")[2] or f"{path.stem}.jpg"
    return files.name(path.parent / last)


def _box(element: ElementTree.Element) -> tuple[float, float, float, float]:
    box = element.find("bndbox")
    texts = (None if box is None else box.findtext(corner) for corner in _CORNERS)
    x0, y0, x1, y1 = map(finite_number, texts)
    return _from_1(x0), _from_1(y0), x1, y1


def _from_1(value: float) -> float:
    return value if math.isnan(value) else max(value - 1, min(value, 0.0))
