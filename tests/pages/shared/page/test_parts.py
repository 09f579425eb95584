from __future__ import annotations

import ipywidgets as widgets

from explorer.pages.shared.page.parts import beside, button, column, row, show, step_button


def test_a_button_calls_what_it_was_given() -> None:
    pressed: list[str] = []
    go = button("Go", lambda: pressed.append("go"), "And stay", style="primary", flex="0 0 auto")
    back = step_button("‹", "The one before", lambda: pressed.append("back"))
    go.click()
    back.click()
    assert pressed == ["go", "back"]
    assert (go.description, go.tooltip, go.button_style) == ("Go", "And stay", "primary")
    assert go.layout.flex == "0 0 auto"
    assert back._dom_classes == ("ssdx-step",)


def test_parts_are_shown_and_hidden_together() -> None:
    parts = [widgets.Label(), widgets.Label()]
    show(False, *parts)
    assert [part.layout.display for part in parts] == ["none", "none"]
    show(True, *parts)
    assert [part.layout.display for part in parts] == [None, None]


def test_rows_and_columns_have_the_layout_that_was_asked_for() -> None:
    one, other = widgets.Label("1"), widgets.Label("2")
    below = column(one, other, gap=12, flex="1 1 240px")
    assert below.children == (one, other)
    assert (below.layout.grid_gap, below.layout.flex) == ("12px", "1 1 240px")
    line = row(one, other, align_items="center")
    assert line.layout.align_items == "center"
    assert "ssdx-row" in line._dom_classes


def test_parts_beside_each_other_have_their_usual_widths() -> None:
    wide, narrow = widgets.Label(), widgets.Label()
    both = beside((wide, 400), (narrow, 300))
    assert both.children == (wide, narrow)
    assert [part.layout.flex for part in both.children] == ["1 1 400px", "1 1 300px"]
    assert [part.layout.min_width for part in both.children] == ["0", "0"]
