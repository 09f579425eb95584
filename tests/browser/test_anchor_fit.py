"""The lower half of the anchors page: sizes, coverage, suggestion, formats, tour, address."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
from playwright.sync_api import Page, expect

from explorer.config import ANCHOR_PRESETS, CREATURE, TOY_SSD, MatchConfig
from explorer.pages.anchors.model import AnchorsModel
from explorer.pages.anchors.photograph.boxes import anchor_columns
from explorer.pages.anchors.state import AnchorsState
from explorer.pages.anchors.tour.steps import tour_steps
from tests.browser.anchor_figures import EQUAL, boxes, columns, expected_model, until, until_boxes
from tests.browser.conftest import OpenPage
from tests.exchange.anchor_sets import write_for_toy_ssd


def cell(page: Page, row: str, column: int) -> str:
    line = page.get_by_role("row").filter(has_text=row)
    return line.get_by_role("cell").nth(column).inner_text()


def test_the_blind_zone_is_said_and_a_click_tries_a_size(open_page: OpenPage) -> None:
    page = open_page("anchors")
    expect(page.get_by_text(re.compile("Squares of 36 px and less"))).to_be_visible()
    until(page, lambda: len(columns(page, "objects")["w"]) == 80)
    plane = np.array(columns(page, "sizes")["image"][0]).reshape(64, 64)
    assert plane[:9, :9].max() < 0.5 < plane[12, 12]

    area = page.locator(".ssdx-place-sizes .bk-events").first
    area.scroll_into_view_if_needed()
    frame = page.evaluate(
        """() => {
          for (const view of Bokeh.index.roots) {
            if (view.model.select_one("sizes") === null) continue
            const {left, top, width, height} = view.frame.bbox
            return [left, top, width, height]
          }
        }"""
    )
    left, top, width, height = frame
    area.click(position={"x": left + width * 100 / 256, "y": top + height * (1 - 50 / 256)})
    until(page, lambda: np.allclose(sizes(page), (100, 50), atol=2))
    expect(page.get_by_text(EQUAL)).to_be_visible()


def sizes(page: Page) -> np.ndarray:
    left, top, right, bottom = boxes(page, "gt")[0]
    return np.array([right - left, bottom - top])


def test_the_map_follows_the_threshold_the_place_and_the_shape(open_page: OpenPage) -> None:
    state = AnchorsState(match=MatchConfig(match_iou_threshold=0.0))
    page = open_page("anchors", state=state.model_dump_json())
    expect(
        page.get_by_text(re.compile("At threshold 0 anchors are matched by force"))
    ).to_be_visible()
    expect(page.get_by_text(re.compile("Squares of every size have an anchor"))).to_be_visible()
    expect(page.get_by_role("button", name="Suggest better anchors")).to_be_disabled()
    expect(page.get_by_role("alert")).to_have_count(0)

    page.get_by_role("button", name="Take the tour").click()  # brings back the usual threshold
    expect(
        page.get_by_text(re.compile("Squares of 36 px and less.*wherever they lie"))
    ).to_be_visible()
    widest = max(columns(page, "objects")["w"])
    page.get_by_label("Where the object lies").select_option("at its worst place")
    expect(page.get_by_text(re.compile("where they lie worst"))).to_be_visible()
    page.get_by_label("Input, width × height px").select_option("512 × 256")
    until(page, lambda: np.isclose(max(columns(page, "objects")["w"]), 2 * widest))
    expect(page.get_by_role("alert")).to_have_count(0)


def test_better_anchors_are_suggested_used_compared_and_undone(open_page: OpenPage) -> None:
    page = open_page("anchors")
    until(page, lambda: cell(page, "covered at IoU 0.50", 0) == "72.5%")
    assert cell(page, "anchors in total", 0) == "5,444"
    page.get_by_role("button", name="Suggest better anchors").click()
    use = page.get_by_role("button", name="Use the suggestion")
    expect(use).to_be_enabled()
    suggested = cell(page, "covered at IoU 0.50", 1)
    assert float(suggested.rstrip("%")) > 90
    assert int(cell(page, "anchors in total", 1).replace(",", "")) <= 5444

    use.click()
    until(page, lambda: cell(page, "covered at IoU 0.50", 0) == suggested)
    assert cell(page, "covered at IoU 0.50", 1) == "72.5%"  # the tutorial's are pinned beside
    expect(page.get_by_text(EQUAL)).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    until(page, lambda: cell(page, "covered at IoU 0.50", 0) == "72.5%")
    until_boxes(page, "anchors", expected_model().scene.boxes_px)


CANCEL_AT_ONCE = """() => {
  const seen = (window.progressSeen = [])
  const look = () => {
    const cancel = [...document.querySelectorAll("button")].find(b => b.textContent === "Cancel")
    const bar = document.querySelector(".ssdx-place-sizes .progress-bar")
    if (!cancel || !cancel.offsetParent) return requestAnimationFrame(look)
    seen.push(parseFloat(bar.style.width))
    cancel.click()
  }
  look()
}"""
"""A second's search is over before a click from outside has arrived on a slow machine."""


