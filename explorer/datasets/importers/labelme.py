"""labelme's JSON: one file per image, with shapes of points in px."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from explorer.datasets.annotations import Annotation, AnnotationSet, LabelledImage
from explorer.datasets.importers.folder_contents import Look, load_json
from explorer.datasets.importers.image_files import ImageFiles
from explorer.datasets.importers.numbers import bounding_box, finite_number, size
from explorer.datasets.importers.split_lists import folder_split
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _


def is_here(look: Look) -> bool:
    """Say whether a folder has such files, and none of COCO."""
    return "coco" not in look.found and any(map(_is_labelme, look.json_contents))


def read(
    files: ImageFiles, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> AnnotationSet:
    """Read all files of labelme in a folder and in the folders below it.

    A rectangle is two corners, in whatever order they were drawn. A polygon or a circle counts
    as the box around it, and the set's notes say how many did. A shape without an extent (a
    point, a line) is no object: a problem of its image.
    """
    images = []
    others = 0
    for path in walk(files.with_suffix(".json"), progress, cancelled):
        try:
            content = load_json(path)
        except ValueError as error:
            images.append(_image(path, {}, files, [], [str(error)]))
            continue
        if not _is_labelme(content):
            continue
        objects, problems = [], []
        shapes = content["shapes"] if isinstance(content["shapes"], list) else []
        for place, shape in enumerate(shapes, start=1):
            kind, box = _shape(shape)
            if box is None:
                text = _("{name}: shape {place} is a {kind}, which has no box")
                problems.append(text.format(name=path.name, place=place, kind=kind))
                continue
            others += kind != "rectangle"
            where = _("shape {place}") if kind == "rectangle" else _("shape {place}, a {kind}")
            where = where.format(place=place, kind=kind)
            objects.append(Annotation(str(shape.get("label") or "").strip(), box, where))
        images.append(_image(path, content, files, objects, problems))
    names = {one.class_name for image in images for one in image.objects}
    split = folder_split(image.name for image in images)
    text = _("{number} of the shapes are not rectangles: the box around each was taken")
    notes = (text.format(number=others),) if others else ()
    return AnnotationSet(files.root, "labelme", tuple(images), tuple(sorted(names)), split, notes)


def _is_labelme(content: Any) -> bool:
    return isinstance(content, dict) and "shapes" in content


def _image(
    path: Path,
    content: dict[str, Any],
    files: ImageFiles,
    objects: list[Annotation],
    problems: list[str],
) -> LabelledImage:
    said = content.get("imagePath")
    image, doubt = files.find(said, [path.parent]) if isinstance(said, str) else (None, None)
    if image is None and doubt is None:
        image, doubt = files.with_stem(path.stem, [path.parent])
    if doubt is not None:
        problems.append(f"{path.name}: {doubt}")
    name = files.name(image or path.with_suffix(".jpg"))
    said_size = size(content.get("imageWidth"), content.get("imageHeight"))
    return LabelledImage(name, image, path, said_size, tuple(objects), tuple(problems))


def _shape(shape: Any) -> tuple[str, tuple[float, float, float, float] | None]:
    """Return what kind of shape it is, and its box if such a shape has one."""
    if not isinstance(shape, dict):
        return _("piece of something else"), None
    kind = str(shape.get("shape_type") or "polygon")
    raw = shape.get("points")
    points = [
        (finite_number(one[0]), finite_number(one[1]))
        for one in (raw if isinstance(raw, list) else [])
        if isinstance(one, list) and len(one) >= 2
    ]
    if kind == "circle" and len(points) == 2:
        (x, y), edge = points
        radius = math.dist((x, y), edge)
        return kind, (x - radius, y - radius, x + radius, y + radius)
    if kind in ("rectangle", "polygon", "mask", "rotation"):
        return kind, bounding_box([x for x, _ in points], [y for _, y in points])
    return kind, None
