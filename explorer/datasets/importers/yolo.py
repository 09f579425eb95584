"""YOLO's text files: one per image, one line per object, centre and size relative to the image."""

from __future__ import annotations

import math
from pathlib import Path

from explorer.datasets.annotations import Annotation, AnnotationSet, LabelledImage
from explorer.datasets.importers.folder_contents import Look
from explorer.datasets.importers.image_files import ImageFiles, size_of
from explorer.datasets.importers.numbers import bounding_box, finite_number
from explorer.datasets.importers.yolo_yaml import YoloYaml, read_yolo_yaml, yaml_files
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _

_NO_LABELS = ("classes.txt", "obj.names", "train.txt", "val.txt", "valid.txt", "test.txt")
_NAN = (math.nan,) * 4


def is_here(look: Look) -> bool:
    """Say whether a folder has labels of YOLO, or the file that describes a set of them."""
    texts = look.files.with_suffix(".txt")
    return bool(yaml_files(look.files)) or any(map(_looks_like_labels, texts))


def read(
    files: ImageFiles, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> AnnotationSet:
    """Read the label files of a folder and of the folders below it, and its ``data.yaml``.

    The label of ``…/images/…/a.jpg`` is ``…/labels/…/a.txt``, or ``a.txt`` beside it. An image
    without one has no objects, as in YOLO; a label file without an image is kept, and its boxes
    are NaN, since their unit, the image's size, is not known. A line with more numbers is a
    polygon: the box around it is taken, and the set's notes say so. Names of classes are those
    of ``data.yaml``, ``classes.txt`` or ``obj.names``, else ``class 0``, ``class 1``, ….

    Raises
    ------
    ValueError
        If a ``.yaml`` or a list that it names is not readable.
    """
    described = read_yolo_yaml(files)
    labels = {
        files.name(path).rpartition(".")[0].lower(): path
        for path in files.with_suffix(".txt")
        if path.name.lower() not in _NO_LABELS and path not in described.lists
    }
    meant = [path for path in files.images if files.name(path) not in described.left_out]
    images, polygons = [], 0
    for path in walk(meant, progress, cancelled):
        beside = files.name(path).rpartition(".")[0]
        usual = labels_folder(Path(files.name(path))).with_suffix("")
        expected = files.root / usual.with_name(f"{usual.name}.txt")
        key = usual.as_posix().lower()
        label = labels.pop(key, None) or labels.pop(beside.lower(), None)
        if label is None:
            images.append(LabelledImage(files.name(path), path, expected, size_of(path)))
            continue
        image, more = _read(label, path, files, described)
        images.append(image)
        polygons += more
    left_out = {
        labels_folder(Path(name)).with_suffix("").as_posix().lower() for name in described.left_out
    }
    for key, label in labels.items():
        if key not in left_out and _looks_like_labels(label):
            images.append(_read(label, None, files, described)[0])
    images.sort(key=lambda image: image.name)
    used = {one.class_name for image in images for one in image.objects}
    unnamed = sorted(used - set(described.names) - {""}, key=_natural)
    notes = list(described.notes)
    if polygons:
        text = _("{number} of the objects are polygons: the box around each was taken")
        notes.append(text.format(number=polygons))
    return AnnotationSet(
        files.root,
        "yolo",
        tuple(images),
        (*dict.fromkeys(described.names), *unnamed),
        described.split,
        tuple(notes),
    )


def labels_folder(path: Path) -> Path:
    """Return the path with its last folder called images replaced by labels."""
    parts = list(path.parts)
    for place in range(len(parts) - 2, -1, -1):
        if parts[place].lower() == "images":
            parts[place] = "labels"
            break
    return Path(*parts)


def _read(
    label: Path, path: Path | None, files: ImageFiles, described: YoloYaml
) -> tuple[LabelledImage, int]:
    """Return the image, and how many of its objects are polygons."""
    name = files.name(path or label.with_suffix(".jpg"))
    size = size_of(path)
    try:
        text = label.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problem = _("{name} is not readable as text: {error}", name=label.name, error=error)
        return LabelledImage(name, path, label, problems=(problem,)), 0
    objects, problems, polygons = [], [], 0
    for place, line in enumerate(text.splitlines(), start=1):
        fields = line.split()
        if not fields:
            continue
        if len(fields) < 5:
            text = _("{name} line {place} has {number} numbers, expected 5")
            problems.append(text.format(name=label.name, place=place, number=len(fields)))
            continue
        box = _relative_box([finite_number(field) for field in fields[1:]])
        polygons += len(fields) > 6
        if size is not None:
            box = (box[0] * size[0], box[1] * size[1], box[2] * size[0], box[3] * size[1])
        else:
            box = _NAN
        objects.append(
            Annotation(_class_name(fields[0], described.names), box, _("line {line}", line=place))
        )
    return LabelledImage(name, path, label, None, tuple(objects), tuple(problems)), polygons


def _relative_box(values: list[float]) -> tuple[float, float, float, float]:
    if len(values) <= 5:  # the fifth is the score of a detector
        x, y, width, height = values[:4]
        return x - width / 2, y - height / 2, x + width / 2, y + height / 2
    return bounding_box(values[0::2], values[1::2])


def _class_name(field: str, names: tuple[str, ...]) -> str:
    value = finite_number(field)
    if not value.is_integer() or value < 0:
        return f"class {field}"
    return names[int(value)] if value < len(names) else f"class {int(value)}"


def _looks_like_labels(path: Path) -> bool:
    """Say whether a text file without an image is one of labels, and no read-me."""
    try:
        with path.open(encoding="utf-8-sig") as stream:
            fields = stream.readline(1000).split()
    except (OSError, UnicodeDecodeError):
        return False
    return len(fields) >= 5 and not any(math.isnan(finite_number(field)) for field in fields)


def _natural(name: str) -> tuple[float, str]:
    value = finite_number(name.rpartition(" ")[2])
    return (math.inf if math.isnan(value) else value), name
