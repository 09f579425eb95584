"""“The whole data set” on the detect page, in a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from explorer.config import DetectConfig
from explorer.data_folders import shipped_root
from explorer.datasets import open_dataset
from explorer.engine import Engine
from explorer.evaluation.dataset_nms import DatasetNms
from explorer.evaluation.error_types import ErrorType
from explorer.evaluation.raw_predictions import predict_dataset
from explorer.pages.detect.whole_set.mistake_cases import Selection, case_of, members_of
from explorer.pages.detect.whole_set.mistake_words import best_threshold
from explorer.pages.detect.whole_set.verdict import DatasetVerdict, reach_verdict
from tests.browser.detect_page import FIND

Judge = Callable[..., DatasetVerdict]


class JudgedPage:
    """The detect page with its panel open."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.run = page.get_by_role("button", name="Judge the detector")
        self.tiles = page.locator(".ssdx-tiles dt + dd")
        self.look = page.get_by_label("Look at")
        self.pictures = page.locator(".ssdx-mistake:visible")

    def judge(self) -> None:
        expect(self.run).to_be_enabled()
        self.run.click()
        expect(self.tiles).to_have_count(6)

    def show(self, choice: str) -> None:
        """Choose what is looked at by the beginning of its text."""
        beginning = re.escape(choice).replace(
            r"\ ", r"\s"
        )  # ipywidgets writes spaces that do not break
        option = self.look.locator("option").filter(has_text=re.compile(f"^{beginning}"))
        self.look.select_option(value=option.get_attribute("value"))

    def column(self, name: str, column: str) -> list[Any]:
        found: list[Any] = self.page.evaluate(
            f"([name, column]) => Array.from(({FIND})(name).data_source.data[column])",
            [name, column],
        )
        return found

    def wait_for(self, verdict: DatasetVerdict) -> None:
        """Wait until the matrix is that of a verdict."""
        self.page.wait_for_function(
            f"counts => JSON.stringify(counts) == JSON.stringify(Array.from("
            f"({FIND})('confusion').data_source.data.count))",
            arg=verdict.confusion.counts.ravel().tolist(),
        )

    def click_at(self, name: str, x: float, y: float) -> None:
        """Click a figure, that of the renderer `name`, at a place in its own units."""
        place = self.page.evaluate(
            f"""([name, x, y]) => {{
              const renderer = ({FIND})(name)
              const view = [...Object.values(Bokeh.index)].flatMap((root) => [
                root, ...(root.child_views ?? [])
              ]).find((each) => each.model.renderers?.includes(renderer))
              view.el.scrollIntoView({{block: "center"}})
              const box = view.el.getBoundingClientRect()
              const frame = view.frame
              return [box.x + frame.x_scale.compute(x), box.y + frame.y_scale.compute(y)]
            }}""",
            [name, x, y],
        )
        self.page.mouse.click(*place)


@pytest.fixture(scope="module")
def judge() -> Judge:
    """What our own modules say of the sample, with the page's settings but for the changes."""
    engine = Engine.load(shipped_root() / "pretrained" / "creature.params", device="cpu")
    raw = predict_dataset(engine, open_dataset("sample", "val"))
    nms = DatasetNms(raw)
    return lambda **changes: reach_verdict(nms, DetectConfig(**changes))


@pytest.fixture
def opened(open_page: Callable[..., Page]) -> Callable[..., JudgedPage]:
    def open_(size: str = "desktop", **settings: float) -> JudgedPage:
        state = json.dumps({"tab": "The whole data set", **settings})
        return JudgedPage(open_page("detect", size=size, state=state))

    return open_


