"""When a curve that grows is worth another frame."""

from __future__ import annotations

import time
from collections.abc import Callable

FIRST_ROWS = 5
"""Are sent at once: somebody who has started a run waits for them."""

LEAST_PART = 1 / 200
"""Of the figure's width: some three pixels."""

MOST_SECONDS = 5.0


class Pace:
    """Says when to send new rows: when the curve has grown visibly, or has waited for long.

    Drawing takes processor time, which on a machine without a GPU is the training's. A step of a
    long run is less than a pixel, and its figures are read as numbers anyway. The `clock` counts
    seconds since whenever.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._num_rows = 0
        self._sent_at = clock()

    def due(self, num_rows: int, width: float) -> bool:
        """Return whether `num_rows` rows are to be sent now to a figure `width` rows wide."""
        new = num_rows - self._num_rows
        late = self._clock() - self._sent_at >= MOST_SECONDS
        first = num_rows <= FIRST_ROWS
        return new > 0 and (first or late or new >= LEAST_PART * width)

    def sent(self, num_rows: int) -> None:
        """Note how many rows are on their way to the browser."""
        if num_rows != self._num_rows:
            self._num_rows, self._sent_at = num_rows, self._clock()
