"""COCO's JSON: one file with images, categories, and boxes as x, y, width, height in px."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
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
    return isinstance(content, dict) and all(
        isinstance(content.get(key), list) for key in ("images", "annotations")
    )


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
    without a box gets the one around its outline. Annotations of an id that several images have
    are nobody's: they become a problem of each. A file of detections, whose boxes have scores, is
    left out beside files of labels.
    """
    reading = _Reading(files, progress, cancelled)
    scored = []
    for path, content in json_files(files, reading.notes):
        if is_coco(content):
            if _is_scored(content):
                scored.append((path, content))
            else:
                reading.add(path, content)
    if reading.num_files:
        text = _("{name} is left out: its boxes have scores, as detections have")
        reading.notes += [text.format(name=files.name(path)) for path, __ in scored]
    else:
        for path, content in scored:
            reading.add(path, content)
    return reading.finished()


class _Reading:
    """All files of a folder while they are read."""

    def __init__(
        self, files: ImageFiles, progress: Progress | None, cancelled: Cancelled | None
    ) -> None:
        self._files, self._progress, self._cancelled = files, progress, cancelled
        self._gathering = Gathering(files)
        self._class_names: dict[str, None] = {}
        self._num_joined = 0
        self.num_files = 0
        self.notes: list[str] = []

    def add(self, path: Path, content: dict[str, Any]) -> None:
        """Add what one file says."""
        name = self._files.name(path)
        rows = list(_rows(content, name, self.notes))
        if rows and not any("bbox" in row or "segmentation" in row for row in rows):
            text = _("{name} is left out: none of its {n:,} annotations has a box")
            self.notes.append(text.format(name=name, n=len(rows)))
            return
        self.num_files += 1
        names = _class_names(content, name, self.notes)
        self._class_names.update(dict.fromkeys(filter(None, names.values())))
        images = objects_in(content["images"], name, self.notes)
        self._num_joined += _read_images(
            images, rows, names, path, self._gathering, self._progress, self._cancelled
        )

    def finished(self) -> AnnotationSet:
        """Return all images."""
        if self._num_joined:
            text = ngettext(
                "{n:,} image is listed again in one file: what is on it was put together",
                "{n:,} images are listed again in one file: what is on them was put together",
                self._num_joined,
            )
            self.notes.append(text)
        return self._gathering.finished("coco", self._class_names, self.notes)


def _is_scored(content: dict[str, Any]) -> bool:
    """Say whether its boxes have scores, as a detector writes them; 1 for all says nothing."""
    scores = [finite_number(row.get("score")) for row in entries(content, "annotations")]
    return any(0 < score < 1 for score in scores) and not any(map(math.isnan, scores))


def _class_names(content: dict[str, Any], name: str, notes: list[str]) -> dict[str, str]:
    """Return the names of classes by their ids, in order of these."""
    categories = [one for one in entries(content, "categories") if "id" in one]
    categories.sort(key=lambda one: (finite_number(one["id"]), str(one["id"])))
    names: dict[str, str] = {}
    for one in categories:
        called = text_in(one.get("name"))
        if names.setdefault(_key(one["id"]), called) != called:
            text = _("{name}: category {id} has several names; it is called {first}, not {other}")
            first = names[_key(one["id"])]
            notes.append(text.format(name=name, id=one["id"], first=first, other=called))
    return names


def _read_images(
    images: list[dict[str, Any]],
    rows: list[dict[str, Any]],
    class_names: dict[str, str],
    path: Path,
    gathering: Gathering,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> int:
    """Add the images of one file with what is on them; return how many are listed again."""
    joined = 0
    by_image: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_image[_key(row.get("image_id"))].append(row)
    of_id: dict[str, set[str]] = defaultdict(set)
    for entry in images:
        of_id[_key(entry.get("id"))].add(text_in(entry.get("file_name")))
    seen: set[int] = set()
    for entry in walk(images, progress, cancelled):
        unnamed = _("image {id}", id=entry.get("id"))
        image = gathering.image(text_in(entry.get("file_name")), path, unnamed)
        joined += id(image) in seen
        seen.add(id(image))
        image.said_size_px = image.said_size_px or size(entry.get("width"), entry.get("height"))
        key = _key(entry.get("id"))
        if len(of_id[key]) > 1:
            text = _("{name}: {number} images have the id {id}, so their labels are not told apart")
            text = text.format(name=path.name, number=len(of_id[key]), id=entry.get("id"))
            image.problems.append(text)
            continue
        for row in by_image.pop(key, []):
            if str(row.get("iscrowd")).lower() not in _NO_CROWD:
                image.left_out.append(_("crowd"))
                continue
            box, shape = _box(row)
            class_name = class_names.get(_key(row.get("category_id")), "")
            place = _("annotation {id}", id=row.get("id"))
            image.add(Annotation(class_name, box, place, shape), path)
    for image_id, lost in by_image.items():
        if image_id in of_id:
            continue
        problem = ngettext(
            "{name} has {n} annotation of image {image_id}, which it does not list",
            "{name} has {n} annotations of image {image_id}, which it does not list",
            len(lost),
            name=path.name,
            image_id=image_id,
        )
        gathering.image("", path, _("image {id}", id=image_id)).problems.append(problem)
    return joined


def _rows(content: dict[str, Any], name: str, notes: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the annotations; those of panoptic segmentation are segments of an image."""
    stuff = {
        _key(one.get("id")) for one in entries(content, "categories") if one.get("isthing") == 0
    }
    for row in objects_in(content["annotations"], name, notes):
        if "segments_info" not in row:
            yield row
            continue
        for segment in entries(row, "segments_info"):
            is_stuff = _key(segment.get("category_id")) in stuff
            crowd = 1 if is_stuff else segment.get("iscrowd")
            yield {**segment, "image_id": row.get("image_id"), "iscrowd": crowd}


def _key(value: Any) -> str:
    """Return an id as text: some tools write 7 here and "7" or 7.0 there."""
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if is_whole else value)


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