def test_a_data_set_is_judged_and_follows_the_thresholds(
    opened: Callable[..., JudgedPage], judge: Judge
) -> None:
    page = opened()
    page.judge()
    verdict = judge()
    page.wait_for(verdict)
    assert verdict.precision is not None
    expect(page.tiles).to_have_text(
        [
            "100.0%",
            "97.9%",
            f"{verdict.point.f1:.3f}",
            f"{verdict.precision.ap50:.3f}",
            f"{verdict.precision.ap75:.3f}",
            f"{verdict.precision.map:.3f}",
        ]
    )
    assert verdict.costs is not None
    expect(page.page.get_by_text(f"alone, AP50 is {verdict.ap50_shown:.3f};")).to_be_visible()
    costs = [verdict.costs[kind] for kind in ErrorType]
    assert page.column("error_bars", "cost") == pytest.approx(costs)
    assert page.column("pr_point", "recall") == [verdict.point.recall]
    # The detector is not run again: that button is gone.
    expect(page.run).to_be_hidden()
    readout = page.page.locator(".widget-readout").first
    readout.fill("0.65")
    readout.press("Enter")
    page.wait_for(judge(nms_iou_threshold=0.65))
    slider = page.page.locator(".bk-Slider .noUi-handle")
    slider.focus()
    for _ in range(5):
        slider.press("ArrowLeft")
    page.wait_for(judge(nms_iou_threshold=0.65, score_threshold=0.45))


def test_bars_cells_and_list_lead_to_images_that_open(
    opened: Callable[..., JudgedPage], judge: Judge
) -> None:
    page = opened(score_threshold=0.1)
    page.judge()
    verdict = judge(score_threshold=0.1)
    page.wait_for(verdict)
    counts = verdict.errors.counts()

    page.click_at("error_bars", 0.0, int(ErrorType.BACKGROUND))
    chosen = page.look.locator("option:checked")
    expect(chosen).to_have_text(f"Mistakes of type “Background” ({counts[ErrorType.BACKGROUND]})")
    expect(page.pictures).to_have_count(min(8, counts[ErrorType.BACKGROUND]))

    page.click_at("confusion", 0.5, 0.5)
    right = int(verdict.confusion.counts[0, 0])
    expect(chosen).to_have_text(f"creature, detected as creature ({right})")

    page.show("Mistakes of type “Location”")
    shown = members_of(verdict, Selection("type", error_type=int(ErrorType.LOCATION)))
    cases = [case_of(verdict, *each) for each in zip(shown.is_gt, shown.row, strict=True)]
    # All of them: the first is the first of other lists, too, which may be on screen still.
    images = [
        re.compile(rf"Location creature.* is needed.*Image {c.image + 1}$", re.S) for c in cases
    ]
    expect(page.pictures).to_have_text(images[:8])
    number = cases[0].image + 1
    page.pictures.first.get_by_role("button").click()
    expect(page.page.locator(".ssdx-caption b")).to_have_text(f"sample · val {number}")
    expect(page.page.get_by_text(f"Image {number} is open above.")).to_be_visible()


def test_the_curve_and_the_best_threshold_set_that_of_the_page(
    opened: Callable[..., JudgedPage], judge: Judge
) -> None:
    page = opened()
    page.judge()
    best = best_threshold(judge())
    assert best is not None
    page.page.get_by_role("button", name=f"Use threshold {best:.2f}").click()
    page.wait_for(judge(score_threshold=best))
    expect(page.page.locator(".bk-slider-value")).to_have_text(f"{best:.2f}")
    # At recall 1 and little precision the threshold is low.
    page.click_at("pr_curve", 1.0, 0.3)
    page.page.wait_for_function(f"() => ({FIND})('pr_point').data_source.data.precision[0] < 0.4")
    assert page.column("pr_point", "recall") == [1.0]


def test_it_can_be_cancelled_and_begun_again(opened: Callable[..., JudgedPage]) -> None:
    page = opened()
    expect(page.run).to_be_enabled()
    page.run.click()
    page.page.get_by_role("button", name="Cancel").click()
    expect(page.run).to_be_enabled()
    expect(page.tiles).to_have_count(0)
    page.judge()


def test_a_keyboard_reaches_all_of_it_on_a_phone(opened: Callable[..., JudgedPage]) -> None:
    page = opened("mobile")
    expect(page.run).to_be_enabled()
    page.run.focus()
    page.page.keyboard.press("Enter")
    expect(page.tiles).to_have_count(6)
    page.look.focus()
    for count in (0, 1):  # no box is wrong, and one object not found
        page.page.keyboard.press("ArrowDown")
        expect(page.pictures).to_have_count(count)
    page.pictures.first.get_by_role("button").focus()
    page.page.keyboard.press("Enter")
    expect(page.page.get_by_text("is open above.")).to_be_visible()
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 390
