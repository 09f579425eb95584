from __future__ import annotations

from bokeh.events import DoubleTap, Tap

from explorer.pages.shared.page import theme
from explorer.pages.shared.page.clicks import clicks


def test_a_click_is_told_with_its_place() -> None:
    told: list[tuple[float, float]] = []
    plot = theme.figure()
    source = clicks(plot, lambda x, y: told.append((x, y)))
    source.data = {"x": [3.5], "y": [-1.25], "time": [1]}
    source.data = {"x": [3.5], "y": [-1.25], "time": [2]}  # the same place once more
    assert told == [(3.5, -1.25), (3.5, -1.25)]
    assert set(plot.js_event_callbacks) == {Tap.event_name, DoubleTap.event_name}


def test_a_double_click_can_be_two_clicks_alone() -> None:
    plot = theme.figure()
    clicks(plot, lambda _x, _y: None, double=False)
    assert set(plot.js_event_callbacks) == {Tap.event_name}
