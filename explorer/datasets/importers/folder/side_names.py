"""Which names of files and folders say what is for training, for validation or for the test."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import lru_cache

from explorer.datasets.importers.folder.path_names import parts_of
from explorer.i18n import ngettext

_WORDS = {
    **dict.fromkeys(("train", "training", "trainset"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "valset"), "val"),
    **dict.fromkeys(("test", "testing", "testset"), "test"),
}
_BETWEEN = re.compile(r"[_\-. ]+")
_YEAR = re.compile(r"(?<=[a-z])\d{2,4}$")
"""As in ``val2017``."""


def side_word(word: str) -> str | None:
    """Return "train", "val" or "test" for a word that means it, in lower case."""
    return _WORDS.get(_YEAR.sub("", word))


def one_side(sides: Collection[str]) -> str:
    """Return the side of an image that is listed for several.

    Nothing is trained on that is to test with, and what is trained on does not validate; test and
    validation are often the same images.
    """
    if "train" in sides:
        return "test" if "test" in sides and "val" not in sides else "train"
    return "val" if "val" in sides else "test"


def several_sides(number: int) -> str:
    """Return a note on images that are listed for more than one side."""
    return ngettext(
        "{n:,} image is listed for more than one side: training and test make test, training and "
        "validation make training, validation and test make validation",
        "{n:,} images are listed for more than one side: training and test make test, training "
        "and validation make training, validation and test make validation",
        number,
    )


class Sides:
    """The names below one folder.

    A folder called ``train`` is for training. One called ``fruit_train`` is so where ``fruit_val``
    is there, too: alone it may be a folder of trains.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._counterparts: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for part in {part for name in names for part in parts_of(name)[:-1]}:
            side, pattern = _side_and_pattern(part)
            if side is not None:
                self._counterparts[pattern].add(side)

    def of_folders(self, name: str) -> str | None:
        """Return the side of the innermost folder of a path that has one; None if none has."""
        for part in reversed(parts_of(name)[:-1]):
            side, pattern = _side_and_pattern(part)
            if side is not None and (len(pattern) == 1 or len(self._counterparts[pattern]) > 1):
                return side
        return None

    def of_file(self, name: str) -> str | None:
        """Return the side that a file's own name says, else that of its folders."""
        last = parts_of(name)[-1]
        side, __ = _side_and_pattern(last.rpartition(".")[0] or last)
        return side or self.of_folders(name)


@lru_cache(maxsize=10_000)
def _side_and_pattern(part: str) -> tuple[str | None, tuple[str, ...]]:
    """Return the one side that a name's words say, and the words with "*" for it."""
    words = _BETWEEN.split(part)
    sides = {side for word in words if (side := side_word(word)) is not None}
    pattern = tuple("*" if side_word(word) else word for word in words)
    return (sides.pop() if len(sides) == 1 else None), pattern
