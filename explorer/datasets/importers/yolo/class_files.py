"""Files that list the names of YOLO's classes, one per line."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.folder.split_lists import read_list
from explorer.datasets.importers.numbers import finite_number
from explorer.i18n import _

_NAMES = (
    "classes.txt",
    "obj.names",
    "_darknet.labels",
    "classes.names",
    "labels.txt",
    "names.txt",
    "class_names.txt",
    "classnames.txt",
    "class.txt",
    "label.txt",
    "labelmap.txt",
    "label_map.txt",
    "predefined_classes.txt",
)
"""In lower case, what is sure first."""


def is_class_file(path: Path) -> bool:
    """Say whether a file is called like a list of classes."""
    return path.name.lower() in _NAMES or path.suffix.lower() == ".names"


def class_list(files: ImageFiles, labels: Iterable[Path]) -> tuple[tuple[str, ...], list[str]]:
    """Return the names of the list of classes that is nearest to the labels, and notes.

    The nearest one is in the folder of the labels or in the next one around it; if there is none,
    the one nearest to the root is taken. Further lists that say others are noted.

    Raises
    ------
    ValueError
        If it cannot be read as text, or the lists nearest to different labels contradict each
        other.
    """
    lists: dict[Path, tuple[str, ...]] = {}
    for path in sorted(files.files, key=lambda path: (len(path.parts), _rank(path), path)):
        if is_class_file(path):
            names = tuple(read_list(path, files.encoding))
            if not _are_numbers(names):
                lists[path] = names
    if not lists:
        return (), []
    folders = {label.parent for label in labels}
    nearest = [path for path in (_nearest(folder, lists, files.root) for folder in folders) if path]
    chosen = sorted(nearest) or list(lists)[:1]
    first = chosen[0]
    different = [files.name(path) for path in chosen if lists[path] != lists[first]]
    if different:
        text = _(
            "{first} and {other} name the classes differently: keep one of the lists, or import "
            "their folders one by one",
            first=files.name(first),
            other=different[0],
        )
        raise ValueError(text)
    others = [files.name(path) for path, names in lists.items() if names != lists[first]]
    if not others:
        return lists[first], []
    text = _("The names of classes are those of {first}, not those of {others}")
    return lists[first], [text.format(first=files.name(first), others=", ".join(others))]


def _nearest(folder: Path, lists: Iterable[Path], root: Path) -> Path | None:
    for around in (folder, *folder.parents):
        for path in lists:
            if path.parent == around:
                return path
        if around == root:
            break
    return None


def _rank(path: Path) -> int:
    name = path.name.lower()
    return _NAMES.index(name) if name in _NAMES else len(_NAMES)


def _are_numbers(lines: tuple[str, ...]) -> bool:
    """Say whether it is an image's label after all: an image may be called ``labels``."""
    fields = [field for line in lines for field in line.split()]
    return not any(math.isnan(finite_number(field)) for field in fields)
