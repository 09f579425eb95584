"""From a user's images and labels to a data set to train on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.annotations import AnnotationSet, LabelledImage
from explorer.datasets.description import SPLITS, Description
from explorer.datasets.folder_in_place import folder_in_place
from explorer.datasets.labels import MAX_OBJECTS, clean, problem
from explorer.datasets.own.box_table import counted_in
from explorer.datasets.own.class_list import ClassMapping, listed_classes
from explorer.datasets.records.image import RecordImage, record_image
from explorer.datasets.records.image_bytes import ImageBytes
from explorer.datasets.records.split_writer import SplitWriter
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _, ngettext, reason_of

_SLIVER = 1e-6
"""Of a side: thinner boxes may be empty when they are rounded to float32."""


@dataclass(frozen=True)
class BuildReport:
    """What was built."""

    folder: Path
    num_images: dict[str, int]
    """dict of "train" and "val" to int."""
    num_objects: dict[str, int]
    """dict of "train" and "val" to int."""
    class_names: tuple[str, ...]
    encoded: dict[str, str]
    """Names of the images that are not the user's file byte by byte, with the reason."""
    left_out: dict[str, str]
    """Names of the images that are not in it, with the reason."""


def build_dataset(
    annotations: AnnotationSet,
    split: Mapping[str, str],
    out_dir: Path,
    mapping: ClassMapping | None = None,
    *,
    keep_empty: bool = True,
    skip_bad: bool = False,
    replace: bool = False,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> BuildReport:
    """Write ``train`` and ``val`` as ``.rec``, ``.idx`` and ``.lst``, and ``dataset.json``.

    All is written to a folder beside `out_dir`, read back and compared; then it takes the name
    `out_dir`. Whatever goes wrong, nothing else is left, and what was there stays.

    A box is relative to the size that its label says, where that has the image's shape, else to
    the upright image. Boxes that overshoot the image by a rounding are cut.

    A class without an object is none of the set's: nothing could be learned of it.

    Parameters
    ----------
    split : mapping of image names to "train" or "val"
        Images without an entry are left out.
    out_dir : Path
        The data set's own folder; must not exist unless `replace`.
    keep_empty : bool
        Keep images without objects. They train nothing: MXNet's MultiBoxTarget leaves all
        their anchors out of the loss. In validation they count what is found on them as wrong.
    skip_bad : bool
        Leave images out that cannot be used, instead of refusing the set.

    Raises
    ------
    ValueError
        If an image or a label is bad and `skip_bad` is False (the first is named, and how many
        there are), if a side of the split is left without an image or the training without an
        object, or the mapping does not fit.
    FileExistsError
        If the folder exists and `replace` is False.
    OSError
        If the folder cannot be written, or what was written is not what is read back.
    """
    if out_dir.exists() and not replace:
        raise FileExistsError(_("{out_dir} exists already: nothing was done", out_dir=out_dir))
    mapped = (mapping or ClassMapping()).apply(annotations)
    used = {one.class_name for image in mapped.images for one in image.objects}
    class_names = tuple(name for name in listed_classes(mapped) if name and name in used)
    class_id = {name: number for number, name in enumerate(class_names)}
    left_out: dict[str, str] = {}
    encoded: dict[str, str] = {}
    bad: dict[str, str] = {}
    num_objects = dict.fromkeys(SPLITS, 0)
    with folder_in_place(out_dir) as folder:
        writers = {side: SplitWriter(folder, side) for side in SPLITS}
        with ImageBytes() as source, writers["train"], writers["val"]:
            stopped = _("stopped after {done} of {total} images")
            for image in walk(mapped.images, progress, cancelled, stopped):
                side = split.get(image.name)
                if not image.objects and not image.problems and not keep_empty:
                    left_out[image.name] = _("it has no object")
                elif side not in writers:
                    left_out[image.name] = _("in neither part of the split")
                else:
                    try:
                        content = _record_image(image, source)
                        labels = _labels(image, class_id, content.size_px)
                    except ValueError as error:
                        bad[image.name] = str(error)
                    else:
                        writers[side].add(labels, content.jpeg, image.name)
                        num_objects[side] += len(labels)
                        if content.encoded_because is not None:
                            encoded[image.name] = content.encoded_because
        if not skip_bad:
            _refuse(bad, len(mapped.images))
        left_out.update(bad)
        counts = {side: len(writer) for side, writer in writers.items()}
        _check_counts(counts, num_objects["train"], left_out)
        Description(
            class_names=class_names,
            splits={side: writer.description() for side, writer in writers.items()},
            imported_from=mapped.kind,
        ).save(folder)
    return BuildReport(out_dir, counts, num_objects, class_names, encoded, left_out)


def _record_image(image: LabelledImage, source: ImageBytes) -> RecordImage:
    if image.problems:
        raise ValueError(image.problems[0])
    if image.path is None:
        raise ValueError(_("{name} is missing", name=image.name))
    try:
        content = source.read(image)
    except OSError as error:
        text = _("{name} cannot be read: {reason}")
        raise ValueError(text.format(name=image.name, reason=reason_of(error))) from None
    if not content:
        raise ValueError(_("{name} is empty", name=image.name))
    return record_image(content, image.name)


def _labels(
    image: LabelledImage, class_id: Mapping[str, int], size_px: tuple[int, int]
) -> NDArray[np.float32]:
    """Return (G, 5) labels, normalised.

    Raises
    ------
    ValueError
        If one is not a label to train on.
    """
    width, height = _frame(image, size_px)
    rows = []
    for one in image.objects:
        if not one.class_name:
            raise ValueError(_("{place} has no class", place=one.place))
        if one.class_name not in class_id:
            text = _("{place} is of {class_name!r}, which is not in the list")
            raise ValueError(text.format(place=one.place, class_name=one.class_name))
        x0, y0, x1, y1 = one.box_px
        number = class_id[one.class_name]
        rows.append((number, x0 / width, y0 / height, x1 / width, y1 / height))
    labels = np.array(rows, dtype=np.float32).reshape(-1, 5)
    if len(rows) <= MAX_OBJECTS and all(map(_surely_good, rows)):
        return labels
    what = problem(labels)
    if what is not None:
        raise ValueError(what)
    return clean(labels)


def _surely_good(row: tuple[float, ...]) -> bool:
    """Say whether a label is within the image and no sliver: nearly all are, and known at once."""
    _, x0, y0, x1, y1 = row
    return 0 <= x0 < x1 - _SLIVER and x1 <= 1 and 0 <= y0 < y1 - _SLIVER and y1 <= 1


def _frame(image: LabelledImage, size_px: tuple[int, int]) -> tuple[int, int]:
    said, frame = image.said_size_px, counted_in(image, size_px)
    if said is not None and frame != said:
        text = _("the label says {said} px, the image has {found} px")
        raise ValueError(
            text.format(said="×".join(map(str, said)), found="×".join(map(str, size_px)))
        )
    return frame


def _refuse(bad: Mapping[str, str], num_images: int) -> None:
    if bad:
        name, what = next(iter(bad.items()))
        text = _("{name}: {what}")
        if len(bad) > 1:
            text = _("{name}: {what} ({bad:,} of {all:,} images are bad)")
        raise ValueError(text.format(name=name, what=what, bad=len(bad), all=num_images))


def _check_counts(counts: dict[str, int], num_objects: int, left_out: Mapping[str, str]) -> None:
    empty = [side for side in SPLITS if counts[side] == 0]
    if empty:
        text = _("no image is left to validate on: choose another split")
        if empty[0] == "train":
            text = _("no image is left to train on: choose another split")
        if left_out:
            number = len(left_out)
            text += ngettext("; {n:,} image was left out", "; {n:,} images were left out", number)
        raise ValueError(text)
    if num_objects == 0:
        raise ValueError(_("no image to train on has an object"))
