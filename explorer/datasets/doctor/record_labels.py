"""Record files as a set to examine: all that can be read of them, and what cannot."""

from __future__ import annotations

import contextlib
from pathlib import Path

from explorer.datasets.annotations import AnnotationSet, LabelledImage
from explorer.datasets.description import Description
from explorer.datasets.importers.folder.side_names import Sides
from explorer.datasets.importers.recognition import without_test
from explorer.datasets.importers.records import label_objects
from explorer.datasets.records.detection_record import unpack_image, unpack_labels
from explorer.datasets.records.image_bytes import open_records
from explorer.datasets.walking import Progress, walk
from explorer.i18n import _, reason_of
from explorer.images import read_header


def read_record_labels(folder: Path, progress: Progress | None = None) -> AnnotationSet:
    """Read the labels of a folder's ``.rec`` files, right or wrong.

    An image is called by its file and number: ``train.rec/17``, counted from 0 in the order in
    which training reads them; its `path` is the record file. A file that is cut off or damaged
    is an image without a path whose `problems` say so, and so is an index that does not fit; the
    records are then read without it. Classes have the names of ``dataset.json``, others are
    called ``class 7``.

    Parameters
    ----------
    progress : callable(done, total)
        In records of a file.

    Raises
    ------
    FileNotFoundError
        If the folder has no ``.rec`` file.
    ValueError
        If ``dataset.json`` is there and not readable.
    """
    files = sorted(folder.glob("*.rec"))
    if not files:
        raise FileNotFoundError(_("{folder} has no .rec file", folder=folder))
    description = Description.load(folder)
    names = () if description is None else description.class_names
    images: list[LabelledImage] = []
    split: dict[str, str] = {}
    sides = Sides(path.name for path in files)
    for path in files:
        try:
            reader, problem = open_records(path)
        except (ValueError, OSError) as error:
            images.append(LabelledImage(path.name, None, path, problems=(_said(path, error),)))
            continue
        if problem is not None:
            images.append(LabelledImage(path.name, None, path, problems=(problem,)))
        side = sides.of_file(path.name)
        with reader:
            for number in walk(range(len(reader)), progress):
                image = _labelled(path, number, reader.read(number), names).within_limit()
                images.append(image)
                if side is not None:
                    split[image.name] = side
    used = {one.class_name for image in images for one in image.objects} - set(names)
    strange = sorted(used, key=lambda name: (len(name), name))
    read = AnnotationSet(folder, "records", tuple(images), (*names, *strange), split)
    return without_test(read)


def _said(path: Path, error: ValueError | OSError) -> str:
    if isinstance(error, OSError):
        return _("{name} cannot be read: {reason}", name=path.name, reason=reason_of(error))
    return str(error)


def _labelled(path: Path, number: int, record: bytes, names: tuple[str, ...]) -> LabelledImage:
    name = f"{path.name}/{number}"
    try:
        labels = unpack_labels(record)
    except ValueError as error:
        return LabelledImage(
            name, path, path, problems=(_("record {number} {what}", number=number, what=error),)
        )
    size = None
    with contextlib.suppress(ValueError):  # the examination of the image says so
        size = read_header(unpack_image(record)).size_px
    return LabelledImage(
        name, path, path, None, label_objects(labels.tolist(), names, size, _("object {number}"))
    )