def test_a_search_shows_its_progress_and_can_be_cancelled(open_page: OpenPage) -> None:
    state = AnchorsState(anchors=ANCHOR_PRESETS["ssd512"], input_shape_px=(512, 512))
    num_anchors = len(AnchorsModel(state).scene.grid)
    for _attempt in range(6):  # on a busy machine a search may be over before it was drawn
        page = open_page("anchors", state=state.model_dump_json())
        suggest = page.get_by_role("button", name="Suggest better anchors")
        until(page, lambda page=page: cell(page, "anchors in total", 0) == f"{num_anchors:,}")
        page.evaluate(CANCEL_AT_ONCE)
        suggest.click()
        for _tenth in range(80):  # several times as long as the search takes
            if page.evaluate("progressSeen.length"):
                break
            page.wait_for_timeout(100)
        else:
            continue
        break
    assert 0 <= page.evaluate("progressSeen[0]") < 100
    expect(suggest).to_be_enabled()
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    expect(page.get_by_role("button", name="Use the suggestion")).to_be_disabled()
    page.wait_for_timeout(2500)  # longer than the search takes: it has ended, not gone on unseen
    expect(page.get_by_role("button", name="Use the suggestion")).to_be_disabled()


def test_anchors_are_taken_away_and_brought_back(open_page: OpenPage) -> None:
    page = open_page("anchors")
    text = page.locator(".ssdx-take textarea")
    written = write_for_toy_ssd(TOY_SSD, "mxnet", (256, 256)).text
    until(page, lambda: text.input_value() == written)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(".ssdx-take").get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied ✓")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == written

    page.get_by_label("Format").select_option("Caffe PriorBox")
    until(page, lambda: "min_size: 51.2" in text.input_value())
    text.fill("layer {")
    text.blur()
    expect(page.locator(".ssdx-take").get_by_role("alert")).to_be_visible()
    until_boxes(page, "anchors", expected_model().scene.boxes_px)

    page.get_by_label("Format").select_option("MXNet lists")
    until(page, lambda: text.input_value() == written)
    text.fill(write_for_toy_ssd(CREATURE, "mxnet", (256, 256)).text)
    text.blur()
    expect(page.get_by_label("Preset, all maps")).to_have_value("creature")


def test_the_address_keeps_the_page_for_a_reload(open_page: OpenPage) -> None:
    page = open_page("anchors")
    page.get_by_label("Preset, all maps").select_option("ssd512")
    until(page, lambda: "state" in parse_qs(urlsplit(page.url).query))
    page.reload()
    page.wait_for_selector("body.ssdx-ready")
    expect(page.get_by_label("Preset, all maps")).to_have_value("ssd512")

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy a link to this page").click()
    expect(page.get_by_role("button", name="Copied ✓")).to_be_visible()
    query = parse_qs(urlsplit(page.evaluate("navigator.clipboard.readText()")).query)
    assert "token" not in query
    assert len(json.loads(query["state"][0])["anchors"]["layers"]) == 7


def test_the_tour_shows_each_step_and_leads_back(open_page: OpenPage) -> None:
    page = open_page("anchors")
    mine = expected_model()
    mine.use_preset("creature")
    page.get_by_label("Preset, all maps").select_option("creature")
    until_boxes(page, "anchors", mine.scene.boxes_px)

    page.get_by_role("button", name=re.compile("^Take the tour")).click()
    steps = tour_steps(expected_model().state.objects)
    for number, step in enumerate(steps):
        expect(page.get_by_text(f"{number + 1} of {len(steps)}")).to_be_visible()
        expect(page.get_by_text(step.text)).to_be_visible()
        drawn = anchor_columns(AnchorsModel(step.state).scene)["left"]
        until(page, lambda drawn=drawn: len(boxes(page, "anchors")) == len(drawn))
        expect(page.locator(f".ssdx-place-{step.place}.ssdx-looked-at")).to_be_in_viewport()
        if number < len(steps) - 1:
            page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_role("button", name="Back", exact=True).click()
    expect(page.get_by_text(steps[-2].text)).to_be_visible()
    page.get_by_role("button", name="End the tour").click()
    until_boxes(page, "anchors", mine.scene.boxes_px)
    expect(page.locator(".ssdx-looked-at")).to_have_count(0)
