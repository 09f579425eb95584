"""From a folder of photographs to a detector of its six classes, with the pages alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from explorer.config import preset_name
from explorer.engine.checkpoint_files import describe_checkpoint
from tests.browser.train_page import choose, newest, start
from tests.cli.test_data import CARDS, needs_cards
from tests.training.runs import wait_for_end

EPOCHS = 2


def choose_option(page: Page, label: str, words: str) -> None:
    """Choose the option that has these words in it."""
    control = page.get_by_label(label, exact=True)
    option = control.locator("option").filter(has_text=words).first
    control.select_option(value=option.get_attribute("value"))


def go_on(page: Page, button: str, notebook: str) -> None:
    page.get_by_role("button", name=button).click()
    page.wait_for_url(f"**/{notebook}.ipynb**")
    page.wait_for_selector("body.ssdx-ready")


@needs_cards
@pytest.mark.slow
def test_a_folder_becomes_a_detector_with_the_pages_alone(
    open_page: Callable[..., Page], runs: Path
) -> None:
    page = open_page("data")
    field = page.get_by_label("Folder or zip on the server")
    field.fill(str(CARDS))
    field.press("Enter")
    headline = page.locator(".ssdx-caption").first
    expect(headline).to_contain_text("42 images, 77 objects, 6 classes")
    expect(page.get_by_text("42 images, 77 objects: nothing is wrong.")).to_be_visible()
    page.get_by_role("button", name="Build the data set").click()
    expect(page.get_by_text("cards is built and read back.")).to_be_visible()

    go_on(page, "Find anchors that fit it", "anchors")
    page.get_by_role("button", name="Suggest better anchors").click()
    use = page.get_by_role("button", name="Use the suggestion")
    expect(use).to_be_enabled()
    onward = page.locator("[data-ssdx-open=train_live]")
    before = onward.get_attribute("data-ssdx-state")
    assert before is not None
    use.click()
    expect(onward).not_to_have_attribute("data-ssdx-state", before)

    go_on(page, "Train with these anchors", "train_live")
    expect(page.get_by_label("Data set", exact=True)).to_have_value("cards")
    choose_option(page, "Start from", "comes with the explorer")
    choose(page, EPOCHS)
    start(page, runs)
    run = newest(runs)
    assert wait_for_end(run).state == "finished"
    config = run.read_config()
    assert (config.dataset, config.pretrained) == ("cards", "creature")
    detector, _about = describe_checkpoint(run.checkpoints / f"epoch-{EPOCHS:04}.params")
    assert detector.class_names == ("ace", "jack", "king", "nine", "queen", "ten")
    assert preset_name(config.anchors) is None

    page.locator(".ssdx-nav a", has_text="Detect").click()
    page.wait_for_selector("body.ssdx-ready")
    page.get_by_label("Pictures of").select_option(label="cards")
    expect(page.locator(".ssdx-caption").first).to_contain_text("cards · val 1")
    choose_option(page, "Checkpoint", f"cards · epoch {EPOCHS}")
    expect(page.get_by_label("queen")).to_be_visible()  # the classes of that detector
