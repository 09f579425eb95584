from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from explorer.config import TOY_SSD, AnchorLayer
from explorer.datasets import open_dataset
from explorer.ssd.anchors import anchor_grid, feature_map_shapes, layer_anchors
from explorer.ssd.boxes import iou
from explorer.ssd.matching import match
from explorer.viewmodels.anchors import AnchorsModel, first_object
from explorer.views.anchor_photograph import MARGIN_PX
from tests.pages.conftest import PATIENCE_S, OpenPage

expect.set_options(timeout=PATIENCE_S * 1000)

SIDE_PX = 256
EQUAL = "equal to MXNet's operator ✓"
COLUMNS = """(name) => {
  for (const view of Bokeh.index.roots) {
    const drawn = view.model.select_one(name)
    if (drawn !== null) return Object.fromEntries(
      Object.entries(drawn.data_source.data).map(([key, values]) => [key, Array.from(values)]))
  }
}"""


def expected_model() -> AnchorsModel:
    """What the page begins with."""
    model = AnchorsModel()
    model.set_photograph(0, first_object(open_dataset("sample", "val").labels[0]))
    return model


def columns(page: Page, name: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = page.evaluate(COLUMNS, name)
    return found


def boxes(page: Page, name: str) -> np.ndarray:
    drawn = columns(page, name)
    return np.array([drawn[edge] for edge in ("left", "top", "right", "bottom")]).T


def until(page: Page, holds: Callable[[], bool]) -> None:
    for _try in range(int(PATIENCE_S * 10)):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not happen in time")


def until_boxes(page: Page, name: str, expected: np.ndarray) -> None:
    def arrived() -> bool:
        drawn = boxes(page, name)
        return drawn.shape == expected.shape and np.allclose(drawn, expected, atol=1e-3)

    until(page, arrived)


def photograph(page: Page) -> tuple[Locator, FloatRect]:
    area = page.locator(".ssdx-plot .bk-events").first
    area.scroll_into_view_if_needed()
    rect = area.bounding_box()
    assert rect is not None
    return area, rect


def on_screen(rect: FloatRect, x_px: float, y_px: float) -> tuple[float, float]:
    scale = rect["width"] / (SIDE_PX + 2 * MARGIN_PX)
    return rect["x"] + (x_px + MARGIN_PX) * scale, rect["y"] + (y_px + MARGIN_PX) * scale


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    _area, rect = photograph(page)
    page.mouse.move(*on_screen(rect, *start))
    page.mouse.down()
    page.mouse.move(*on_screen(rect, *end), steps=10)
    page.mouse.up()


def test_the_page_draws_one_cell_and_mxnet_agrees(open_page: OpenPage) -> None:
    page = open_page("anchors")
    model = expected_model()

    until_boxes(page, "anchors", model.scene.boxes_px)
    assert columns(page, "labels")["text"] == ["51 × 51", "70 × 70", "72 × 36", "36 × 72"]
    expect(page.get_by_text(model.scene.headline)).to_be_visible()
    expect(page.get_by_text(model.scene.reason)).to_be_visible()
    expect(page.get_by_text(EQUAL)).to_be_visible()
    assert columns(page, "best_iou")["iou"] == pytest.approx(
        [layer.best_iou for layer in model.scene.layers]
    )


def test_a_slider_changes_the_anchors_and_undo_brings_them_back(open_page: OpenPage) -> None:
    page = open_page("anchors")
    before = boxes(page, "anchors")
    handle = page.get_by_label("Size 1", exact=True).first

    for _key in range(5):
        handle.press("ArrowRight")

    expected = expected_model()
    expected.set_shapes(0, (0.205, 0.272), (1, 2, 0.5))
    until_boxes(page, "anchors", expected.scene.boxes_px)
    expect(page.get_by_label("Sizes, relative to the image")).to_have_value("0.205, 0.272")
    assert (boxes(page, "anchors")[:, 2] - boxes(page, "anchors")[:, 0])[0] == pytest.approx(52.48)

    page.get_by_role("button", name="Undo").click()
    until_boxes(page, "anchors", before)


def test_dragging_the_ground_truth_matches_anew(open_page: OpenPage) -> None:
    page = open_page("anchors")
    page.get_by_role("button", name="Matched").click()
    x, y, width, height = (round(value) for value in expected_model().state.gt_px)

    drag(page, (x + width / 2, y + height / 2), (150, 120))
    moved = boxes(page, "gt")[0]
    assert (moved[2] - moved[0], moved[3] - moved[1]) == (width, height)
    assert np.abs((moved[:2] + moved[2:]) / 2 - (150, 120)).max() <= 1.5

    drag(page, (moved[2], moved[3]), (235, 230))
    until(page, lambda: abs(boxes(page, "gt")[0][2] - 235) <= 1.5)
    box_px = boxes(page, "gt")[0]
    np.testing.assert_array_equal(box_px[:2], moved[:2])

    grid = anchor_grid(TOY_SSD, feature_map_shapes((SIDE_PX, SIDE_PX)))
    matching = match(iou(grid.boxes, [box_px / SIDE_PX]), 0.5)
    order = np.argsort(matching.best_iou, kind="stable")
    positive = np.sort(grid.boxes[order[matching.positive[order]]] * SIDE_PX, axis=0)
    until(page, lambda: boxes(page, "anchors").shape == positive.shape)
    np.testing.assert_allclose(np.sort(boxes(page, "anchors"), axis=0), positive, atol=1e-3)
    number = int(matching.positive.sum())
    expect(page.get_by_text(f"{number:,} anchors match", exact=True)).to_be_visible()
    expect(page.get_by_label("Width", exact=True)).to_have_value(f"{box_px[2] - box_px[0]:.0f}")
    expect(page.get_by_text(EQUAL)).to_be_visible()


def test_a_small_box_says_why_one_anchor_is_forced(open_page: OpenPage) -> None:
    page = open_page("anchors")
    for name, value in (("Width", "20"), ("Height", "20")):
        field = page.get_by_label(name, exact=True)
        field.fill(value)
        field.press("Tab")

    expect(page.get_by_text("1 anchor matches", exact=True)).to_be_visible()
    expect(
        page.get_by_text(re.compile("is forced, so that the object is not lost"))
    ).to_be_visible()
    until(page, lambda: np.ptp(boxes(page, "gt")[0][[0, 2]]) == 20)


def test_a_bad_size_is_said_at_the_field_and_the_anchors_stay(open_page: OpenPage) -> None:
    page = open_page("anchors")
    before = boxes(page, "anchors")
    sizes = page.get_by_label("Sizes, relative to the image")

    sizes.fill("0.2, -1")
    sizes.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(
        "Sizes must be above 0 and at most 2, got -1; the last valid anchors stay."
    )
    np.testing.assert_array_equal(boxes(page, "anchors"), before)

    sizes.fill("0.2, 0.3, 0.4")
    sizes.press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    layer = layer_anchors((32, 32), AnchorLayer(sizes=(0.2, 0.3, 0.4), ratios=(1, 2, 0.5)))
    state = expected_model().state
    first = (state.row * 32 + state.column) * 5
    until_boxes(page, "anchors", layer[first : first + 5] * SIDE_PX)


def test_another_map_and_another_cell_by_pointer_and_by_key(open_page: OpenPage) -> None:
    page = open_page("anchors")
    page.get_by_label("Feature map", exact=True).select_option(index=2)
    area, rect = photograph(page)
    page.mouse.click(*on_screen(rect, 40, 200))
    expected = expected_model()
    expected.change(layer=2, row=6, column=1)
    until_boxes(page, "anchors", expected.scene.boxes_px)

    area.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    expected.change(row=5, column=2)
    until_boxes(page, "anchors", expected.scene.boxes_px)

    at = boxes(page, "gt")[0]
    page.keyboard.press("Shift+ArrowLeft")
    until_boxes(page, "gt", np.array([at - (1, 0, 1, 0)]))
    until(page, lambda: page.get_by_label("x", exact=True).input_value() == f"{at[0] - 1:.0f}")


def test_a_state_comes_from_the_address_and_from_the_field(open_page: OpenPage) -> None:
    expected = expected_model()
    expected.use_preset("creature")
    expected.change(layer=1, row=3, column=5, match_iou_threshold=0.4)
    expected.set_gt_px(20, 30, 90, 120)

    page = open_page("anchors", state=expected.to_json())
    until_boxes(page, "anchors", expected.scene.boxes_px)
    until_boxes(page, "gt", np.array([[20, 30, 110, 150]]))
    field = page.get_by_label("Copy it, or paste another")
    assert json.loads(field.input_value()) == json.loads(expected.to_json())

    field.fill('{"layer": 9}')
    field.blur()
    expect(page.get_by_role("alert")).to_have_text(
        "Layer must be from 0 to 4, got 9; the page stays as it was."
    )
    expected.change(layer=3)
    field.fill(expected.to_json())
    field.blur()
    until_boxes(page, "anchors", expected.scene.boxes_px)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_on_a_phone_nothing_is_cut_off_and_a_finger_drags_the_box(open_page: OpenPage) -> None:
    page = open_page("anchors", "mobile")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    x, y, width, height = (round(value) for value in expected_model().state.gt_px)
    _area, rect = photograph(page)
    scrolled = page.evaluate("scrollY")
    touch = page.context.new_cdp_session(page)
    for step in range(11):
        where = on_screen(rect, x + width / 2, y + height / 2 - 6 * step)
        touch.send(
            "Input.dispatchTouchEvent",
            {
                "type": "touchMove" if step else "touchStart",
                "touchPoints": [{"x": where[0], "y": where[1]}],
            },
        )
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    until(page, lambda: abs(boxes(page, "gt")[0][1] - (y - 60)) <= 1.5)
    until(page, lambda: abs(int(page.get_by_label("y", exact=True).input_value()) - y + 60) <= 1)
    assert page.evaluate("scrollY") == scrolled
