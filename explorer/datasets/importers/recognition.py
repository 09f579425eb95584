"""Which format a folder has, and reading it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from explorer.datasets.annotations import AnnotationSet, LabelledImage
from explorer.datasets.importers.folder_contents import Look
from explorer.datasets.importers.image_files import ImageFiles
from explorer.datasets.label_formats import FORMATS, WITHOUT_LABELS, importer
from explorer.datasets.own.saved_labels import FILE_NAME, SavedLabels
from explorer.datasets.walking import Cancelled, Progress
from explorer.i18n import _, ngettext

_NAMED = 3
"""Images without a label, or entries that are no files, that a note names."""


def read_annotations(
    folder: Path,
    kind: str = "auto",
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> AnnotationSet:
    """Read the images and labels of a folder and of the folders below it.

    Parameters
    ----------
    kind : str
        "auto", one of `FORMATS`, or "images". "auto" looks, and refuses where several formats are
        there, or none: a folder that was mistyped must not become a set of images without
        objects. What was saved together in several formats (see `label_folder`) says the same
        in each. "images" takes the images alone, whatever labels are there.

    Raises
    ------
    FileNotFoundError
        If the folder is not there.
    ValueError
        If the kind is not known, no label or no image is found, or several kinds are: one
        sentence that says what was seen.
    """
    known = (*FORMATS, WITHOUT_LABELS)
    if kind not in ("auto", *known):
        text = _("kind must be auto or one of {names}, got {kind!r}")
        raise ValueError(text.format(names=", ".join(known), kind=kind))
    if not folder.is_dir():
        raise FileNotFoundError(_("{folder} is not a folder", folder=folder))
    files = ImageFiles(folder)
    notes: tuple[str, ...] = ()
    if kind == "auto":
        found = kinds_of(files)
        if set(found) == {"voc", "coco"} and _saved_together(files):
            found = ["coco"]  # it has the order of the classes
            notes = (_("The labels were saved here as Pascal VOC and as COCO: COCO was read"),)
        if len(found) != 1:
            raise ValueError(_what_was_seen(files, found))
        kind = found[0]
    read = importer(kind).read(files, progress, cancelled)
    if not any(image.label_file.exists() for image in read.images):
        text = _("no images are in {folder}: {seen}")
        named = ""
        if kind in FORMATS:
            text = _("no labels of {kind} are in {folder}: {seen}")
            named = FORMATS[kind].title
        raise ValueError(text.format(kind=named, folder=folder, seen=_seen(files)))
    if kind in FORMATS and FORMATS[kind].by_label:
        note = _unlabelled(files, read.images)
        notes = (*notes, note) if note else notes
    if files.left_out:
        notes = (*notes, _cannot_be_read(files))
    images = tuple(image.within_limit() for image in read.images)
    return replace(read, images=images, notes=(*read.notes, *notes))


def kinds_of(files: ImageFiles) -> list[str]:
    """Return the formats that are there; label files decide, not what they are worth."""
    look = Look(files)
    for kind in FORMATS:
        if importer(kind).is_here(look):
            look.found.append(kind)
    return look.found


def _unlabelled(files: ImageFiles, images: tuple[LabelledImage, ...]) -> str:
    """Return a note on images that no label names, if there are: most likely one is missing."""
    used = {image.path for image in images}
    left = [files.name(path) for path in files.images if path not in used]
    if not left:
        return ""
    names = ", ".join(left[:_NAMED]) + (", …" if len(left) > _NAMED else "")
    return ngettext(
        "{n:,} image has no label and is not used: {names}",
        "{n:,} images have no label and are not used: {names}",
        len(left),
        names=names,
    )


def _cannot_be_read(files: ImageFiles) -> str:
    names = ", ".join(map(files.name, files.left_out[:_NAMED]))
    return ngettext(
        "{n:,} entry cannot be read and is left out (a pipe, a device, a closed folder): {names}",
        "{n:,} entries cannot be read and are left out (pipes, devices, closed folders): {names}",
        len(files.left_out),
        names=names + (", …" if len(files.left_out) > _NAMED else ""),
    )


def _saved_together(files: ImageFiles) -> bool:
    """Say whether all labels that are there were written by `label_folder`, at once."""
    folders = [path.parent for path in files.files if path.name == FILE_NAME]
    return (
        len(folders) == 1
        and SavedLabels.load(folders[0]) is not None
        and all(path.is_relative_to(folders[0]) for path in files.with_suffix(".xml", ".json"))
    )


def _what_was_seen(files: ImageFiles, found: list[str]) -> str:
    if found:
        kinds = _(" and ").join(FORMATS[kind].title for kind in found)
        return _(
            "{folder} has labels of {kinds}: say which are meant", folder=files.root, kinds=kinds
        )
    expected = ", ".join(each.title for each in FORMATS.values())
    why = Look(files).damaged_json() or _seen(files)
    text = _("{folder} has no labels that are known ({expected}): {why}")
    return text.format(folder=files.root, expected=expected, why=why)


def _seen(files: ImageFiles) -> str:
    suffixes = [path.suffix.lower() or _("no suffix") for path in files.files]
    counts = sorted(((suffixes.count(one), one) for one in set(suffixes)), reverse=True)[:4]
    seen = ", ".join(f"{count:,} × {suffix}" for count, suffix in counts)
    return _("seen were {seen}", seen=seen) if seen else _("it is empty")
