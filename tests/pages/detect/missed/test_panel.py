"""The panel without a browser: its list, its buttons and its boxes."""

from __future__ import annotations

import ipywidgets as widgets
import pytest

from explorer.pages.detect.missed.panel import MissedPanel
from explorer.pages.detect.model import DetectModel
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.pictures.ground_truth import NamedTruth
from tests.pages.detect.crafted import AWAY, BIG, FIRST_ANCHOR, LOWER, crafted_page


@pytest.fixture
def model() -> DetectModel:
    return crafted_page(
        [(BIG, 0.9, 0), (LOWER, 0.8, 0)],
        [("cat", BIG), ("cat", LOWER), ("<img src=x>", AWAY)],
    )


def drawn(panel: MissedPanel) -> dict[str, int]:
    return {
        name: len(panel.figure.plot.select_one({"name": f"missed-{name}"}).data_source.data["left"])
        for name in ("anchor", "object", "lost", "kept")
    }


def stories(panel: MissedPanel) -> list[str]:
    return [row.children[0].value for row in panel._list.children]


def buttons(panel: MissedPanel, row: int) -> dict[str, widgets.Button]:
    """The buttons of an object that are to be seen."""
    shown = panel._list.children[row].children[1].children
    return {each.description: each for each in shown if each.layout.display != "none"}


def test_the_list_tells_each_object_s_story(model: DetectModel) -> None:
    panel = MissedPanel(model, Page())
    assert "1 of 3 objects are found." in panel._headline.value
    first, second, third = stories(panel)
    assert "✓</span> Cat 1</b>: Found by box 1: score 0.90, IoU 1.00." in first
    assert "✗</span> Cat 2</b>: Its box, score 0.80, is suppressed by box 1" in second
    assert "&lt;img src=x&gt; 3</b>: The model has no such class" in third
    assert "<img" not in third
    assert list(buttons(panel, 0)) == ["Show its boxes"]
    assert list(buttons(panel, 1)) == ["Show its boxes", "Set NMS IoU to 0.61"]


def test_a_button_brings_the_object_back_and_another_takes_that_back(model: DetectModel) -> None:
    panel = MissedPanel(model, Page())
    assert panel._undo.layout.display == "none"
    buttons(panel, 1)["Set NMS IoU to 0.61"].click()
    assert model.nms_iou_threshold == 0.61
    assert "Cat 2</b>: Found by box 2" in stories(panel)[1]
    assert "2 of 3 objects are found." in panel._headline.value
    assert list(buttons(panel, 1)) == ["Show its boxes"]
    assert panel.missed.selected == 1
    assert (panel._undo.layout.display, panel._undo.description) == (None, "Back to 0.45")
    panel._undo.click()
    assert model.nms_iou_threshold == 0.45
    assert panel._undo.layout.display == "none"
    assert "suppressed by box 1" in stories(panel)[1]


def test_the_boxes_of_the_chosen_object_are_drawn(model: DetectModel) -> None:
    panel = MissedPanel(model, Page())
    assert drawn(panel) == {"anchor": 1, "object": 1, "lost": 0, "kept": 1}
    buttons(panel, 1)["Show its boxes"].click()
    assert drawn(panel) == {"anchor": 1, "object": 1, "lost": 1, "kept": 1}
    assert "ssdx-chosen" in panel._list.children[1]._dom_classes
    assert "ssdx-chosen" not in panel._list.children[0]._dom_classes


def test_a_chosen_object_is_what_the_page_s_other_questions_are_about(model: DetectModel) -> None:
    panel = MissedPanel(model, Page())
    assert panel._hint.layout.display == "none"
    buttons(panel, 1)["Show its boxes"].click()
    assert model.selected == panel.missed.objects[1].verdict.anchor == FIRST_ANCHOR + 1
    assert panel._hint.layout.display is None
    model.selected = FIRST_ANCHOR
    assert panel._hint.layout.display == "none"


def test_without_objects_it_says_how_to_get_some(model: DetectModel) -> None:
    panel = MissedPanel(model, Page())
    rows = panel._list.children
    model.truth = ()
    assert "Draw one with “Draw an object” above the picture" in panel._headline.value
    assert (panel._list.children, sum(drawn(panel).values())) == ((), 0)
    assert panel._legend.layout.display == panel._zoom.layout.display == "none"
    model.truth = (NamedTruth(class_name="cat", box=BIG),)
    assert panel._list.children == rows[:1]
    assert panel._legend.layout.display is None
    assert "The object is found." in panel._headline.value
    model.truth = ()
    model.detector.reading = None
    assert "Nothing was detected yet." in panel._headline.value


def test_behind_another_tab_it_waits(model: DetectModel) -> None:
    panel = MissedPanel(model, Page())
    panel.widget.layout.display = "none"
    model.score_threshold = 0.95
    assert "1 of 3" in panel._headline.value
    panel.widget.layout.display = None
    assert "0 of 3" in panel._headline.value
    assert "Set score threshold to 0.90" in buttons(panel, 0)
