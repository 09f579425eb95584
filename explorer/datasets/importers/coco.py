"""COCO's JSON: one file with images, categories, and boxes as x, y, width, height in px."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from explorer.datasets.annotations import Annotation, AnnotationSet, LabelledImage
from explorer.datasets.importers.folder_contents import Look, load_json
from explorer.datasets.importers.image_files import ImageFiles
from explorer.datasets.importers.numbers import finite_number, size
from explorer.datasets.importers.split_lists import split_of_folder
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _, ngettext


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

    A file or a folder called train or val decides the split; images of a test set are left
    out. Classes are in order of their ids, those of further files after them. Regions that are
    crowds hold no single object, and are left out.

    Raises
    ------
    ValueError
        If a file with the name of a label file is not readable.
    """
    images: list[LabelledImage] = []
    class_names: dict[str, None] = {}
    split: dict[str, str] = {}
    notes: list[str] = []
    for path in files.with_suffix(".json"):
        content = load_json(path)
        if not is_coco(content):
            continue
        side = split_of_folder(files.name(path)) or _split_of_name(path)
        if side == "test":
            notes.append(_("{name} is of a test set: left out", name=files.name(path)))
            continue
        categories = [one for one in _entries(content, "categories") if "id" in one]
        categories.sort(key=lambda one: (finite_number(one["id"]), str(one["id"])))
        names = {_key(one["id"]): str(one.get("name") or "") for one in categories}
        class_names.update(dict.fromkeys(name for name in names.values() if name))
        found = _images(path, content, names, files, progress, cancelled)
        images += found
        if side is not None:
            split.update({image.name: side for image in found})
    return AnnotationSet(files.root, "coco", tuple(images), tuple(class_names), split, tuple(notes))


def _images(
    path: Path,
    content: dict[str, Any],
    names: dict[str, str],
    files: ImageFiles,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> list[LabelledImage]:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in _entries(content, "annotations"):
        rows[_key(row.get("image_id"))].append(row)
    images = []
    for entry in walk(_entries(content, "images"), progress, cancelled):
        said = str(entry.get("file_name") or "")
        image, doubt = files.find(said, [path.parent, path.parent / "images"])
        problems = [] if doubt is None else [f"{path.name}: {doubt}"]
        objects = []
        for row in rows.pop(_key(entry.get("id")), []):
            place = _("annotation {id}", id=row.get("id"))
            if row.get("iscrowd") not in (None, 0, False):
                continue
            class_name = names.get(_key(row.get("category_id")), "")
            objects.append(Annotation(class_name, _box(row.get("bbox")), place))
        name = files.called(image, said) or _("image {id}", id=entry.get("id"))
        said_size = size(entry.get("width"), entry.get("height"))
        images.append(LabelledImage(name, image, path, said_size, tuple(objects), tuple(problems)))
    for image_id, lost in rows.items():
        problem = ngettext(
            "{name} has {n} annotation of image {image_id}, which it does not list",
            "{name} has {n} annotations of image {image_id}, which it does not list",
            len(lost),
            name=path.name,
            image_id=image_id,
        )
        images.append(LabelledImage(_("image {id}", id=image_id), None, path, problems=(problem,)))
    return images


def _entries(content: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = content.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _key(value: Any) -> str:
    """Return an id as text: some tools write 7 here and "7" there."""
    return str(value)


def _box(value: Any) -> tuple[float, float, float, float]:
    numbers = [finite_number(one) for one in value] if isinstance(value, list) else []
    x, y, width, height = numbers if len(numbers) == 4 else [float("nan")] * 4
    return x, y, x + width, y + height


def _split_of_name(path: Path) -> str | None:
    words = path.stem.lower().replace("-", "_").split("_")
    return split_of_folder("/".join([*words, ""]) + "x")
