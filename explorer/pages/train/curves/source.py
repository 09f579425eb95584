"""The steps of a run as a figure's data: no more rows than it can show, sent when they change."""

from __future__ import annotations

import numpy as np
from bokeh.models import ColumnDataSource

from explorer.pages.train.curves.decimation import Window, decimate, window_of
from explorer.pages.train.run_curves import STEP_COLUMNS, RunCurves


class RunSource:
    """What the browser has of a run's steps: `source` has the `STEP_COLUMNS`."""

    def __init__(self) -> None:
        self.source = ColumnDataSource({name: np.empty(0) for name in STEP_COLUMNS})
        self._generation = -1
        self._sent = Window(1, 0, 0)

    def forget(self) -> None:
        """Send all at the next `show`: the browser has nothing yet."""
        self._generation = -1

    def show(self, curves: RunCurves, visible: tuple[float, float], ended: bool) -> None:
        """Send what is new, or all that is to be seen now where rows have to go.

        `visible` are the first and the last visible step; for `ended` see `window_of`.
        """
        window = window_of(curves.steps["step"], *visible, ended)
        if (curves.generation, window) == (self._generation, self._sent):
            return
        same = curves.generation == self._generation
        added = window.added_since(self._sent) if same else None
        if added is None:
            self.source.data = decimate(curves.steps, window)
        else:  # a few rows; as lists they travel in one message, as arrays in two per column
            rows = decimate(curves.steps, added)
            self.source.stream({name: values.tolist() for name, values in rows.items()})
        self._generation, self._sent = curves.generation, window
