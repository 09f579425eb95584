"""Where the user clicks in a figure, as the kernel hears of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bokeh.events import DoubleTap, Tap
from bokeh.models import ColumnDataSource, CustomJS

_TELL = "pick.data = {x: [cb_obj.x], y: [cb_obj.y], time: [Date.now()]}"


def clicks(
    plot: Any, take: Callable[[float, float], object], double: bool = True
) -> ColumnDataSource:
    """Call `take` with x and y of each click in a figure, in its units.

    Parameters
    ----------
    double : bool
        A double click is one more.

    Returns
    -------
    ColumnDataSource
        Whatever sets its `x`, `y` and `time`, lists of one each, has clicked.
    """
    source = ColumnDataSource({"x": [], "y": [], "time": []})
    source.on_change("data", lambda _attr, _old, new: take(new["x"][0], new["y"][0]))
    for event in (Tap, DoubleTap) if double else (Tap,):
        plot.js_on_event(event, CustomJS(args={"pick": source}, code=_TELL))
    return source
