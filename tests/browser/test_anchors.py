from __future__ import annotations

import json
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from explorer.config import TOY_SSD, AnchorLayer, MatchConfig
from explorer.pages.anchors.detail import anchor_detail
from explorer.pages.anchors.words import headline, positives_reason
from explorer.ssd.anchors import layer_anchors
from explorer.ssd.boxes import iou
from explorer.ssd.matching import match
from tests.browser.anchor_figures import (
    EQUAL,
    SIDE_PX,
    boxes,
    columns,
    drag,
    expected_model,
    gt_px,
    on_screen,
    photograph,
    until,
    until_boxes,
)
from tests.browser.conftest import OpenPage
from tests.maps import toy_grid

RED = "rgb(179, 38, 30)"


def test_the_page_draws_one_cell_and_mxnet_agrees(open_page: OpenPage) -> None:
    page = open_page("anchors")
    model = expected_model()

    until_boxes(page, "anchors", model.scene.boxes_px)
    assert columns(page, "labels")["text"] == ["51 × 51", "70 × 70", "72 × 36", "36 × 72"]
    expect(page.get_by_text(headline(model.scene))).to_be_visible()
    expect(page.get_by_text(positives_reason(model.scene))).to_be_visible()
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


def matched_anchors(box_px: np.ndarray) -> np.ndarray:
    """Return the anchors, (N, 4) in pixels, that match one box on the page's first photograph."""
    grid = toy_grid(TOY_SSD, (SIDE_PX, SIDE_PX))
    return grid.boxes[match(iou(grid.boxes, [box_px / SIDE_PX]), 0.5).positive] * SIDE_PX


def test_dragging_the_ground_truth_matches_anew(open_page: OpenPage) -> None:
    page = open_page("anchors")
    page.get_by_role("button", name="Matched").click()
    x, y, width, height = gt_px(expected_model())
    number = len(matched_anchors(np.array([x, y, x + width, y + height])))
    until(page, lambda: len(boxes(page, "anchors")) == number)  # the page is at rest

    drag(page, (x + width / 2, y + height / 2), (150, 120))
    moved = boxes(page, "gt")[0]
    assert (moved[2] - moved[0], moved[3] - moved[1]) == (width, height)
    assert np.abs((moved[:2] + moved[2:]) / 2 - (150, 120)).max() <= 1.5

    drag(page, (moved[2], moved[3]), (235, 230))
    until(page, lambda: np.abs(boxes(page, "gt")[0][2:] - (235, 230)).max() <= 1.5)

    def matched() -> bool:
        drawn, expected = boxes(page, "anchors"), matched_anchors(boxes(page, "gt")[0])
        return drawn.shape == expected.shape and np.allclose(
            np.sort(drawn, axis=0), np.sort(expected, axis=0), atol=1e-3
        )

    until(page, matched)  # the last of the drag's moves may still be on its way
    box_px = boxes(page, "gt")[0]
    np.testing.assert_array_equal(box_px[:2], moved[:2])
    number = len(matched_anchors(box_px))
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
    alert = page.get_by_role("alert")
    expect(alert).to_have_text(
        "Sizes must be above 0 and at most 2, got -1; the last valid anchors stay."
    )
    expect(sizes).to_have_css("border-color", RED)
    button, below = page.get_by_role("button", name="+ size").bounding_box(), alert.bounding_box()
    assert button is not None
    assert below is not None
    assert 0 < below["y"] - (button["y"] + button["height"]) < 20
    np.testing.assert_array_equal(boxes(page, "anchors"), before)

    sizes.fill("0.2, 0.3, 0.4")
    sizes.press("Enter")
    expect(alert).to_have_count(0)
    expect(sizes).not_to_have_css("border-color", RED)
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
    expected.change(layer=1, row=3, column=5, match=MatchConfig(match_iou_threshold=0.4))
    expected.set_gt_px(20, 30, 90, 120)

    page = open_page("anchors", state=expected.to_json())
    until_boxes(page, "anchors", expected.scene.boxes_px)
    until_boxes(page, "gt", np.array([[20, 30, 110, 150]]))
    field = page.get_by_label("Copy this, or paste other settings")
    until(page, lambda: json.loads(field.input_value()) == json.loads(expected.to_json()))
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()

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


