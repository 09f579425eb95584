"""COCO's JSON: one file with images, categories, and boxes as x, y, width, height in px."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from typing import Any

from explorer.datasets.annotations import Annotation, AnnotationSet
from explorer.datasets.importers.folder.contents import Look, entries, json_files
from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.gathering import Gathering
from explorer.datasets.importers.numbers import (
    NO_BOX,
    Box,
    bounding_box,
    finite_number,
    finite_numbers,
    size,
)
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _, ngettext

_NO_CROWD = ("", "0", "0.0", "false", "none", "null")


def is_coco(content: Any) -> bool:
    """Say whether it has what a COCO file of labels has."""
    return isinstance(content, dict) and {"images", "annotations"} <= content.keys()


def is_here(look: Look) -> bool:
    """Say whether a folder has such files."""
    return any(map(is_coco, look.json_contents))


def read(
    files: ImageFiles, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> AnnotationSet:
    """Read all COCO files of a folder and of the folders below it.

    Several files of the same images are one set: a box that two of them have counts once. A file
    or a folder called train, val or test decides the side. Classes are in order of their ids,
    those of further files after them. Regions that are crowds hold no single object, and are
    left out; so is a file of which no annotation is a box or an outline (captions). An object
    without a box gets the one around its outline.
    """
    gathering = Gathering(files)
    class_names: dict[str, None] = {}
    notes: list[str] = []
    joined = 0
    for path, content in json_files(files, notes):
        if not is_coco(content):
            continue
        rows = list(_rows(content))
        if rows and not any("bbox" in row or "segmentation" in row for row in rows):
            text = _("{name} is left out: none of its {n:,} annotations has a box")
            notes.append(text.format(name=files.name(path), n=len(rows)))
            continue
        categories = [one for one in entries(content, "categories") if "id" in one]
        categories.sort(key=lambda one: (finite_number(one["id"]), str(one["id"])))
        names = {_key(one["id"]): str(one.get("name") or "") for one in categories}
        class_names.update(dict.fromkeys(name for name in names.values() if name))
        by_image: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            by_image[_key(row.get("image_id"))].append(row)
        seen: set[str] = set()
        for entry in walk(entries(content, "images"), progress, cancelled):
            unnamed = _("image {id}", id=entry.get("id"))
            folders = [path.parent / path.stem, path.parent, path.parent / "images"]
            said = str(entry.get("file_name") or "")
            image = gathering.image(said, path, folders, unnamed)
            joined += image.name in seen
            seen.add(image.name)
            image.said_size_px = image.said_size_px or size(entry.get("width"), entry.get("height"))
            for row in by_image.pop(_key(entry.get("id")), []):
                if str(row.get("iscrowd")).lower() not in _NO_CROWD:
                    image.left_out.append(_("crowd"))
                    continue
                box, shape = _box(row)
                class_name = names.get(_key(row.get("category_id")), "")
                place = _("annotation {id}", id=row.get("id"))
                image.add(Annotation(class_name, box, place, shape), path)
        for image_id, lost in by_image.items():
            problem = ngettext(
                "{name} has {n} annotation of image {image_id}, which it does not list",
                "{name} has {n} annotations of image {image_id}, which it does not list",
                len(lost),
                name=path.name,
                image_id=image_id,
            )
            gathering.image("", path, (), _("image {id}", id=image_id)).problems.append(problem)
    if joined:
        notes.append(
            ngettext(
                "{n:,} image is listed again in one file: what is on it was put together",
                "{n:,} images are listed again in one file: what is on them was put together",
                joined,
            )
        )
    return gathering.finished("coco", class_names, notes)


def _rows(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the annotations; those of panoptic segmentation are segments of an image."""
    stuff = {
        _key(one.get("id")) for one in entries(content, "categories") if one.get("isthing") == 0
    }
    for row in entries(content, "annotations"):
        if "segments_info" not in row:
            yield row
            continue
        for segment in entries(row, "segments_info"):
            is_stuff = _key(segment.get("category_id")) in stuff
            crowd = 1 if is_stuff else segment.get("iscrowd")
            yield {**segment, "image_id": row.get("image_id"), "iscrowd": crowd}


def _key(value: Any) -> str:
    """Return an id as text: some tools write 7 here and "7" there."""
    return str(value)


def _box(row: dict[str, Any]) -> tuple[Box, str]:
    """Return the box of an annotation, and what it is around if that had no box."""
    numbers = finite_numbers(row.get("bbox"))
    if len(numbers) == 4:
        x, y, width, height = numbers
        return (x, y, x + width, y + height), ""
    polygons = row.get("segmentation")
    parts = [finite_numbers(one) for one in polygons] if isinstance(polygons, list) else []
    if numbers or not any(parts):
        return NO_BOX, ""
    xs = list(chain.from_iterable(part[0::2] for part in parts))
    ys = list(chain.from_iterable(part[1::2] for part in parts))
    return bounding_box(xs, ys), _("polygon")
