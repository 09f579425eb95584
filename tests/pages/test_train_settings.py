"""The settings of the training page in a real browser: explained, kept, refused, brought along."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from explorer.config import ANCHOR_PRESETS, TOY_SSD, TrainConfig, recipe
from tests.pages.conftest import PATIENCE_S, OpenPage


def wait_for_address(page: Page, expected: TrainConfig) -> None:
    """Wait until the page's address holds the settings; it follows them once a second."""
    page.wait_for_function(
        "text => new URLSearchParams(location.search).get('state') === text",
        arg=expected.to_json(),
        timeout=PATIENCE_S * 1000,
    )


def wait_for(page: Page, expected: TrainConfig) -> None:
    page.wait_for_function(
        "text => document.querySelector('.ssdx-state textarea').value === text",
        arg=expected.to_json(),
        timeout=PATIENCE_S * 1000,
    )


FIGURES_WITHOUT_AXES = """() => Bokeh.documents.flatMap(
  (doc) => [...doc._all_models.values()].filter((model) => model.type === "Figure")
).filter(({x_range, y_range}) =>
  ![x_range.start, x_range.end, y_range.start, y_range.end].every(Number.isFinite)
).map((figure) => figure.title.text)"""


def test_settings_are_explained_kept_over_a_reload_and_brought_back(open_page: OpenPage) -> None:
    page = open_page("train_live")
    wait_for(page, recipe("fast"))
    assert page.evaluate(FIGURES_WITHOUT_AXES) == []  # though there is nothing to draw yet
    page.get_by_label("Recipe").select_option("tutorial")
    expect(page.get_by_label("Learning rate", exact=True)).to_have_value("0.1")
    expect(page.get_by_label("Class loss")).to_have_value("Focal loss, all anchors")
    page.get_by_role("button", name="All hyper-parameters").click()
    page.get_by_label("Schedule").select_option(label="Cosine")
    threshold = page.get_by_label("Match threshold (IoU)")
    threshold.fill("0.4")
    threshold.press("Enter")
    expect(page.get_by_text("Other than the recipe tutorial:")).to_contain_text(
        "match.match_iou_threshold, schedule."
    )
    changed = recipe("tutorial", schedule="cosine", match={"match_iou_threshold": 0.4})
    wait_for(page, changed)
    wait_for_address(page, changed)

    page.reload()
    page.wait_for_selector("body.ssdx-ready")
    wait_for(page, changed)
    page.get_by_role("button", name="All hyper-parameters").click()
    expect(page.get_by_label("Match threshold (IoU)")).to_have_value("0.4")
    page.get_by_role("button", name="Back to the recipe").click()
    expect(page.get_by_text("All as the recipe tutorial says.")).to_be_visible()
    wait_for(page, recipe("tutorial"))


def test_wrong_settings_are_said_and_nothing_is_lost(open_page: OpenPage) -> None:
    page = open_page("train_live", state=json.dumps({"epochs": 3, "recipe": "slow"}))
    expect(page.get_by_text("No recipe is called 'slow', only fast, tutorial")).to_be_visible()
    wait_for(page, recipe("fast"))

    page.get_by_label("Data set").select_option(label="A folder of yours…")
    folder = page.get_by_label("Its folder, with train.rec and val.rec")
    folder.fill("/nowhere")
    folder.press("Enter")
    expect(page.get_by_text("There is no train.rec in '/nowhere'")).to_be_visible()

    page.get_by_label("Anchors", exact=True).select_option(label="Your own, from the anchors page…")
    text = page.get_by_label("Their text, from the anchors page")
    text.fill('{"layers": []}')
    text.blur()
    expect(page.get_by_text("These are no anchors:")).to_be_visible()
    text.fill(json.dumps({"anchors": ANCHOR_PRESETS["ssd300"].model_dump()}))
    text.blur()
    wait_for(page, recipe("fast", anchors=ANCHOR_PRESETS["ssd300"]))


def test_the_anchors_page_leads_to_training_with_its_anchors(open_page: OpenPage) -> None:
    page = open_page("anchors")
    page.get_by_role("button", name="Train with these anchors").click()
    page.wait_for_url("**/train_live.ipynb?**")
    page.wait_for_selector("body.ssdx-ready")
    wait_for(page, recipe("fast", anchors=TOY_SSD))
    expect(page.get_by_text("5,444 anchors an image.")).to_be_visible()
