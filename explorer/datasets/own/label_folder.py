"""Labels in a folder of their own, which can be read and imported as it stands.

    photos/
      images/a/1.jpg      hard links to the user's images, or copies on another disk
      voc/a/1.xml         Pascal VOC, in folders as the images are
      coco.json           the same as COCO
      saved-labels.json   see `saved_labels.py`

Label files name images by their path below the folder that was read (``a/1.jpg``), in VOC's
``<path>`` and in COCO's ``file_name``. Importers compare paths from their end, so they find the
images in ``images``, or, where the labels lie in or above the user's own folder, there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from explorer.datasets.annotations import AnnotationSet, LabelledImage
from explorer.datasets.exporters import write_coco, write_voc
from explorer.datasets.folder_in_place import CancelledError
from explorer.datasets.own.box_table import header_size
from explorer.datasets.own.saved_labels import FILE_NAME, SavedLabels
from explorer.datasets.records.image_bytes import ImageBytes
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.files import write_contents
from explorer.i18n import _, reason_of

WRITTEN = {"voc": ("voc", write_voc), "coco": ("coco.json", write_coco)}
"""Every format that is written: the file or folder it is, and what writes that."""

_IMAGES = "images"


def _parts() -> list[str]:
    return [part for part, _write in WRITTEN.values()]


def has_images(folder: Path, root: Path) -> bool:
    """Say whether the images of `root` lie in or above `folder`: no links are needed there."""
    folder, root = folder.resolve(), root.resolve()
    return folder.is_relative_to(root) or root.is_relative_to(folder)


def in_the_way(folder: Path) -> list[Path]:
    """Return what is in a folder that saving would replace, in order of its names."""
    names = (*_parts(), _IMAGES, FILE_NAME)
    return sorted(folder / name for name in names if os.path.lexists(folder / name))


def save_labels(
    annotations: AnnotationSet,
    folder: Path,
    source: str = "",
    formats: Collection[str] = tuple(WRITTEN),
    with_images: bool = True,
    keep_empty: bool = True,
    keep_old: bool = True,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> SavedLabels:
    """Write labels, whole or not at all; what else is in the folder stays.

    Parameters
    ----------
    source : str
        What they are of, for `SavedLabels`.
    formats : collection of str
        Of `WRITTEN`.
    with_images : bool
        Put links to the images beside the labels, unless they are in or above the folder.
    keep_empty : bool
        Whether images without an object are written: then they say that there is nothing.
    keep_old : bool
        What is in the way becomes ``voc~`` (``voc.2~``, …), which importers leave alone;
        otherwise it is deleted.

    Raises
    ------
    CancelledError, OSError
        If `cancelled` returned True, or it cannot be written; the folder is as it was.
    ValueError
        If no format is wanted, no image is left, one cannot be written in a format, or the
        folder's own images would have to go.
    """
    parts = [part for name, (part, _write) in WRITTEN.items() if name in formats]
    if not parts:
        raise ValueError(_("choose a format to save the labels in"))
    if with_images and not has_images(folder, annotations.root):
        parts.append(_IMAGES)
    parts.append(FILE_NAME)
    for name in parts:
        if annotations.root.resolve().is_relative_to((folder / name).resolve()):
            text = _("{path} holds the images: choose another folder for their labels")
            raise ValueError(text.format(path=folder / name))
    is_new = not folder.is_dir()
    building = folder / f".saving-{os.getpid()}"
    try:
        building.mkdir(parents=True)
        with ImageBytes() as contents:
            images = [
                each for image in annotations.images for each in _sized(image, contents, keep_empty)
            ]
            if not images:
                raise ValueError(_("there is nothing to save: no image has a box"))
            saved = SavedLabels(
                source,
                tuple(name for name in parts if name != FILE_NAME),
                len(images),
                sum(len(image.objects) for image in images),
                len(annotations.images) - len(images),
            )
            if _IMAGES in parts:
                _link(images, building / _IMAGES, contents, progress, cancelled)
        _write(replace(annotations, images=tuple(map(_named, images))), parts, building)
        write_contents({building / FILE_NAME: saved.content()})
        if cancelled is not None and cancelled():
            raise CancelledError(_("stopped before the labels were in place"))
        former = SavedLabels.load(folder)
        _swap(folder, building, parts, former.parts if former else (), keep_old)
    except OSError as error:
        text = _("cannot write the labels to {folder}: {reason}")
        raise OSError(text.format(folder=folder, reason=reason_of(error))) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
        if is_new:
            with contextlib.suppress(OSError):  # it is not empty: the labels are in it
                folder.rmdir()
    return saved


def _sized(image: LabelledImage, contents: ImageBytes, keep_empty: bool) -> list[LabelledImage]:
    """Return the image with its size; nothing where it has none, or is not wanted."""
    if image.path is None or (not image.objects and (image.problems or not keep_empty)):
        return []
    if image.said_size_px is not None:
        return [image]
    size = header_size(image, contents)
    return [] if size is None else [replace(image, said_size_px=size)]


def _named(image: LabelledImage) -> LabelledImage:
    """Return the image called as its file will be: a record has a number only."""
    return replace(image, name=f"{image.name}.jpg") if image.is_record else image


def _link(
    images: Sequence[LabelledImage],
    folder: Path,
    contents: ImageBytes,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> None:
    for image in walk(images, progress, cancelled, _("stopped after {done} of {total} images")):
        target = folder / _named(image).name
        target.parent.mkdir(parents=True, exist_ok=True)
        if image.is_record:
            target.write_bytes(contents.read(image))
        elif not target.exists():  # an image may be labelled twice
            path = image.path.resolve()  # a link to a link may lead nowhere from here
            try:
                os.link(path, target)
            except OSError:  # another disk, or one that knows no links
                shutil.copyfile(path, target)


def _write(annotations: AnnotationSet, parts: Collection[str], folder: Path) -> None:
    used = (one.class_name for image in annotations.images for one in image.objects)
    names = dict.fromkeys((*annotations.class_names, *filter(None, used)))
    named = replace(annotations, class_names=tuple(names))
    for part, write in WRITTEN.values():
        if part in parts:
            write(named, folder / part)


def _swap(
    folder: Path, building: Path, parts: Collection[str], former: Collection[str], keep_old: bool
) -> None:
    """Move old parts aside and new ones to their places; if that fails, all of them back."""
    old = building / "old"
    old.mkdir()
    moved: list[tuple[Path, Path]] = []
    try:
        ours = (name for name in (*_parts(), _IMAGES) if name in former)
        for name in dict.fromkeys((*parts, *ours)):
            if os.path.lexists(folder / name):
                keep = keep_old and name != FILE_NAME
                aside = _free(folder / f"{name}~") if keep else old / name
                (folder / name).rename(aside)
                moved.append((folder / name, aside))
        for name in parts:
            (building / name).rename(folder / name)
            moved.append((building / name, folder / name))
    except BaseException:
        for place, now in reversed(moved):
            now.rename(place)
        raise


def _free(path: Path) -> Path:
    """Return `path`, which ends in "~", with a number before that where it is taken."""
    number, found = 1, path
    while os.path.lexists(found):
        number += 1
        found = path.with_name(f"{path.name[:-1]}.{number}~")
    return found
