"""“Why only one box?” and “Found or missed?” on the real page, with the detector that ships."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from explorer.data_folders import data_root
from explorer.datasets import open_dataset
from explorer.engine import Engine
from explorer.evaluation.why_missed import Outcome, why_missed
from explorer.ssd.detection import Detections
from explorer.ssd.nms_rounds import nms_rounds
from explorer.ssd.probabilities import softmax
from tests.browser.detect_page import FIND
from tests.decoding import detect_config

SAMPLE = 3
ONE_BOX, MISSED = "nms", "missed"


def truth() -> np.ndarray:
    """The creature of the sample, and a second one that would stand close beside it."""
    (first,) = open_dataset("sample", "val")[SAMPLE].labels
    second = first.copy()
    second[[1, 3]] -= 0.3 * (first[3] - first[1])
    return np.stack([first, second])


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.load(data_root() / "pretrained" / "creature.params", device="cpu")


@pytest.fixture
def opened(open_page: Callable[..., Page]) -> Callable[..., Page]:
    def open_(tab: str, size: str = "desktop", **state: Any) -> Page:
        rows = [{"class_name": "creature", "box": row[1:].tolist()} for row in truth()]
        told = {"number": SAMPLE, "tab": tab, "truth": rows, **state}
        page = open_page("detect", size=size, state=json.dumps(told))
        # The tab's figure is there when something is drawn in it.
        page.wait_for_function(f"({FIND})('nms-kept') || ({FIND})('missed-object')")
        return page

    return open_


def model(page: Page, name: str, expression: str) -> Any:
    return page.evaluate(f"(() => {{ const m = ({FIND})('{name}'); return {expression} }})()")


def num_drawn(page: Page, kind: str) -> int:
    return int(model(page, kind, "m.data_source.data.left.length"))


def found(engine: Engine, **settings: Any) -> Detections:
    image = open_dataset("sample", "val")[SAMPLE].image
    return engine.detect(image, **{"score_threshold": 0.5, **settings})


def test_the_rounds_of_nms_are_played(opened: Callable[..., Page], engine: Engine) -> None:
    page = opened(ONE_BOX, nms_iou_threshold=0.8)
    detections = found(engine, nms_iou_threshold=0.8)
    first, second = nms_rounds(detections)
    funnel = page.locator(".ssdx-funnel b")
    counts = [5444, len(detections.candidates), len(detections.candidates), 2]
    expect(funnel).to_have_text([f"{count:,}" for count in counts])
    expect(page.locator(".ssdx-badge")).to_have_text("equal to MXNet's operator ✓")
    headline = page.locator(".ssdx-round")
    expect(headline).to_contain_text("Round 1 of 2: box 1, the surest left (creature")
    assert num_drawn(page, "nms-removed") == len(first.suppressed)
    assert num_drawn(page, "nms-waiting") == len(first.waiting)

    page.get_by_title("Step forward").click()
    expect(headline).to_contain_text("Round 2 of 2")
    page.wait_for_function(f"({FIND})('nms-before').data_source.data.left.length == 1")
    assert num_drawn(page, "nms-removed") == len(second.suppressed)
    assert num_drawn(page, "nms-waiting") == 0
    handle = page.get_by_role("slider").nth(0)
    handle.focus()
    handle.press("Home")
    expect(headline).to_contain_text("Before the first round")
    page.get_by_role("button", name="▶ Play").click()
    expect(headline).to_contain_text("NMS is done")


def test_thresholds_are_followed(opened: Callable[..., Page], engine: Engine) -> None:
    page = opened(ONE_BOX)
    kept = page.locator(".ssdx-funnel b").nth(3)
    expect(kept).to_have_text(str(len(found(engine))))
    nms = page.locator(".ssdx-side .noUi-handle").first
    nms.focus()
    nms.press("End")
    expect(kept).to_have_text(str(len(found(engine, nms_iou_threshold=1.0))))
    score = page.locator(".bk-Slider .noUi-handle")
    score.focus()
    score.press("Home")
    lowest = found(engine, nms_iou_threshold=1.0, score_threshold=0.02)
    expect(kept).to_have_text(str(len(lowest)))
    expect(page.locator(".ssdx-badge")).to_have_text("equal to MXNet's operator ✓")


def test_a_suppressed_object_is_brought_back(opened: Callable[..., Page], engine: Engine) -> None:
    image = open_dataset("sample", "val")[SAMPLE].image
    said = engine.predict([image])
    verdict = why_missed(
        truth(), said.anchors, softmax(said.class_scores[0]), said.offsets[0], detect_config()
    )[1]
    assert verdict.outcome == Outcome.SUPPRESSED
    assert verdict.change is not None
    value = f"{verdict.change.value:.2f}"

    page = opened(MISSED)
    stories = page.locator(".ssdx-object p")
    expect(stories.nth(0)).to_contain_text("Creature 1: Found by box 1: score 0.9")
    expect(stories.nth(1)).to_contain_text("is suppressed by box 1: IoU")
    expect(stories.nth(1)).to_contain_text(f"NMS IoU {value} brings it back.")
    page.get_by_role("button", name="Show its boxes").nth(1).click()
    page.wait_for_function(f"({FIND})('missed-lost').data_source.data.left.length == 1")
    expect(page.get_by_text("“One box” now tells where this object’s box")).to_be_visible()

    page.get_by_role("button", name=f"Set NMS IoU to {value}").click()
    expect(stories.nth(1)).to_contain_text("Creature 2: Found by box 2")
    expect(page.locator(".ssdx-side .widget-readout").first).to_have_text(value)
    page.get_by_role("button", name="Back to 0.45").click()
    expect(stories.nth(1)).to_contain_text("is suppressed by box 1")
    expect(page.locator(".ssdx-side .widget-readout").first).to_have_text("0.45")


def test_a_threshold_that_is_too_high_is_lowered(opened: Callable[..., Page]) -> None:
    page = opened(MISSED, score_threshold=0.98)
    page.get_by_role("button", name="Set score threshold to").click()
    expect(page.locator(".ssdx-object p").first).to_contain_text("Found by box 1")
    page.wait_for_function(f"({FIND})('detections').view.indices.count == 1")


def test_without_objects_the_page_says_how_to_get_some(opened: Callable[..., Page]) -> None:
    page = opened(MISSED, truth=[])
    expect(page.get_by_text("No object is known in this picture.")).to_be_visible()
    expect(page.locator(".ssdx-object")).to_have_count(0)


def test_on_a_phone_nothing_scrolls_sideways(opened: Callable[..., Page]) -> None:
    page = opened(ONE_BOX, size="mobile")
    for tab, part in (("Why only one box?", ".ssdx-round"), ("Found or missed?", ".ssdx-object")):
        page.get_by_role("button", name=tab, exact=True).click()
        expect(page.locator(part).first).to_contain_text("box 1")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
