"""Lists that say which image is for training and which for validation."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from explorer.datasets.importers.image_files import ImageFiles, parts_of
from explorer.i18n import _

_FOLDERS = {
    **dict.fromkeys(("train", "training", "train2017", "train2014"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "val2017", "val2014"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}


def split_of_folder(name: str) -> str | None:
    """Return "train", "val" or "test" where a folder of an image's path is called so."""
    found = [_FOLDERS[part] for part in parts_of(name)[:-1] if part in _FOLDERS]
    return found[-1] if found else None


def folder_split(names: Iterable[str]) -> dict[str, str]:
    """Return the images that lie in a folder called train or val, with that word."""
    sides = {name: split_of_folder(name) for name in names}
    return {name: side for name, side in sides.items() if side in ("train", "val")}


def read_list(path: Path) -> list[str]:
    """Return the lines of a list, without those that are empty.

    Raises
    ------
    ValueError
        If it cannot be read as text.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        text = _("{path} cannot be read as a list of images: {error}")
        raise ValueError(text.format(path=path, error=error)) from None
    return [line.strip() for line in text.splitlines() if line.strip()]


def listed_split(root: Path, lists: dict[str, Path], names: Iterable[str]) -> dict[str, str]:
    """Return which of `names` the lists put where.

    A line means the image whose path ends so, with or without its suffix.

    Parameters
    ----------
    lists : dict of "train" or "val" to Path

    Raises
    ------
    ValueError
        If a list cannot be read, names an image that is not there or several, or both lists
        name one image.
    """
    by_end: dict[str, list[str]] = {}
    for name in names:
        last = parts_of(name)[-1]
        for key in {last, last.rpartition(".")[0] or last}:
            by_end.setdefault(key, []).append(name)
    split: dict[str, str] = {}
    for side, path in lists.items():
        for line in read_list(path):
            parts = parts_of(line)
            found = by_end.get(parts[-1], []) if parts else []
            if len(found) > 1:
                found = [name for name in found if _ends(parts_of(name), parts)]
            if len(found) != 1:
                text = _("{name} lists {line!r}, and no image of {root} fit it")
                if found:
                    text = _("{name} lists {line!r}, and {number} images of {root} fit it")
                values = {"line": line, "number": len(found), "root": root}
                raise ValueError(text.format(name=path.name, **values))
            if split.setdefault(found[0], side) != side:
                text = _("{name} is in both lists, to train on and to validate on")
                raise ValueError(text.format(name=found[0]))
    return split


def voc_split(files: ImageFiles, names: Iterable[str]) -> dict[str, str]:
    """Return the split of VOC's ``ImageSets/Main/train.txt`` and ``val.txt``, if they are there.

    Raises
    ------
    ValueError
        As `listed_split`.
    """
    lists = {}
    for path in files.with_suffix(".txt"):
        below = parts_of(files.name(path))
        if below[-3:-1] == ("imagesets", "main") and path.stem.lower() in ("train", "val"):
            lists[path.stem.lower()] = path
    return listed_split(files.root, lists, names)


def _ends(name: tuple[str, ...], line: tuple[str, ...]) -> bool:
    stem = (*name[:-1], name[-1].rpartition(".")[0])
    return name[-len(line) :] == line or stem[-len(line) :] == line
