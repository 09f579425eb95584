"""The boxes of the set that a page looks at, measured once for all who show them."""

from __future__ import annotations

import threading
from collections.abc import Callable

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.own.box_table import BoxTable, box_table


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
