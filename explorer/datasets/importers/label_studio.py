"""Label Studio's JSON, whole or "min": a list of tasks, with boxes in percent of the image."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from explorer.datasets.annotations import Annotation, AnnotationSet
from explorer.datasets.importers.folder.contents import (
    Look,
    entries,
    json_files,
    objects_in,
    text_in,
)
from explorer.datasets.importers.folder.image_files import ImageFiles, size_of
from explorer.datasets.importers.gathering import Gathering
from explorer.datasets.importers.numbers import NO_BOX, Box, box_around, finite_number, scaled, size
from explorer.datasets.importers.shapes import around_circle, around_rotated
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _, ngettext
from explorer.images import IMAGE_SUFFIXES

_LABELS = ("rectanglelabels", "polygonlabels", "ellipselabels", "brushlabels", "keypointlabels",
           "labels")  # fmt: skip
_UPRIGHT = ("rectanglelabels", "rectangle", "labels")
_NO_SHAPE = ("choices", "textarea", "rating", "taxonomy", "number", "relation")
"""Results that say something of the image as a whole."""


def is_label_studio(content: Any) -> bool:
    """Say whether it is a list of tasks."""
    if not (isinstance(content, list) and content and isinstance(content[0], dict)):
        return False
    first = content[0]
    whole = isinstance(first.get("data"), dict) and (
        "annotations" in first or "completions" in first
    )
    return whole or ("annotation_id" in first and "annotator" in first)


def is_here(look: Look) -> bool:
    """Say whether a folder has such files."""
    return any(map(is_label_studio, look.json_contents))


def read(
    files: ImageFiles, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> AnnotationSet:
    """Read all exports of Label Studio in a folder and in the folders below it.

    Where several people labelled an image, the first annotation that was not cancelled is taken,
    or the one that is marked as ground truth; the notes count the others, and the tasks that
    nobody has done. A polygon, an ellipse or a turned box counts as the box around it; a brush or
    a point is no object.
    """
    gathering = Gathering(files)
    notes: list[str] = []
    others = undone = 0
    for path, content in json_files(files, notes):
        if not is_label_studio(content):
            continue
        for task in walk(objects_in(content, files.name(path), notes), progress, cancelled):
            results, more = _results(task)
            if results is None:
                undone += 1
                continue
            image = gathering.image(_said(task), path, _("task {id}", id=task.get("id")))
            others += more
            for number, result, value, kind in _shapes(results):
                stored = size(result.get("original_width"), result.get("original_height"))
                image.said_size_px = image.said_size_px or stored
                # Percent of other than square images are turned in px alone.
                frame = image.said_size_px or size_of(image.path) or (math.nan, math.nan)
                box = _box(value, kind, frame)
                if box is None:
                    image.left_out.append(kind.removesuffix("labels"))
                    continue
                shape = kind.removesuffix("labels")
                if value.get("rotation"):
                    shape = _("turned {shape}", shape=shape)
                shape = "" if shape == "rectangle" else shape
                place = _("result {number}", number=number)
                image.add(Annotation(_class_name(value, kind), box, place, shape), path)
    if others:
        notes.append(
            ngettext(
                "{n:,} further annotation of an image is left out: one is taken per image",
                "{n:,} further annotations of images are left out: one is taken per image",
                others,
            )
        )
    if undone:
        notes.append(
            ngettext(
                "{n:,} task has no annotation that was submitted: its image is not used",
                "{n:,} tasks have no annotation that was submitted: their images are not used",
                undone,
            )
        )
    return gathering.finished("label-studio", None, notes)


def _said(task: dict[str, Any]) -> str:
    data = task.get("data")
    values = data if isinstance(data, dict) else task
    named = [values.get(key) for key in ("image", "img", "image_url", "photo")]
    others = [one for one in values.values() if isinstance(one, str)]
    others.sort(key=lambda one: not one.partition("?")[0].lower().endswith(IMAGE_SUFFIXES))
    return next((one for one in (*named, *others) if isinstance(one, str)), "")


def _results(task: dict[str, Any]) -> tuple[list[dict[str, Any]] | None, int]:
    """Return the results that count, and how many annotations of the image do not.

    None if nobody has submitted one: what a model predicted is no label.
    """
    if "annotation_id" in task:
        lists = (value for value in task.values() if isinstance(value, list))
        return [one for each in lists for one in each if isinstance(one, dict)], 0
    made = [*entries(task, "annotations"), *entries(task, "completions")]
    made = [one for one in made if not one.get("was_cancelled")]
    made.sort(key=lambda one: not one.get("ground_truth"))
    return (entries(made[0], "result"), len(made) - 1) if made else (None, 0)


def _shapes(
    results: list[dict[str, Any]],
) -> Iterator[tuple[int, dict[str, Any], dict[str, Any], str]]:
    """Yield the number of each shape, its result, its value and its kind.

    Tools for a shape and for its label alone write two results with one id.
    """
    by_id: dict[str, tuple[int, dict[str, Any], dict[str, Any], str]] = {}
    for number, result in enumerate(results, start=1):
        value = result.get("value", result)
        value = value if isinstance(value, dict) else {}
        kind = str(result.get("type") or _kind(value))
        key = text_in(result.get("id")) or f"result {number}"
        if kind not in _NO_SHAPE and (key not in by_id or _class_name(value, kind)):
            by_id[key] = number, result, value, kind
    yield from by_id.values()


def _kind(value: dict[str, Any]) -> str:
    return next((key for key in _LABELS if key in value), "rectangle")


def _class_name(value: dict[str, Any], kind: str) -> str:
    names = value.get(kind) or next((value[key] for key in _LABELS if value.get(key)), [])
    return text_in(names[0]) if isinstance(names, list) and names else ""


def _box(value: dict[str, Any], kind: str, frame: tuple[float, float]) -> Box | None:
    """Return the box in px; None where the shape has no area."""
    numbers = {key: finite_number(item) for key, item in value.items()}
    if isinstance(value.get("points"), list):
        return _px(box_around(value["points"]), frame)
    if {"radiusX", "radiusY"} <= value.keys():
        x, y, rx, ry = (numbers.get(key, math.nan) for key in ("x", "y", "radiusX", "radiusY"))
        return _px(around_circle(x, y, rx, ry), frame)
    if "width" not in value or "height" not in value or kind.startswith(("keypoint", "brush")):
        return None
    x, y, width, height = (numbers.get(key, math.nan) for key in ("x", "y", "width", "height"))
    x0, y0, x1, y1 = _px((x, y, x + width, y + height), frame)
    turn = math.radians(numbers.get("rotation", 0.0))
    if not turn:
        return x0, y0, x1, y1
    # It turns about its upper left corner.
    half_x, half_y = (x1 - x0) / 2, (y1 - y0) / 2
    centre_x = x0 + half_x * math.cos(turn) - half_y * math.sin(turn)
    centre_y = y0 + half_x * math.sin(turn) + half_y * math.cos(turn)
    return around_rotated(centre_x, centre_y, x1 - x0, y1 - y0, turn)


def _px(percent: Box, frame: tuple[float, float]) -> Box:
    return scaled(percent, frame[0] / 100, frame[1] / 100) if percent != NO_BOX else NO_BOX