def test_objects_are_drawn_selected_and_deleted(open_page: OpenPage) -> None:
    page = open_page("anchors")
    before = boxes(page, "gt")
    page.get_by_role("button", name="Draw an object").click()
    area, _rect = photograph(page)
    expect(area).to_have_css("cursor", "crosshair")
    drag(page, (150, 20), (230, 100))

    until_boxes(page, "gt", np.array([[150, 20, 230, 100]]))
    until_boxes(page, "others", before)
    expect(page.get_by_label("Selected", exact=True)).to_have_value(re.compile(r"^2: creature$"))
    expect(page.get_by_label("Width", exact=True)).to_have_value("80")
    expect(page.get_by_text(re.compile("^2: creature best IoU"))).to_be_visible()
    expect(page.get_by_text(EQUAL)).to_be_visible()

    page.get_by_label("Class", exact=True).select_option("class 1")
    expect(page.get_by_text(re.compile("^2: class 1 best IoU"))).to_be_visible()

    # The mode has ended: the next drag moves the object again.
    drag(page, (190, 60), (180, 70))
    until_boxes(page, "gt", np.array([[140, 30, 220, 110]]))
    area, rect = photograph(page)
    x, y, width, height = gt_px(expected_model())
    page.mouse.click(*on_screen(rect, x + width / 2, y + height / 2))
    until_boxes(page, "gt", before)
    area.focus()
    page.keyboard.press("Delete")
    until_boxes(page, "gt", np.array([[140, 30, 220, 110]]))
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No object", exact=True)).to_be_visible()
    expect(page.get_by_text(EQUAL)).to_be_visible()
    page.get_by_role("button", name="Back to the labels").click()
    until_boxes(page, "gt", before)


def test_the_matching_is_replayed_and_mined(open_page: OpenPage) -> None:
    page = open_page("anchors")
    page.get_by_role("button", name="Matched").click()
    expected = expected_model()
    expected.change(shown="matched")
    num_positive = len(expected.scene.index)
    until(page, lambda: len(boxes(page, "anchors")) == num_positive)

    page.get_by_label("Mine hard negatives").check()
    until(page, lambda: len(boxes(page, "anchors")) == 4 * num_positive)
    expect(page.get_by_text(re.compile("Mining: 3 negatives for each"))).to_be_visible()
    expect(page.get_by_text(EQUAL)).to_be_visible()
    page.get_by_role("button", name="◀", exact=True).click()
    until(page, lambda: len(boxes(page, "anchors")) == num_positive)
    expect(page.get_by_text("Step 2 of 3.")).to_be_visible()
    page.get_by_role("button", name="◀", exact=True).click()
    until(page, lambda: len(boxes(page, "anchors")) == 1)
    expect(page.get_by_text(re.compile("Forced round 1: the highest IoU left"))).to_be_visible()
    assert set(columns(page, "anchors")["color"]) == {"#E69F00"}
    page.get_by_role("button", name="|◀").click()
    until(page, lambda: len(boxes(page, "anchors")) == 0)
    page.get_by_role("button", name="▶|").click()
    until(page, lambda: len(boxes(page, "anchors")) == 4 * num_positive)


def test_one_anchor_is_explained(open_page: OpenPage) -> None:
    page = open_page("anchors")
    choice = page.get_by_label("Explained anchor")
    choice.select_option(index=1)
    expected = expected_model()
    expected.change(shape=1)
    detail = anchor_detail(expected.scene)
    assert detail is not None
    for number in detail.scaled:
        expect(page.get_by_role("cell", name=f"{number:+.3f}", exact=True).first).to_be_visible()
    expect(page.get_by_text(re.compile("uses only 4: every size at the first"))).to_be_visible()

    page.get_by_label("Receptive field").check()
    until(page, lambda: len(boxes(page, "receptive_field")) == 1)
    left, top, right, bottom = boxes(page, "receptive_field")[0]
    assert (right - left, bottom - top) == (52, 52)
    assert columns(page, "labels")["text"][-1] == "sees 52 × 52 px"
    expect(page.locator(".ssdx-legend").first).to_contain_text("Receptive field")


def test_numbers_are_added_and_removed_and_sizes_spread(open_page: OpenPage) -> None:
    page = open_page("anchors")
    sizes = page.get_by_label("Sizes, relative to the image")
    page.get_by_role("button", name="+ size").click()
    expect(sizes).to_have_value("0.2, 0.272, 0.272")
    page.get_by_role("button", name="×").first.click()
    expect(sizes).to_have_value("0.272, 0.272")
    page.get_by_role("button", name="Space the sizes evenly").click()
    expect(sizes).to_have_value("0.2, 0.272")
    expect(page.get_by_text(re.compile(r"√\(0.2 × 0.37\) = 0.272"))).to_be_visible()
    page.get_by_label("Preset, all maps").select_option("ssd300")
    expect(sizes).to_have_value("0.1, 0.141421")
    expect(page.get_by_text(EQUAL)).to_be_visible()
