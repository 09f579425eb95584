"""Paths, found by how they end."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from pathlib import Path
from typing import Generic, TypeVar

_Parts = tuple[str, ...]
_Path = TypeVar("_Path", Path, str)


class PathEnds(Generic[_Path]):
    """Paths by their parts, from the last one; a search takes no longer where many end alike.

    Parameters
    ----------
    paths : iterable of (tuple of str, Path or str)
        Each with its parts as they are compared.
    """

    def __init__(self, paths: Iterable[tuple[_Parts, _Path]]) -> None:
        known = sorted((parts[::-1], path) for parts, path in paths)
        self._ends = [parts for parts, __ in known]
        self._paths = [path for __, path in known]

    def at(self, parts: _Parts) -> list[_Path]:
        """Return the paths of just these parts."""
        end = parts[::-1]
        return self._paths[bisect_left(self._ends, end) : bisect_right(self._ends, end)]

    def alike(self, parts: _Parts) -> tuple[int, list[_Path]]:
        """Return in how many parts those paths agree that agree in most, and these paths."""
        end = parts[::-1]
        place = bisect_left(self._ends, end)
        near = self._ends[max(place - 1, 0) : place + 1]
        most = max((_agreeing(end, other) for other in near), default=0)
        if not most:
            return 0, []
        first = bisect_left(self._ends, end[:most], key=lambda other: other[:most])
        last = bisect_right(self._ends, end[:most], key=lambda other: other[:most])
        return most, self._paths[first:last]


def _agreeing(one: _Parts, other: _Parts) -> int:
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
                min(len(one), len(other)))  # fmt: skip
