"""labelme's JSON: one file per image, with shapes of points in px."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from explorer.datasets.annotations import Annotation, AnnotationSet, LabelledImage
from explorer.datasets.importers.folder.contents import Look, load_json
from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.numbers import Box, box_around, finite_numbers, size
from explorer.datasets.importers.shapes import around_circle
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _

_NO_AREA = ("point", "points", "line", "linestrip")


def is_here(look: Look) -> bool:
    """Say whether a folder has such files."""
    return any(map(_is_labelme, look.json_contents))


def read(
    files: ImageFiles, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> AnnotationSet:
    """Read all files of labelme in a folder and in the folders below it.

    A rectangle is two corners, in whatever order they were drawn. A polygon, a circle or any
    other area counts as the box around it, a point or a line is no object.
    """
    images = []
    for path in walk(files.with_suffix(".json"), progress, cancelled):
        try:
            content = load_json(path)
        except ValueError as error:
            images.append(_image(path, {}, files, problems=(str(error),)))
            continue
        if not _is_labelme(content):
            continue
        objects, left_out = [], []
        drawn = content["shapes"] if isinstance(content["shapes"], list) else []
        for place, shape in enumerate(drawn, start=1):
            kind, box = _shape(shape)
            if box is None:
                left_out.append(kind)
                continue
            label = str(shape.get("label") or "").strip()
            other = "" if kind == "rectangle" else kind
            objects.append(Annotation(label, box, _("shape {place}", place=place), other))
        images.append(_image(path, content, files, objects, left_out))
    names = {one.class_name for image in images for one in image.objects}
    return AnnotationSet(files.root, "labelme", tuple(images), tuple(sorted(names)), {})


def _is_labelme(content: Any) -> bool:
    return isinstance(content, dict) and "shapes" in content


def _image(
    path: Path,
    content: dict[str, Any],
    files: ImageFiles,
    objects: Sequence[Annotation] = (),
    left_out: Sequence[str] = (),
    problems: tuple[str, ...] = (),
) -> LabelledImage:
    said = content.get("imagePath")
    image, doubt = files.find(said, [path.parent]) if isinstance(said, str) else (None, None)
    if image is None and doubt is None:
        image, doubt = files.with_stem(path.stem, [path.parent])
    if doubt is not None:
        problems = (*problems, f"{path.name}: {doubt}")
    name = files.name(image or path.with_suffix(".jpg"))
    said_size = size(content.get("imageWidth"), content.get("imageHeight"))
    return LabelledImage(name, image, path, said_size, tuple(objects), problems, tuple(left_out))


def _shape(shape: Any) -> tuple[str, Box | None]:
    """Return what kind of shape it is, and the box around it unless it has no area."""
    if not isinstance(shape, dict):
        return _("piece of something else"), None
    kind = str(shape.get("shape_type") or "polygon")
    points = shape.get("points")
    points = points if isinstance(points, list) else []
    if kind == "circle" and len(points) == 2:
        centre, edge = (finite_numbers(point)[:2] for point in points)
        if len(centre) == len(edge) == 2:
            radius = math.dist(centre, edge)
            return kind, around_circle(*centre, radius, radius)
    if kind in _NO_AREA:
        return kind, None
    return kind, box_around(points)
