"""Files that list the names of YOLO's classes, one per line."""

from __future__ import annotations

import math
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


def class_list(files: ImageFiles) -> tuple[tuple[str, ...], list[str]]:
    """Return the names of the first list of classes that is there, and notes.

    Several lists that say the same are one. Where they differ, the one nearest to the root is
    taken, and that is said.

    Raises
    ------
    ValueError
        If it cannot be read as text.
    """
    found = [path for path in files.files if is_class_file(path) and path.is_file()]
    found.sort(key=lambda path: (len(path.parts), _rank(path), path))
    lists = [(path, tuple(read_list(path, files.encoding))) for path in found]
    lists = [(path, names) for path, names in lists if not _are_numbers(names)]
    if not lists:
        return (), []
    first, names = lists[0]
    others = [files.name(path) for path, other in lists[1:] if other != names]
    if not others:
        return names, []
    text = _(
        "The names of classes are those of {first}; {others} says others",
        first=files.name(first),
        others=", ".join(others),
    )
    return names, [text]


def _rank(path: Path) -> int:
    name = path.name.lower()
    return _NAMES.index(name) if name in _NAMES else len(_NAMES)


def _are_numbers(lines: tuple[str, ...]) -> bool:
    """Say whether it is an image's label after all: an image may be called ``labels``."""
    fields = [field for line in lines for field in line.split()]
    return not any(math.isnan(finite_number(field)) for field in fields)
