"""Record files that are there already: MXNet's ``.rec``, and ``.lst`` with images beside it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from explorer.datasets.annotations import Annotation, AnnotationSet, LabelledImage
from explorer.datasets.description import Description
from explorer.datasets.importers.folder.contents import Look
from explorer.datasets.importers.folder.image_files import ImageFiles, size_of
from explorer.datasets.importers.numbers import finite_number
from explorer.datasets.records.detection_record import unpack_image, unpack_labels
from explorer.datasets.records.recordio import RecordReader
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _, ngettext
from explorer.images import read_header


def is_here(look: Look) -> bool:
    """Say whether a folder has records, or a list of images and no other labels."""
    has = look.files.with_suffix
    return bool(has(".rec") or (not look.found and has(".lst")))


def read(
    files: ImageFiles,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> AnnotationSet:
    """Read the ``.rec`` files of a folder and below it, or if there is none, the ``.lst`` files.

    An image inside a record file is called by the file and its number: ``train.rec/17``, counted
    from 0 in the order in which training reads; its `path` is the record file. Classes have the
    names of ``dataset.json``, else ``class 0``, ``class 1``, …. Files called train, val
    and test decide the split.

    Raises
    ------
    ValueError
        If a file is cut off or damaged.
    """
    images: list[LabelledImage] = []
    names: dict[str, None] = {}
    split: dict[str, str] = {}
    notes: list[str] = []
    records = files.with_suffix(".rec")
    for path in records or files.with_suffix(".lst"):
        description = Description.load(path.parent)
        known = () if description is None else description.class_names
        names.update(dict.fromkeys(known))
        if records:
            found = _of_records(path, known, files, progress, cancelled)
        else:
            found, num_other = _of_list(path, known, files, progress, cancelled)
            if num_other:
                text = ngettext(
                    "{name}: {n:,} line is no label (number, tab, label, tab, image): left out",
                    "{name}: {n:,} lines are no labels (number, tab, label, tab, image): left out",
                    num_other,
                    name=files.name(path),
                )
                notes.append(text)
        images += found
        side = files.sides.of_file(files.name(path))
        if side is not None:
            split.update({image.name: side for image in found})
    used = {one.class_name for image in images for one in image.objects} - set(names) - {""}
    unnamed = sorted(used, key=lambda name: (len(name), name))
    return AnnotationSet(
        files.root, "records", tuple(images), (*names, *unnamed), split, tuple(notes)
    )


def _of_records(
    path: Path,
    known: tuple[str, ...],
    files: ImageFiles,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> list[LabelledImage]:
    images = []
    with RecordReader(path) as reader:
        for place in walk(range(len(reader)), progress, cancelled):
            record = reader.read(place)
            size, problems = None, []
            labels = np.zeros((0, 5), dtype=np.float32)
            try:
                labels = unpack_labels(record)
                called = _("{name}, record {number}", name=path.name, number=place)
                size = read_header(unpack_image(record), called).size_px
            except ValueError as error:
                said = str(error)
                if path.name not in said:
                    said = _("record {number} {what}", number=place, what=said)
                problems.append(said)
            objects = label_objects(labels.tolist(), known, size, _("object {number}"))
            name = f"{files.name(path)}/{place}"
            images.append(LabelledImage(name, path, path, None, objects, tuple(problems)))
    return images


def _of_list(
    path: Path,
    known: tuple[str, ...],
    files: ImageFiles,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> tuple[list[LabelledImage], int]:
    """Return the images of a list, and how many of its lines are something else."""
    images, num_other, of_images = [], 0, 0
    lines = files.text(path).splitlines()
    for place, line in enumerate(walk(lines, progress, cancelled), start=1):
        fields = line.split("\t")
        if len(fields) < 3:
            num_other += bool(line.strip())
            continue
        values = [finite_number(field) for field in fields[1:-1]]
        said = fields[-1].strip()
        image, doubt = files.find(said, path)
        problems = []
        if doubt is not None:
            problems.append(_("{name} line {line}: {what}", name=path.name, line=place, what=doubt))
        rows = _rows(values)
        of_images += len(values) == 1
        if rows is None:
            problems.append(_("{name} line {line} is not a box label", name=path.name, line=place))
        name = files.called(image, said) or _("no name")
        objects = label_objects(
            rows or [],
            known,
            size_of(image),
            _("line {line}, object {number}").replace("{line}", str(place)),
        )
        images.append(LabelledImage(name, image, path, None, objects, tuple(problems)))
    if of_images and of_images == len(images):
        text = _("{name} has one number per image, a class of the whole image: boxes are needed")
        raise ValueError(text.format(name=path.name))
    return images, num_other


def _rows(values: list[float]) -> list[list[float]] | None:
    """Return class and corners of each object of a label; None where it is not a box label.

    It begins with its own length before the objects, and the length of one object.
    """
    if len(values) < 2 or not (values[0].is_integer() and values[1].is_integer()):
        return None
    head, width = int(values[0]), int(values[1])
    if not 2 <= head <= len(values) or width < 5 or (len(values) - head) % width:
        return None
    return [values[at : at + 5] for at in range(head, len(values), width)]


def label_objects(
    rows: list[list[float]],
    known: tuple[str, ...],
    size: tuple[int, int] | None,
    place: str,
) -> tuple[Annotation, ...]:
    """Return the objects of a label; rows of class -1 are padding."""
    width, height = size or (math.nan, math.nan)
    return tuple(
        Annotation(
            _class_name(class_id, known),
            (x0 * width, y0 * height, x1 * width, y1 * height),
            place.format(number=at),
        )
        for at, (class_id, x0, y0, x1, y1) in enumerate(rows, start=1)
        if class_id != -1
    )


def _class_name(class_id: float, known: tuple[str, ...]) -> str:
    if class_id.is_integer() and 0 <= class_id < len(known):
        return known[int(class_id)]
    return f"class {class_id:g}"
