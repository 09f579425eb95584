"""Fewer rows of a long run, as many as a figure can show: one for each bucket of rows.

A bucket is a power of two rows, counted from the first row of the run. So a bucket stays the same
while the run grows and while the user looks around, and twice as many rows fit by joining pairs.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

MOST_BUCKETS = 4096
"""More points than a figure has pixels, and few enough to send at each move of the user."""

_HIGHEST = frozenset({"class_loss", "box_loss"})
"""Columns whose spikes must stay visible."""


@dataclass(frozen=True)
class Window:
    """The rows that are shown, and how many of them become one."""

    size: int
    """Rows of a bucket, a power of two."""
    first: int
    stop: int
    """Rows `first` to `stop` - 1. `first` is where a bucket begins; `stop` as well, or the end
    of the run.
    """

    def added_since(self, before: Window) -> Window | None:
        """Return the rows to add to those of `before`, or None if others have to go."""
        kept = (before.size, before.first) == (self.size, self.first)
        if kept and before.stop % before.size == 0 and before.stop <= self.stop:
            return replace(self, first=before.stop)
        return None


def window_of(steps: Sequence[float], start: float, end: float, ended: bool) -> Window:
    """Return what to show of a run while steps `start` to `end` are visible.

    A short run is shown whole. Of a long one one width on each side comes along, so that a move
    finds something there, and the buckets are as small as `MOST_BUCKETS` allows.

    Parameters
    ----------
    steps : sequence of float
        The run's steps, ascending.
    start, end : float
        May lie beyond the run.
    ended : bool
        Whether no more rows are expected. If not, a bucket at the end waits until it is full.

    Returns
    -------
    Window
        At most `MOST_BUCKETS` + 1 buckets; one row each if the run has no more than that.
    """
    first, stop = 0, len(steps)
    if stop > MOST_BUCKETS:
        width = end - start
        first = bisect_left(steps, start - width)
        stop = bisect_right(steps, end + width)
    size = 1
    while stop - first > size * MOST_BUCKETS:
        size *= 2
    first -= first % size
    stop += -stop % size
    if stop > len(steps):
        stop = len(steps) if ended else len(steps) - len(steps) % size
    return Window(size, first, stop)


def decimate(
    columns: Mapping[str, Sequence[float]], window: Window
) -> dict[str, NDArray[np.float64]]:
    """Return one row for each bucket of the window.

    Parameters
    ----------
    columns : dict of str to sequence of float
        All of one length; see `explorer.pages.train.run_curves.STEP_COLUMNS`.

    Returns
    -------
    dict of str to (B,) float64
        The highest of a bucket's raw losses, of all else the last. With a size of 1 the rows
        themselves.
    """
    size, first, stop = window.size, window.first, window.stop
    if first >= stop:
        return {name: np.empty(0) for name in columns}
    begins = np.arange(0, stop - first, size)
    lasts = [*range(first + size - 1, stop - 1, size), stop - 1]
    rows = {}
    for name, column in columns.items():
        if name in _HIGHEST:
            rows[name] = np.fmax.reduceat(np.array(column[first:stop], dtype=np.float64), begins)
        else:
            rows[name] = np.array([column[row] for row in lasts], dtype=np.float64)
    return rows
