from __future__ import annotations

import ipywidgets as widgets
import pytest

from explorer.pages.shared.page import theme
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import card, labelled, section


def test_a_page_opens_when_all_its_figures_are_drawn_and_passes_the_query_on() -> None:
    page = Page()
    first, second = theme.figure(), theme.figure()
    page.plot(first)
    page.plot(second)
    opened: list[dict[str, str]] = []
    page.on_open(opened.append)
    first.tags = ["?token=secret&run=a&layer=2", 1]
    assert opened == []
    second.tags = ["?token=secret&run=a&layer=2", 1]
    assert opened == [{"run": "a", "layer": "2"}]
    second.tags = ["", 2]  # displayed again
    assert opened[1:] == [{}]


def test_one_failing_callback_does_not_keep_the_others_from_opening() -> None:
    page = Page()
    plot = theme.figure()
    page.plot(plot)
    opened: list[dict[str, str]] = []

    def fail(query: dict[str, str]) -> None:
        raise ValueError("no run is called a")

    page.on_open(fail)
    page.on_open(opened.append)
    plot.tags = ["", 1]
    assert page.notice.text == "no run is called a"
    assert opened == [{}]


def test_a_figure_belongs_to_one_page() -> None:
    page = Page()
    plot = theme.figure()
    page.plot(plot)
    with pytest.raises(ValueError, match="on a page already"):
        page.plot(plot)


def test_the_frame_holds_both_columns_and_the_help() -> None:
    slider = labelled("Score", widgets.FloatSlider())
    root = Page().build([card(widgets.Label("x"))], [section("Settings", slider)], "<p>Help</p>")
    columns = next(child for child in root.children if "ssdx-columns" in child._dom_classes)
    main, side = columns.children
    assert "ssdx-card-main" in main.children[0]._dom_classes
    assert side.children[0].children[0].value == "Settings"
    assert side.children[0].children[1] is slider
    assert slider.description == "Score"
    assert "<details>" in root.children[-1].value


def test_a_page_has_the_style_sheets_of_its_questions_and_no_others() -> None:
    style = Page("detect").build([], []).children[0]
    assert ".ssdx-funnel" in style.value  # of detect/nms
    assert ".ssdx-doctorreason" not in style.value  # of data/doctor
    assert style.layout.display == "none"
