"""labelme's JSON: one file per image, with shapes of points in px."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from explorer.datasets.annotations import Annotation, AnnotationSet
from explorer.datasets.importers.folder.contents import Look, json_of, text_in
from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.gathering import GatheredImage, Gathering
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
    gathering = Gathering(files)
    for path in walk(files.with_suffix(".json"), progress, cancelled):
        try:
            content = json_of(path, files)
        except ValueError as error:
            _image(path, {}, files, gathering).problems.append(str(error))
            continue
        if not _is_labelme(content):
            continue
        image = _image(path, content, files, gathering)
        if not isinstance(content["shapes"], list):
            image.problems.append(_("{name}: its shapes are no list", name=path.name))
            continue
        for place, shape in enumerate(content["shapes"], start=1):
            kind, box = _shape(shape)
            if box is None:
                image.left_out.append(kind)
                continue
            label = text_in(shape.get("label"))
            other = "" if kind == "rectangle" else kind
            image.add(Annotation(label, box, _("shape {place}", place=place), other), path)
    return gathering.finished("labelme")


def _is_labelme(content: Any) -> bool:
    return isinstance(content, dict) and "shapes" in content


def _image(
    path: Path, content: dict[str, Any], files: ImageFiles, gathering: Gathering
) -> GatheredImage:
    said = content.get("imagePath")
    image, doubt = files.find(said, path) if isinstance(said, str) else (None, None)
    if image is None and doubt is None:
        image, doubt = files.with_stem(path.stem, path)
    name = files.name(image or path.with_suffix(".jpg"))
    found = gathering.found(image, name, path, doubt)
    found.said_size_px = size(content.get("imageWidth"), content.get("imageHeight"))
    return found


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
