"""Detectors from elsewhere on the detect page: chosen, dropped, asked about, and then used."""

from __future__ import annotations

import re
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from explorer.data_folders import shipped_root
from tests.browser.browsing import Server
from tests.browser.detect_page import FIND, DetectPage, Found, Opened
from tests.places import ROOT

TUTORIAL = ROOT.parent / "shared" / "tutorial"
OPEN = "Open a .params file…"
DROP = """
([name, content]) => {
  const carried = new DataTransfer()
  const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0))
  carried.items.add(new File([bytes], name))
  for (const phase of ["dragover", "drop"])
    document.querySelector("h1").dispatchEvent(
      new DragEvent(phase, {bubbles: true, cancelable: true, dataTransfer: carried}))
}
"""


@pytest.fixture(autouse=True)
def detectors(server: Server) -> Iterator[Path]:
    """The folder of the user's detectors, of which nothing is left after the test."""
    assert server.data is not None
    yield server.data / "detectors"
    shutil.rmtree(server.data / "detectors", ignore_errors=True)


def choose(page: Page, *paths: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=OPEN).click()
    chooser.value.set_files(paths)


def chosen(page: Page) -> str:
    """Return what the list of checkpoints shows, with plain spaces."""
    choice = page.get_by_label("Checkpoint", exact=True)
    return " ".join(str(choice.evaluate("e => e.selectedOptions[0].text")).split())


def says_model(page: Page, key: str) -> None:
    """Wait until the page's own text about itself, which comes a moment later, has this model."""
    text = page.locator(".ssdx-state textarea")
    expect(text).to_have_value(re.compile(rf'"model":"{re.escape(key)}"'))


@pytest.mark.skipif(not TUTORIAL.is_dir(), reason=f"the tutorial's files are not in {TUTORIAL}")
def test_the_tutorials_weights_find_what_its_last_figure_shows(
    open_detect: Opened, detectors: Path
) -> None:
    page = open_detect()
    choose(page.page, TUTORIAL / "ssd_pikachu-fbb7d872.params")
    expect(page.page.get_by_text("Finds 1 class: pikachu.")).to_be_visible()
    assert chosen(page.page) == "The tutorial’s detector"
    expect(page.page.get_by_role("button", name="Get the tutorial’s detector")).to_be_hidden()
    assert [path.name for path in detectors.iterdir()] == ["ssd_pikachu-fbb7d872.params"]

    page.upload(TUTORIAL / "pikachu.jpg")
    expect(page.caption).to_have_text("pikachu.jpg512 × 512 px")
    page.page.wait_for_function(
        f"(({FIND})('detections')?.data_source.data.score?.[0] ?? 0) > 0.6", polling=100
    )
    assert page.model("detections", "m.data_source.data.score[0]") == pytest.approx(
        0.6315, abs=0.002
    )
    box = np.array(page.box("detections")) / 512
    np.testing.assert_allclose(box, [0.5178, 0.5051, 0.6726, 0.7012], atol=0.002)
    says_model(page.page, "tutorial")


def test_what_the_file_does_not_say_is_told_in_a_form(
    open_detect: Opened,
    open_page: Callable[..., Page],
    found: Found,
    sample: np.ndarray,
    detectors: Path,
) -> None:
    page = open_detect()
    content = (shipped_root() / "pretrained" / "creature.params").read_bytes()
    page.page.evaluate(DROP, ["mine.params", b64encode(content).decode()])
    names = page.page.get_by_label("Class names, with commas")
    expect(names).to_have_value("class 0")
    expect(page.page.get_by_label("Name of the detector")).to_have_value("mine")
    expect(page.page.get_by_text("No class names in the file: using class 0.")).to_be_visible()
    expect(page.page.locator(".ssdx-upload-problems")).to_be_hidden()  # it is no picture's

    names.fill("creature, other")
    page.page.get_by_role("button", name="Open it", exact=True).click()
    told_too_many = page.page.get_by_text("it scores 1 class, but 2 names were told")
    expect(told_too_many).to_be_visible()
    names.fill("creature")
    anchors = page.page.get_by_label("Anchors (preset or text)")
    anchors.fill("whatever")
    page.page.get_by_role("button", name="Open it", exact=True).click()
    expect(page.page.get_by_text("one of toy-ssd, creature, ssd300, ssd512, or")).to_be_visible()
    assert not detectors.exists()

    anchors.fill("creature")
    page.page.get_by_role("button", name="Open it", exact=True).click()
    expect(names).to_have_count(0)
    expect(page.page.get_by_text("Finds 1 class: creature.", exact=True)).to_be_visible()
    assert chosen(page.page) == "mine (brought by you)"
    page.wait_for(found(sample))  # the very weights that ship
    says_model(page.page, "detectors/mine")
    assert sorted(path.name for path in detectors.iterdir()) == ["mine.json", "mine.params"]

    training = open_page("train_live")
    options = training.get_by_label("Start from").locator("option")
    expect(options.filter(has_text="mine (brought by you)")).to_have_count(1)


def test_what_is_no_detector_is_said_and_the_page_stays(
    open_detect: Opened, found: Found, sample: np.ndarray, tmp_path: Path
) -> None:
    page: DetectPage = open_detect("mobile")
    broken = tmp_path / "broken.params"
    broken.write_bytes(b"not a detector at all")
    choose(page.page, broken)
    expect(page.page.locator(".ssdx-error", has_text="broken.params")).to_be_visible()
    assert chosen(page.page) == "Creature (comes with the explorer)"
    assert page.anchors() == found(sample).anchor.tolist()
    expect(page.page.get_by_role("button", name=OPEN)).to_be_visible()
