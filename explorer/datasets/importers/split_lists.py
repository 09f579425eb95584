"""Lists that say which image is for training and which for validation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from explorer.datasets.importers.gathering import several_sides
from explorer.datasets.importers.image_files import ImageFiles
from explorer.datasets.importers.path_names import parts_of
from explorer.datasets.importers.texts import read_text
from explorer.i18n import ngettext

_SIDES = ("test", "val", "train")
"""Where an image is in several lists, the last of these wins."""

_SHOWN = 3
"""Lines of a list that a note quotes."""


def read_list(path: Path, encoding: str | None = None) -> list[str]:
    """Return the lines of a list, without those that are empty.

    Raises
    ------
    ValueError
        If it cannot be read as text.
    """
    lines = read_text(path, encoding).splitlines()
    return [line.strip() for line in lines if line.strip()]


def listed_split(
    lists: Mapping[str, Path], names: Iterable[str], encoding: str | None = None
) -> tuple[dict[str, str], list[str]]:
    """Return which of `names` the lists put where, and notes on what they say besides.

    A line means the image whose path ends so, with or without its suffix. One that means none or
    several is counted in the notes. An image in several lists is to train on, if one says so.

    Parameters
    ----------
    lists : mapping of "train", "val" or "test" to Path

    Raises
    ------
    ValueError
        If a list cannot be read.
    """
    by_end: dict[str, list[str]] = {}
    for name in names:
        last = parts_of(name)[-1]
        for key in {last, last.rpartition(".")[0] or last}:
            by_end.setdefault(key, []).append(name)
    split: dict[str, str] = {}
    notes, both = [], set()
    for side in sorted(lists, key=_SIDES.index):
        lines = read_list(lists[side], encoding)
        lost = []
        for line in lines:
            parts = parts_of(line)
            found = by_end.get(parts[-1], []) if parts else []
            if len(found) > 1:
                found = [name for name in found if _ends(parts_of(name), parts)]
            if len(found) != 1:
                lost.append(line)
                continue
            both.update(found if split.get(found[0], side) != side else ())
            split[found[0]] = side
        if lost:
            notes.append(lost_lines(lists[side].name, lost, len(lines)))
    if both:
        notes.append(several_sides(len(both)))
    return split, notes


def voc_split(files: ImageFiles, names: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return the split of the lists in VOC's ``ImageSets/Main``, and notes on them.

    With ``trainval.txt`` and neither of its parts, a part of all images is to validate on as in a
    set without lists.
    """
    lists = {}
    for path in files.with_suffix(".txt"):
        below = parts_of(files.name(path))
        if below[-3:-1] == ("imagesets", "main") and path.stem.lower() in (*_SIDES, "trainval"):
            lists[path.stem.lower()] = path
    both = lists.pop("trainval", None)
    split, notes = listed_split(lists, names, files.encoding)
    if both is not None and not {"train", "val"} & lists.keys():
        listed, more = listed_split({"train": both}, names, files.encoding)
        notes += more
    else:
        listed = split
    unlisted = [name for name in names if name not in split and name not in listed]
    if unlisted and (lists or both):
        text = ngettext(
            "{n:,} image is in no list of ImageSets/Main: {shown}",
            "{n:,} images are in no list of ImageSets/Main: {shown}",
            len(unlisted),
            shown=_first(unlisted),
        )
        notes.append(text)
    return split, notes


def lost_lines(name: str, lost: list[str], of_all: int) -> str:
    """Return a note on lines of a list that mean no image."""
    return ngettext(
        "{name}: {n:,} of its {all:,} lines means no image that is here with a label, or several: "
        "it is left out ({shown})",
        "{name}: {n:,} of its {all:,} lines mean no image that is here with a label, or several: "
        "they are left out ({shown})",
        len(lost),
        name=name,
        all=of_all,
        shown=_first(lost),
    )


def _first(words: list[str]) -> str:
    return ", ".join(words[:_SHOWN]) + (", …" if len(words) > _SHOWN else "")


def _ends(name: tuple[str, ...], line: tuple[str, ...]) -> bool:
    stem = (*name[:-1], name[-1].rpartition(".")[0])
    return name[-len(line) :] == line or stem[-len(line) :] == line
