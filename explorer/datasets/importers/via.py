"""VGG Image Annotator 2: regions of images in px, as JSON, as a project or as CSV."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from explorer.datasets.annotations import Annotation, AnnotationSet
from explorer.datasets.importers.folder.contents import Look, json_files, text_in
from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.gathering import Gathering
from explorer.datasets.importers.numbers import Box, bounding_box, finite_number, finite_numbers
from explorer.datasets.importers.shapes import around_circle
from explorer.datasets.importers.table_lines import Lines
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _

_CLASS_KEYS = ("class", "label", "name", "type", "category", "object", "class_name")
_COLUMN = "region_shape_attributes"


def is_via_table(header: list[str]) -> bool:
    """Say whether a table's columns are those of the tool."""
    return _COLUMN in header


def is_here(look: Look) -> bool:
    """Say whether a folder has such files."""
    if any(_regions_of(content) is not None for content in look.json_contents):
        return True
    return any(map(_is_csv, look.files.with_suffix(".csv")))


def read(
    files: ImageFiles, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> AnnotationSet:
    """Read all such files of a folder and of the folders below it.

    A class is the region attribute that is called so, else the only one; where no region has any,
    all objects are of one class. A circle, an ellipse, a polygon and a line of three points and
    more count as the box around them; a point is no object.
    """
    gathering = Gathering(files)
    notes: list[str] = []
    tables: list[tuple[Path, list[tuple[str, Any]]]] = []
    for path, content in json_files(files, notes):
        found = _regions_of(content)
        if found is not None:
            tables.append((path, found))
    for path in filter(_is_csv, files.with_suffix(".csv")):
        try:
            tables.append((path, _of_csv(path, files)))
        except ValueError as error:
            notes.append(_("{error}: it is left alone", error=error))
    regions = [region for __, rows in tables for __, region in rows if isinstance(region, dict)]
    attribute, said = _class_attribute(regions)
    notes += said
    for path, rows in tables:
        for number, (image_name, region) in enumerate(walk(rows, progress, cancelled), start=1):
            image = gathering.image(image_name, path, _("no name"))
            if not isinstance(region, dict):
                continue
            kind, box = _shape(region.get("shape_attributes"))
            if box is None:
                image.left_out.append(kind or _("region without a shape"))
                continue
            class_name = _class_name(region.get("region_attributes"), attribute)
            shape = "" if kind == "rect" else kind
            place = _("region {number}", number=number)
            image.add(Annotation(class_name, box, place, shape), path)
    return gathering.finished("via", None, notes)


def _class_attribute(regions: list[dict[str, Any]]) -> tuple[str | None, list[str]]:
    """Return the attribute that names the class, None if no region has any; and notes."""
    counts: Counter[str] = Counter()
    for region in regions:
        attributes = region.get("region_attributes")
        counts.update(map(str, attributes) if isinstance(attributes, dict) else ())
    if not counts:
        text = _("No region has an attribute that names its class: all are called “object”")
        return None, [text] if regions else []
    known = [name for word in _CLASS_KEYS for name in counts if name.lower() == word]
    chosen = [*known, *(name for name, __ in counts.most_common())][0]
    others = ", ".join(name for name in counts if name != chosen)
    text = _("Classes are named by the attribute “{chosen}”, not by {others}")
    return chosen, [text.format(chosen=chosen, others=others)] if others else []


def _regions_of(content: Any) -> list[tuple[str, Any]] | None:
    """Return each region with its image, and images without one; None if it is another file."""
    if isinstance(content, dict) and isinstance(content.get("_via_img_metadata"), dict):
        content = content["_via_img_metadata"]
    if not isinstance(content, dict) or not content:
        return None
    images = [
        one
        for one in content.values()
        if isinstance(one, dict) and {"filename", "regions"} <= one.keys()
    ]
    return list(_each(images)) if images else None


def _each(images: list[dict[str, Any]]) -> Iterator[tuple[str, Any]]:
    for image in images:
        regions = image["regions"]
        regions = list(regions.values()) if isinstance(regions, dict) else regions
        for region in regions or [None] if isinstance(regions, list) else [None]:
            yield str(image["filename"]), region


def _is_csv(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return _COLUMN.encode() in stream.readline(10_000)
    except OSError:
        return False


def _of_csv(path: Path, files: ImageFiles) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    lines = Lines(path, files)
    for __, fields in lines.rows[1:]:
        row = dict(zip(lines.first, fields, strict=False))
        region = {
            "shape_attributes": _json(row.get("region_shape_attributes")),
            "region_attributes": _json(row.get("region_attributes")),
        }
        said = row.get("filename") or row.get("#filename") or ""
        rows.append((said, region if region["shape_attributes"] else None))
    return rows


def _json(text: str | None) -> Any:
    try:
        return json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}


def _shape(value: Any) -> tuple[str, Box | None]:
    """Return what kind of shape it is, and the box around it unless it has no area."""
    if not isinstance(value, dict):
        return "", None
    kind = str(value.get("name") or "")

    def number(key: str) -> float:
        return finite_number(value.get(key))

    if kind == "rect":
        x, y = number("x"), number("y")
        return kind, (x, y, x + number("width"), y + number("height"))
    if kind == "circle":
        return kind, around_circle(number("cx"), number("cy"), number("r"), number("r"))
    if kind == "ellipse":
        return kind, around_circle(number("cx"), number("cy"), number("rx"), number("ry"))
    if kind in ("polygon", "polyline"):
        xs, ys = (finite_numbers(value.get(f"all_points_{axis}")) for axis in "xy")
        return kind, bounding_box(xs, ys) if len(xs) > 2 else None
    return kind, None


def _class_name(attributes: Any, attribute: str | None) -> str:
    """Return the value of the attribute that is a class; of choices, the one that is ticked."""
    if attribute is None:
        return _("object")
    value = attributes.get(attribute) if isinstance(attributes, dict) else None
    if isinstance(value, dict):
        value = next((key for key, ticked in value.items() if ticked), "")
    return text_in(value)
