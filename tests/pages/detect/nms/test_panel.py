"""The panel without a browser: what it says and draws in each round."""

from __future__ import annotations

import asyncio

import pytest

from explorer.pages.detect.model import DetectModel
from explorer.pages.detect.nms.panel import NmsPanel
from explorer.pages.shared.page.page import Page
from tests.pages.detect.crafted import AWAY, BIG, LOWER, crafted_page
from tests.pages.detect.readings import ENGINE


@pytest.fixture
def model() -> DetectModel:
    return crafted_page([(BIG, 0.9, 0), (LOWER, 0.8, 0), (BIG, 0, 0.6), (AWAY, 0.75, 0)])


def drawn(panel: NmsPanel) -> dict[str, int]:
    """How many boxes of each kind are drawn."""
    return {
        name: len(panel.figure.plot.select_one({"name": f"nms-{name}"}).data_source.data["left"])
        for name in ("waiting", "before", "removed", "kept")
    }


def texts(panel: NmsPanel) -> str:
    return " ".join(
        each.value
        for each in (panel._funnel, panel._headline, panel._table, panel._leftover, panel._badge)
    )


def test_each_round_draws_its_boxes(model: DetectModel) -> None:
    panel = NmsPanel(model, Page())
    assert drawn(panel) == {"waiting": 2, "before": 0, "removed": 1, "kept": 1}
    panel.trace.go_to(3)
    assert drawn(panel) == {"waiting": 0, "before": 2, "removed": 0, "kept": 1}
    panel.trace.go_to(0)
    assert drawn(panel) == {"waiting": 4, "before": 0, "removed": 0, "kept": 0}


def test_what_it_says(model: DetectModel) -> None:
    panel = NmsPanel(model, Page())
    said = texts(panel)
    assert f"<b>{len(ENGINE.anchors()):,}</b>anchors" in said
    assert "<b>4</b>candidates<span>score 0.50 or more</span>" in said
    assert "<b>4</b>enter NMS<span>the best 400 at most</span>" in said
    assert "<b>3</b>kept<span>1 removed</span>" in said
    assert "Round 1 of 3: box 1" in said
    assert ">0.60 ≥ 0.45<" in said
    assert "stays: another class" in said
    assert "&lt;b&gt;dog&lt;/b&gt;" in said
    assert "<b>dog" not in said
    assert "class=ssdx-now>3<i" in said
    assert "checking with MXNet's operator…" in said
    model.nms_topk = -1
    assert "enter NMS<span>all of them</span>" in texts(panel)


def test_long_rounds_are_listed_in_part() -> None:
    panel = NmsPanel(crafted_page([(BIG, 0.9 - n / 100, 0) for n in range(20)]), Page())
    assert panel._table.value.count("<tr>") == 1 + 1 + 8
    assert "and 11 more are removed" in panel._table.value
    assert drawn(panel)["removed"] == 19


def test_it_follows_the_page_but_not_behind_another_tab(model: DetectModel) -> None:
    panel = NmsPanel(model, Page())
    panel.widget.layout.display = "none"
    model.nms_iou_threshold = 0.7
    model.score_threshold = 0.7
    assert "<b>4</b>candidates" in texts(panel)
    panel.widget.layout.display = None
    assert "<b>3</b>candidates<span>score 0.70 or more</span>" in texts(panel)
    assert "<b>3</b>kept<span>0 removed</span>" in texts(panel)
    model.detector.reading = None
    assert texts(panel).count("Nothing was detected yet.") == 1
    assert "candidates" not in texts(panel)
    assert panel._badge.value == ""
    assert sum(drawn(panel).values()) == 0


def test_a_selected_box_brings_everything_up_to_date(model: DetectModel) -> None:
    async def select() -> None:
        panel = NmsPanel(model, Page())
        model.score_threshold = 0.7  # within the pause between two frames
        model.score_threshold = 0.78
        model.selected = int(model.detector.reading.detections.anchor[0])
        assert "<b>2</b>candidates" in panel._funnel.value
        panel._badge.ask(None)

    asyncio.run(select())


def test_the_figure_zooms_in_on_the_round(model: DetectModel) -> None:
    small = crafted_page([((0.4, 0.4, 0.5, 0.5), 0.9, 0)])
    panel = NmsPanel(small, Page())
    assert panel.figure.plot.x_range.end - panel.figure.plot.x_range.start == pytest.approx(28.16)
    panel._zoom.value = False
    assert (panel.figure.plot.x_range.start, panel.figure.plot.x_range.end) == (0, 128)
