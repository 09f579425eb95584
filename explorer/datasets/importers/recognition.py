"""Which format a folder has, and reading it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from explorer.datasets.annotations import AnnotationSet, LabelledImage
from explorer.datasets.importers.folder.contents import Look
from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.folder.split_lists import listed_split
from explorer.datasets.importers.folder.texts import is_encoding
from explorer.datasets.importers.foreign import foreign_labels
from explorer.datasets.importers.shapes import shape_notes
from explorer.datasets.label_formats import FORMATS, WITHOUT_LABELS, importer
from explorer.datasets.own.saved_labels import FILE_NAME, SavedLabels
from explorer.datasets.walking import Cancelled, Progress
from explorer.i18n import _, ngettext
from explorer.images import UNREAD_FORMATS

_NAMED = 3
"""Images, classes or files that a note names."""


def read_annotations(
    folder: Path,
    kind: str = "auto",
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    encoding: str | None = None,
    lists: Mapping[str, Path] | None = None,
) -> AnnotationSet:
    """Read the images and labels of a folder and of the folders below it.

    Images of a test set are for no part of a training: they are left out, whatever the format, and
    the notes count them. Lists of the format say what is a test set, else names of files and
    folders.

    Parameters
    ----------
    kind : str
        "auto", one of `FORMATS`, or "images". "auto" looks, and refuses where several formats are
        there, or none: a folder that was mistyped must not become a set of images without
        objects. What was saved together in several formats (see `label_folder`) says the same
        in each. "images" takes the images alone, whatever labels are there.
    encoding : str, optional
        Of text files that do not say their own; by default UTF-8.
    lists : mapping of "train" or "val" to Path, optional
        Files with names of images, one per line: they win over all that the folder says.

    Raises
    ------
    FileNotFoundError
        If the folder is not there.
    ValueError
        If the kind or the encoding is not known, no label or no image is found, or several kinds
        are, or a list names no image: one sentence that says what was seen.
    """
    known = (*FORMATS, WITHOUT_LABELS)
    if kind not in ("auto", *known):
        text = _("kind must be auto or one of {names}, got {kind!r}")
        raise ValueError(text.format(names=", ".join(known), kind=kind))
    if encoding is not None and not is_encoding(encoding):
        text = _(
            "{encoding!r} is no encoding of texts: choose one such as utf-8, cp1252 or gb18030"
        )
        raise ValueError(text.format(encoding=encoding))
    if not folder.is_dir():
        raise FileNotFoundError(_("{folder} is not a folder", folder=folder))
    files = ImageFiles(folder, encoding)
    notes: list[str] = []
    if kind == "auto":
        look = _looked(files)
        found = look.found
        if set(found) == {"voc", "coco"} and _saved_together(files):
            found = ["coco"]  # it has the order of the classes
            notes.append(_("The labels were saved here as Pascal VOC and as COCO: COCO was read"))
        if len(found) != 1:
            raise ValueError(_what_was_seen(look, found))
        kind = found[0]
        for other in look.passed_over:
            text = _("Labels of {kind} are here, too, and are not read (--kind {word} reads them)")
            notes.append(text.format(kind=FORMATS[other].title, word=other))
    read = importer(kind).read(files, progress, cancelled)
    if not any(image.label_file.exists() for image in read.images):
        text = _("no images are in {folder}: {seen}")
        named = ""
        if kind in FORMATS:
            text = _("no labels of {kind} are in {folder}: {seen}")
            named = FORMATS[kind].title
        reasons = []
        if kind in FORMATS:
            look = _looked(files)
            reasons = [*read.notes, *map(_other_kind, look.found), *foreign_labels(look)]
        seen = "; ".join(reasons[:_NAMED]) or _seen(files)
        raise ValueError(text.format(kind=named, folder=folder, seen=seen))
    notes += _unread(files)
    if kind in FORMATS and FORMATS[kind].by_label:
        notes += _unlabelled(files, read.images)
    if files.left_out:
        notes.append(_cannot_be_read(files))
    sides = {
        image.name: read.split.get(image.name) or files.sides.of_folders(image.name)
        for image in read.images
    }
    split = {name: side for name, side in sides.items() if side is not None}
    if lists:
        given, said = _given(lists, list(sides), encoding)
        # Of the former split the test set is left: it may not be trained on unasked.
        split = {**{name: side for name, side in split.items() if side == "test"}, **given}
        notes += said
        free = len(sides) - len(split)
        if free and len(lists) > 1:
            notes.append(
                ngettext(
                    "{n:,} image is in neither list: it is shared out",
                    "{n:,} images are in neither list: they are shared out",
                    free,
                )
            )
    read = replace(read, split=split)
    images = tuple(image.within_limit() for image in read.images)
    read = without_test(replace(read, images=images, notes=(*read.notes, *notes)))
    return replace(read, notes=(*read.notes, *shape_notes(read.images), *_unused(read)))


def _given(
    lists: Mapping[str, Path], names: list[str], encoding: str | None
) -> tuple[dict[str, str], list[str]]:
    """Return the sides of the images that a user's lists name, and notes."""
    split, notes = listed_split(lists.items(), names, encoding)
    for side, path in lists.items():
        if side not in split.values():
            text = _("{name} names no image that is here with a label: {why}")
            raise ValueError(text.format(name=path.name, why="; ".join(notes) or _("it is empty")))
    return split, notes


