"""The settings of the training page in a real browser: explained, kept, refused, brought along."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from explorer.config import ANCHOR_PRESETS, TOY_SSD, TrainConfig, recipe
from explorer.training.run.directory import list_runs
from tests.browser.conftest import PATIENCE_S, OpenPage


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
    page.get_by_role("button", name="More settings").click()
    page.get_by_label("Schedule").select_option(label="Cosine")
    threshold = page.get_by_label("Match threshold (IoU)")
    threshold.fill("0.4")
    threshold.press("Enter")
    expect(page.get_by_text("Changed from tutorial:")).to_contain_text(
        "Match threshold (IoU), Schedule."
    )
    changed = recipe("tutorial", schedule="cosine", match={"match_iou_threshold": 0.4})
    wait_for(page, changed)
    wait_for_address(page, changed)

    page.reload()
    page.wait_for_selector("body.ssdx-ready")
    wait_for(page, changed)
    page.get_by_role("button", name="More settings").click()
    expect(page.get_by_label("Match threshold (IoU)")).to_have_value("0.4")
    page.get_by_role("button", name="Back to the recipe").click()
    expect(page.get_by_text("Everything as the recipe tutorial says.")).to_be_visible()
    wait_for(page, recipe("tutorial"))


def test_a_number_that_cannot_be_taken_is_said_beside_its_field(open_page: OpenPage) -> None:
    page = open_page("train_live", state=json.dumps({"dataset": "sample"}))
    alert = page.get_by_role("alert")

    def type_(label: str, text: str) -> Locator:
        field = page.get_by_label(label, exact=True)
        field.press("Control+a")
        field.press_sequentially(text)
        field.press("Enter")
        return field

    field = type_("First epoch", "8")
    expect(alert).to_have_text(
        "first_epoch must be below epochs, which counts those before it too: 8, got 8; the "
        "settings stay as they were."
    )
    expect(field).to_have_value("0")
    type_("First epoch", "7")
    expect(page.get_by_text("32 images to learn from: 2 steps in total.")).to_be_visible()
    expect(alert).to_have_count(0)
    type_("First epoch", "0")

    field = type_("Epochs", "2.7")
    expect(alert).to_have_text("Epochs: whole numbers only, so 8 stays.")
    expect(field).to_have_value("8")
    type_("Epochs", "99999999")
    expect(alert).to_have_text("Epochs: from 1 to 10,000, so it is set to 10,000.")
    expect(field).to_have_value("10000")
    wait_for(page, recipe("fast", dataset="sample", epochs=10_000))
    type_("Epochs", "3")
    expect(alert).to_have_count(0)
    field = type_("Learning rate", "-5")
    expect(alert).to_have_text(
        "Learning rate: from 0.000001 to 1,000,000, so it is set to 0.000001."
    )
    expect(field).to_have_value("0.000001")
    type_("Learning rate", "1000")
    expect(page.get_by_text("A learning rate of 1,000 is too high for Adam")).to_be_visible()
    wait_for(page, recipe("fast", dataset="sample", epochs=3, learning_rate=1000))


def test_a_phone_says_beside_start_what_it_will_train(open_page: OpenPage) -> None:
    wide = open_page("train_live")
    expect(wide.get_by_text("Next run:")).to_be_hidden()
    page = open_page("train_live", "mobile")
    line = page.get_by_text("Next run:")
    expect(line).to_have_text("Next run: fast · creature · 8 epochs · Change")
    expect(line).to_be_in_viewport()
    expect(page.get_by_role("button", name="Start training")).to_be_in_viewport()
    recipes = page.get_by_label("Recipe")
    expect(recipes).not_to_be_in_viewport()
    line.get_by_role("link").tap()
    expect(recipes).to_be_in_viewport()
    recipes.select_option("tutorial")
    page.get_by_label("Data set").select_option("sample")
    expect(line).to_have_text("Next run: tutorial · sample · 8 epochs · Change")


def test_the_images_are_of_the_chosen_data_set(open_page: OpenPage, runs: Path) -> None:
    for run in list_runs(runs):  # the page would show the newest, with its own images
        shutil.rmtree(run.path)
    page = open_page("train_live")
    expect(page.get_by_text("Six validation images of sample (creature")).to_be_visible()
    page.get_by_label("Data set").select_option("sample")
    expect(page.get_by_text("Six validation images of sample; the network")).to_be_visible()


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
    expect(page.get_by_text("These are not anchors:")).to_be_visible()
    text.fill(json.dumps({"anchors": ANCHOR_PRESETS["ssd300"].model_dump()}))
    text.blur()
    wait_for(page, recipe("fast", anchors=ANCHOR_PRESETS["ssd300"]))


def test_the_anchors_page_leads_to_training_with_its_anchors(open_page: OpenPage) -> None:
    page = open_page("anchors")
    page.get_by_role("button", name="Train with these anchors").click()
    page.wait_for_url("**/train_live.ipynb?**")
    page.wait_for_selector("body.ssdx-ready")
    wait_for(page, recipe("fast", anchors=TOY_SSD))
    expect(page.get_by_text("5,444 anchors per image.")).to_be_visible()
