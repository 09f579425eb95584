"""YOLO's text files: one per image, one line per object, centre and size relative to the image."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

from explorer.datasets.annotations import Annotation, AnnotationSet, LabelledImage
from explorer.datasets.importers.folder.contents import Look
from explorer.datasets.importers.folder.image_files import ImageFiles, size_of
from explorer.datasets.importers.numbers import NO_BOX, finite_number, scaled
from explorer.datasets.importers.yolo.class_files import class_list, is_class_file
from explorer.datasets.importers.yolo.data_yaml import DataYaml, read_data_yaml, yaml_files
from explorer.datasets.importers.yolo.label_paths import LabelPaths
from explorer.datasets.importers.yolo.label_rows import (
    RowForm,
    box_of,
    form_of,
    is_understood,
)
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _, ngettext

_LISTS = ("train.txt", "val.txt", "valid.txt", "test.txt", "trainval.txt")


def is_here(look: Look) -> bool:
    """Say whether a folder has labels of YOLO, or the file that describes a set of them."""
    texts = look.files.with_suffix(".txt")
    return bool(yaml_files(look.files)) or any(map(_looks_like_labels, texts))


def read(
    files: ImageFiles, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> AnnotationSet:
    """Read the label files of a folder and of the folders below it, and its ``data.yaml``.

    `LabelPaths` says which label is whose. An image without one has no objects, as in YOLO; a
    label file without an image is kept, and its boxes are NaN, since their unit, the image's size,
    is not known. What a line of more numbers means is told by ``data.yaml`` or by all such lines
    (`label_rows`), and the set's notes say so. Names of classes are those of ``data.yaml`` or of a
    list of classes, else ``class 0``, ``class 1``, ….

    Raises
    ------
    ValueError
        If ``data.yaml`` or a list is not readable, or if lines may be polygons as well as
        keypoints.
    """
    described = read_data_yaml(files)
    lists = frozenset() if described is None else described.lists
    labels = [
        path
        for path in files.with_suffix(".txt")
        if path not in lists and (not _may_be_a_list(path) or _looks_like_labels(path))
    ]
    if described is None:
        meant = [path for path in labels if _looks_like_labels(path)]
        names, said = class_list(files, meant)
        described = DataYaml(names=names, notes=tuple(said))
    paths = LabelPaths(files, labels)
    read_labels = []
    unread = set(files.unread)
    for path in walk([*files.images, *files.unread], progress, cancelled):
        label = paths.take(path)
        if label is not None:
            read_labels.append(_Label.read(label, path, files, described.keypoints))
        elif path not in unread:
            read_labels.append(_Label(paths.expected(path), path, [], []))
    for label in paths.left():
        if _looks_like_labels(label):
            read_labels.append(_Label.read(label, None, files, described.keypoints))
    long = [row.numbers for each in read_labels for row in each.rows if len(row.numbers) > 5]
    form = form_of(long, described.keypoints)
    notes = list(described.notes)
    if form is RowForm.UNCLEAR:
        raise ValueError(_unclear(long))
    if long and form is RowForm.KEYPOINTS:
        notes.append(_("The objects have keypoints: only their boxes are used"))
    images = [each.image(files, described.names, form) for each in read_labels]
    images.sort(key=lambda image: image.name)
    used = {one.class_name for image in images for one in image.objects}
    unnamed = sorted(used - set(described.names) - {""}, key=_natural)
    return AnnotationSet(
        files.root,
        "yolo",
        tuple(images),
        (*dict.fromkeys(described.names), *unnamed),
        described.split,
        tuple(notes),
    )


def _unclear(long: list[list[float]]) -> str:
    return ngettext(
        "{n:,} line has {length} numbers, which may be a polygon or a box with keypoints: say "
        "which in data.yaml (kpt_shape: [17, 3] for 17 keypoints, [0, 2] for polygons)",
        "{n:,} lines have up to {length} numbers, which may be polygons or boxes with keypoints: "
        "say which in data.yaml (kpt_shape: [17, 3] for 17 keypoints, [0, 2] for polygons)",
        len(long),
        length=max(map(len, long)) + 1,
    )


@dataclass(frozen=True)
class _Row:
    line: int
    class_field: str
    numbers: list[float]


@dataclass(frozen=True)
class _Label:
    """A label file, before it is known what its rows mean."""

    label: Path
    path: Path | None
    rows: list[_Row]
    problems: list[str] = field(default_factory=list)

    @classmethod
    def read(
        cls, label: Path, path: Path | None, files: ImageFiles, keypoints: int | None
    ) -> _Label:
        try:
            text = files.text(label)
        except ValueError as error:
            return cls(label, path, [], [str(error)])
        rows, problems = [], []
        for line, row in enumerate(text.splitlines(), start=1):
            fields = row.split()
            numbers = [finite_number(each) for each in fields[1:]]
            if len(fields) >= 5 and is_understood(numbers, keypoints):
                rows.append(_Row(line, fields[0], numbers))
            elif fields:
                problem = _("{name} line {line} has {number} numbers, expected 5")
                problem = problem.format(name=label.name, line=line, number=len(fields))
                problems.append(problem)
        return cls(label, path, rows, problems)

    def image(self, files: ImageFiles, names: tuple[str, ...], form: RowForm) -> LabelledImage:
        size = size_of(self.path)
        objects = []
        for row in self.rows:
            box = scaled(box_of(row.numbers, form), *size) if size else NO_BOX
            class_name = _class_name(row.class_field, names)
            is_polygon = len(row.numbers) > 5 and form is RowForm.POLYGON
            place = _("line {line}", line=row.line)
            objects.append(Annotation(class_name, box, place, _("polygon") if is_polygon else ""))
        name = files.name(self.path or self.label.with_suffix(".jpg"))
        size = None if self.rows or self.problems else size
        return LabelledImage(
            name, self.path, self.label, size, tuple(objects), tuple(self.problems)
        )


def _may_be_a_list(path: Path) -> bool:
    """Say whether a file is called like a list; an image may be called so, too."""
    return path.name.lower() in _LISTS or is_class_file(path)


def _class_name(text: str, names: tuple[str, ...]) -> str:
    value = finite_number(text)
    if not value.is_integer() or value < 0:
        return f"class {text}"
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