def kinds_of(files: ImageFiles) -> list[str]:
    """Return the formats that are there; label files decide, not what they are worth."""
    return _looked(files).found


def _looked(files: ImageFiles) -> Look:
    look = Look(files)
    for kind in FORMATS:
        if importer(kind).is_here(look):
            look.found.append(kind)
    if {"coco", "labelme"} <= set(look.found):  # one file made of many: the many are passed over
        look.found.remove("labelme")
        look.passed_over.append("labelme")
    return look


def without_test(read: AnnotationSet) -> AnnotationSet:
    """Return the set without the images of a test set, and a note on them."""
    test = {name for name, side in read.split.items() if side == "test"}
    if not test:
        return read
    split = {name: side for name, side in read.split.items() if side != "test"}
    images = tuple(image for image in read.images if image.name not in test)
    left_out = len(read.images) - len(images)
    if not images:
        text = _("All images are of a test set; as there are no others, they are read like others")
        return replace(read, split=split, notes=(*read.notes, text))
    note = ngettext(
        "{n:,} image of a test set is left out", "{n:,} images of a test set are left out", left_out
    )
    return replace(read, images=images, split=split, notes=(*read.notes, note))


def _unread(files: ImageFiles) -> list[str]:
    """Return notes on images of formats that are not read."""
    counts = Counter(UNREAD_FORMATS[path.suffix.lower()] for path in files.unread)
    return [
        ngettext(
            "{n:,} image is {format}, which is not read: save it as JPEG or PNG",
            "{n:,} images are {format}, which is not read: save them as JPEG or PNG",
            count,
            format=name,
        )
        for name, count in counts.items()
    ]


def _unlabelled(files: ImageFiles, images: tuple[LabelledImage, ...]) -> list[str]:
    """Return a note on images that no label names, if there are: most likely one is missing."""
    used = {image.path for image in images}
    left = [files.name(path) for path in files.images if path not in used]
    left = [name for name in left if files.sides.of_folders(name) != "test"]
    if not left:
        return []
    return [
        ngettext(
            "{n:,} image has no label and is not used: {names}",
            "{n:,} images have no label and are not used: {names}",
            len(left),
            names=_first(left),
        )
    ]


def _cannot_be_read(files: ImageFiles) -> str:
    return ngettext(
        "{n:,} entry cannot be read and is left out (a pipe, a device, a closed folder): {names}",
        "{n:,} entries cannot be read and are left out (pipes, devices, closed folders): {names}",
        len(files.left_out),
        names=_first([files.name(path) for path in files.left_out]),
    )


def _unused(read: AnnotationSet) -> list[str]:
    """Return a note on classes of which there is no object: a list may name all that there are."""
    used = {one.class_name for image in read.images for one in image.objects}
    unused = [name for name in read.class_names if name not in used]
    if not used or not unused:
        return []
    return [
        ngettext(
            "{n:,} class of the list has no object, and the network gets no output for it: {names}",
            "{n:,} classes of the list have no object, and the network gets no output for them: "
            "{names}",
            len(unused),
            names=_first(unused),
        )
    ]


def _saved_together(files: ImageFiles) -> bool:
    """Say whether all labels that are there were written by `label_folder`, at once."""
    folders = [path.parent for path in files.files if path.name == FILE_NAME]
    return (
        len(folders) == 1
        and SavedLabels.load(folders[0]) is not None
        and all(path.is_relative_to(folders[0]) for path in files.with_suffix(".xml", ".json"))
    )


def _what_was_seen(look: Look, found: list[str]) -> str:
    files = look.files
    if found:
        kinds = _(" and ").join(FORMATS[kind].title for kind in found)
        options = _(" or ").join(f"--kind {kind}" for kind in found)
        return _(
            "{folder} has labels of {kinds}: say which are meant ({options})",
            folder=files.root,
            kinds=kinds,
            options=options,
        )
    reasons = [*foreign_labels(look), *look.refused, *_unread(files)]
    if reasons:
        why = "; ".join(reasons[:_NAMED])
        return _("{folder} has no labels that are known: {why}", folder=files.root, why=why)
    expected = ", ".join(each.title for each in FORMATS.values())
    text = _("{folder} has no labels that are known ({expected}): {why}")
    return text.format(folder=files.root, expected=expected, why=_seen(files))


def _other_kind(kind: str) -> str:
    text = _("labels of {kind} are there (--kind {word})")
    return text.format(kind=FORMATS[kind].title, word=kind)


def _seen(files: ImageFiles) -> str:
    suffixes = [path.suffix.lower() or _("no suffix") for path in files.files]
    counts = sorted(((suffixes.count(one), one) for one in set(suffixes)), reverse=True)[:4]
    seen = ", ".join(f"{count:,} × {suffix}" for count, suffix in counts)
    return _("seen were {seen}", seen=seen) if seen else _("it is empty")


def _first(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
