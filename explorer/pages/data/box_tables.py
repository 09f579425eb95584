"""The boxes of the set that a page looks at, measured once, and what is made of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

import traitlets as t

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.folder_in_place import CancelledError
from explorer.datasets.own.box_table import BoxTable, box_table

Result = TypeVar("Result")


class BoxTables:
    """Keeps the table of the set that was measured last. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._measured: tuple[AnnotationSet, BoxTable] | None = None

    def of(self, annotations: AnnotationSet, cancelled: Callable[[], bool]) -> BoxTable:
        """Return the table of a set; the parameters are those of `box_table`.

        Raises
        ------
        CancelledError
            If `cancelled` returned True.
        """
        with self._lock:
            if self._measured is None or self._measured[0] is not annotations:
                self._measured = annotations, box_table(annotations, cancelled)
            return self._measured[1]


class SetView(t.HasTraits):
    """A look at a set: what it shows of the boxes is made in a thread.

    Parameters
    ----------
    tables : BoxTables, optional
        Shared with others that look at the same set.
    """

    annotations = t.Any(None, allow_none=True)
    """AnnotationSet or None."""
    input_size = t.Int(256)
    """Side of the square, px, that images are squeezed to for training."""

    def __init__(self, tables: BoxTables | None = None) -> None:
        super().__init__()
        self._tables = tables or BoxTables()
        self._asked = self._made = 0

    async def _make(self, work: Callable[[BoxTable], Result]) -> Result | None:
        """Return what `work` makes of the set's boxes, unless that is under way or done.

        Whoever wants something else counts `_asked` up: what is under way then comes to nothing.
        """
        asked, annotations = self._asked, self.annotations
        if annotations is None or self._made == asked:
            return None
        self._made = asked

        def make() -> Result:
            return work(self._tables.of(annotations, lambda: self._asked != asked))

        try:
            made = await asyncio.get_running_loop().run_in_executor(None, make)
        except CancelledError:
            return None
        return made if self._asked == asked else None
