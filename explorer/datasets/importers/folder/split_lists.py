"""Lists that say which image is for training and which for validation."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.folder.path_ends import PathEnds
from explorer.datasets.importers.folder.path_names import parts_of
from explorer.datasets.importers.folder.side_names import one_side, several_sides
from explorer.datasets.importers.folder.texts import read_text
from explorer.i18n import ngettext

_LISTS = ("train", "val", "trainval", "test")
"""Lists of VOC that say what an image is for."""

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
    lists: Iterable[tuple[str, Path]], names: Iterable[str], encoding: str | None = None
) -> tuple[dict[str, str], list[str]]:
    """Return which of `names` the lists put where, and notes on what they say besides.

    A line means the image whose path ends so, with or without its suffix. One that means none or
    several is counted in the notes; one that begins with # is a comment then. For an image in
    several lists see `one_side`.

    Parameters
    ----------
    lists : iterable of ("train", "val" or "test"; Path)

    Raises
    ------
    ValueError
        If a list cannot be read.
    """
    known = [(parts_of(name), name) for name in names]
    stems = [((*parts[:-1], parts[-1].rpartition(".")[0]), name) for parts, name in known]
    ends = PathEnds([*known, *stems])
    sides: dict[str, set[str]] = {}
    notes = []
    for side, path in lists:
        lines = read_list(path, encoding)
        lost = []
        for line in lines:
            parts = parts_of(line)
            __, found = ends.alike(parts)
            if len(found) == 1:
                sides.setdefault(found[0], set()).add(side)
            elif not line.startswith("#"):
                lost.append(line)
        if lost:
            notes.append(lost_lines(path.name, lost, len(lines)))
    several = sum(len(each) > 1 for each in sides.values())
    if several:
        notes.append(several_sides(several))
    return {name: one_side(each) for name, each in sides.items()}, notes


def voc_split(files: ImageFiles, names: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return the split of the lists in VOC's ``ImageSets/Main``, and notes on them.

    The lists of ``VOC2007`` are of its images. With ``trainval.txt`` and neither of its parts, a
    part of all images is to validate on as in a set without lists.
    """
    by_set: dict[tuple[str, ...], dict[str, Path]] = {}
    for path in files.with_suffix(".txt"):
        below = parts_of(files.name(path))
        if below[-3:-1] == ("imagesets", "main") and path.stem.lower() in _LISTS:
            by_set.setdefault(below[:-3], {})[path.stem.lower()] = path
    split: dict[str, str] = {}
    notes: list[str] = []
    listed: set[str] = set()
    for home, lists in by_set.items():
        inside = [name for name in names if parts_of(name)[: len(home)] == home] or names
        both = lists.pop("trainval", None)
        found, said = listed_split(lists.items(), inside, files.encoding)
        split.update(found)
        if both is not None and not {"train", "val"} & lists.keys():
            more, about = listed_split([("train", both)], inside, files.encoding)
            said += about
            listed |= more.keys()
        notes += said
    unlisted = [name for name in names if name not in split and name not in listed]
    if unlisted and by_set:
        notes.append(
            ngettext(
                "{n:,} image is in no list of ImageSets/Main: {shown}",
                "{n:,} images are in no list of ImageSets/Main: {shown}",
                len(unlisted),
                shown=_first(unlisted),
            )
        )
    return split, notes


def lost_lines(name: str, lost: list[str], of_all: int) -> str:
    """Return a note on lines of a list that mean no image."""
    return ngettext(
        "{name}: {n:,} of its {all:,} lines fits no image that is here with a label, or several, "
        "and is left out: {shown}",
        "{name}: {n:,} of its {all:,} lines fit no image that is here with a label, or several, "
        "and are left out: {shown}",
        len(lost),
        name=name,
        all=of_all,
        shown=_first(lost),
    )


def _first(words: list[str]) -> str:
    return ", ".join(words[:_SHOWN]) + (", …" if len(words) > _SHOWN else "")
