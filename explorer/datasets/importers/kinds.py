"""Which format a folder has, and reading it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.importers.coco import is_coco, load_json, read_coco
from explorer.datasets.importers.image_files import ImageFiles
from explorer.datasets.importers.images import read_images
from explorer.datasets.importers.labelme import is_labelme, read_labelme
from explorer.datasets.importers.records import read_records
from explorer.datasets.importers.table import is_table, read_table
from explorer.datasets.importers.unlabelled import unlabelled_note
from explorer.datasets.importers.voc import read_voc
from explorer.datasets.importers.walking import Cancelled, Progress
from explorer.datasets.importers.yolo import looks_like_labels, read_yolo
from explorer.datasets.importers.yolo_yaml import yaml_files
from explorer.datasets.saved_labels import FILE_NAME, SavedLabels
from explorer.i18n import N_, _

__all__ = ["KINDS", "WITHOUT_LABELS", "kinds_of", "read_annotations"]

KINDS = {
    "voc": "Pascal VOC (.xml)",
    "coco": "COCO (.json)",
    "yolo": "YOLO (.txt)",
    "csv": N_("a table (.csv)"),
    "labelme": "labelme (.json)",
    "records": N_("MXNet's records (.rec, .lst)"),
}
"""Every format, and what a person calls it."""

WITHOUT_LABELS = "images"
"""The kind of a folder that nobody has labelled: never found by looking, only asked for."""

_READERS = {
    "voc": read_voc,
    "coco": read_coco,
    "yolo": read_yolo,
    "csv": read_table,
    "labelme": read_labelme,
    "records": read_records,
    WITHOUT_LABELS: read_images,
}
_LABELS_FIRST = ("voc", "coco", "csv", "labelme")
"""Formats that are read label by label: an image that no label names is not seen."""

_LOOKED_INTO = 5
"""Files of one suffix that are opened to know what they are; a read-me may be among them."""


def read_annotations(
    folder: Path,
    kind: str = "auto",
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> AnnotationSet:
    """Read the images and labels of a folder and of the folders below it.

    Parameters
    ----------
    folder : Path
    kind : {"auto", "voc", "coco", "yolo", "csv", "labelme", "records", "images"}
        "auto" looks, and refuses where several formats are there, or none: a folder that was
        mistyped must not become a set of images without objects. What was saved together
        in several formats (see `label_folder`) says the same in each. "images" takes the
        images alone, whatever labels are there.
    progress : callable(done, total), optional
    cancelled : callable() -> bool, optional

    Raises
    ------
    CancelledError
        If `cancelled` returned True.
    FileNotFoundError
        If the folder is not there.
    ValueError
        If the kind is not known, no label or no image is found, or several kinds are: one
        sentence that says what was seen.
    """
    if kind != "auto" and kind not in _READERS:
        text = _("kind must be auto or one of {names}, got {kind!r}")
        raise ValueError(text.format(names=", ".join(_READERS), kind=kind))
    if not folder.is_dir():
        raise FileNotFoundError(_("{folder} is not a folder that is there", folder=folder))
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
    read = _READERS[kind](files, progress, cancelled)
    if not any(image.label_file.exists() for image in read.images):
        text = _("no images are in {folder}: {seen}")
        if kind in KINDS:
            text = _("no labels of {kind} are in {folder}: {seen}")
        named = _(KINDS.get(kind, ""))
        raise ValueError(text.format(kind=named, folder=folder, seen=_seen(files)))
    if kind in _LABELS_FIRST and (note := unlabelled_note(files, read.images)):
        notes = (*notes, note)
    return replace(read, notes=(*read.notes, *notes))


def kinds_of(files: ImageFiles) -> list[str]:
    """Return the formats that are there; label files decide, not what they are worth."""
    found = []
    if any(_begins(path, b"<annotation") for path in files.with_suffix(".xml")):
        found.append("voc")
    contents = [_json(path) for path in files.with_suffix(".json")[:_LOOKED_INTO]]
    if any(map(is_coco, contents)):
        found.append("coco")
    elif any(map(is_labelme, contents)):
        found.append("labelme")
    described = bool(yaml_files(files))
    labels = (path for path in files.with_suffix(".txt") if looks_like_labels(path))
    if described or next(labels, None) is not None:
        found.append("yolo")
    if any(is_table(path) for path in files.with_suffix(".csv", ".tsv")):
        found.append("csv")
    if files.with_suffix(".rec") or (not found and files.with_suffix(".lst")):
        found.append("records")
    return found


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
        kinds = _(" and ").join(_(KINDS[kind]) for kind in found)
        return _(
            "{folder} has labels of {kinds}: say which are meant", folder=files.root, kinds=kinds
        )
    expected = ", ".join(_(kind) for kind in KINDS.values())
    why = _damaged_json(files) or _seen(files)
    text = _("{folder} has no labels that are known ({expected}): {why}")
    return text.format(folder=files.root, expected=expected, why=why)


def _damaged_json(files: ImageFiles) -> str:
    """Return which of the files that were looked into is no JSON, and why; empty if none is."""
    for path in files.with_suffix(".json")[:_LOOKED_INTO]:
        try:
            load_json(path)
        except ValueError as error:
            return str(error)
    return ""


def _seen(files: ImageFiles) -> str:
    suffixes = [path.suffix.lower() or _("no suffix") for path in files.files]
    counts = sorted(((suffixes.count(one), one) for one in set(suffixes)), reverse=True)[:4]
    seen = ", ".join(f"{count:,} × {suffix}" for count, suffix in counts)
    return _("seen were {seen}", seen=seen) if seen else _("it is empty")


def _begins(path: Path, mark: bytes) -> bool:
    try:
        with path.open("rb") as stream:
            return mark in stream.read(1000)
    except OSError:
        return False


def _json(path: Path) -> object:
    try:
        return load_json(path)
    except ValueError:
        return None
