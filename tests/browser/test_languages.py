"""Every page in a language of brackets: what stands outside of them came through no catalogue."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.config import ANCHOR_PRESETS, RECIPES
from explorer.datasets.catalog import NAMES
from explorer.datasets.exporters import write_voc
from tests.browser.browsing import (
    ARTIFACTS,
    PATIENCE_S,
    SIZES,
    Server,
    free_port,
    start_server,
    stop_server,
    wait_until_up,
)
from tests.datasets.labelled import set_of
from tests.i18n.pseudo import LANGUAGE, english_left, write_catalogue

SAID_AS_IT_IS = {
    "SSD Explorer|ToySSD": "names of ours",
    "null": "what ipywidgets has as the tooltip of a label without one",
    r"/tmp/[^\s⟦⟧]+|[^\s⟦⟧]+\.(?:rec|idx|lst|jpg|xml|txt|params)": "paths and files",
    "|".join((*sorted(NAMES, reverse=True), "Creature|cat|dog|pets")): "names of data and classes",
    "|".join((*ANCHOR_PRESETS, *RECIPES, "val|train")): "names of presets, recipes and splits",
    "torchvision DefaultBoxGenerator|torchvision AnchorGenerator": "parts of other programs",
    "TensorFlow Object Detection API|Caffe PriorBox|pytorch-ssd SSDSpec": "parts of other programs",
    "MXNet|COCO|Pascal VOC|YOLO|JSON|CSV|PNG|JPEG|ONNX|RecordIO": "programs and formats",
    "IoU|NMS|m?AP(?:50|75)?|F1|px|[kMG]B|ms": "terms and units",
    r"class_id|[xy](?:min|max)|Ctrl\+\w": "fields of a label, keys",
    r"\d{8}-\d{6}-\w+-\w+": "names of runs",
}
"""What is the same in every language: pattern, and why."""

TEXTS = """() => {
  const seen = []
  const hidden = new Set(["SCRIPT", "STYLE", "TEXTAREA", "CODE", "NOSCRIPT", "TITLE"])
  const spoken = ["aria-label", "title", "placeholder", "alt", "data-ssdx-done"]
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) seen.push(node.textContent)
    if (hidden.has(node.tagName)) return
    for (const name of spoken) seen.push(node.getAttribute?.(name) ?? "")
    if (node.shadowRoot) walk(node.shadowRoot)
    node.childNodes.forEach(walk)
  }
  walk(document.body)
  const FIELD = /[@$](\\w+|\\{[^}]*\\})(\\{[^}]*\\})?/g
  const put = (value) => {
    if (typeof value === "string") seen.push(value.replace(/<[^>]*>/g, " ").replace(FIELD, " "))
    else if (Array.isArray(value)) value.forEach(put)
    else if (value?.value) put(value.value)
  }
  for (const doc of window.Bokeh?.documents ?? []) {
    for (const model of doc._all_models.values()) {
      if (["Title", "Div"].includes(model.type)) put(model.text)
      for (const name of ["axis_label", "title", "label", "html", "tooltips"]) put(model[name])
    }
  }
  return [...new Set(seen.map((text) => text.replace(/\\s+/g, " ").trim()))].sort()
}"""
"""All that a person can see or hear on a page, in figures too."""


@pytest.fixture(scope="module")
def speaking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that was started in the language of brackets."""
    ARTIFACTS.mkdir(exist_ok=True)
    folder = tmp_path_factory.mktemp("locale")
    write_catalogue(folder)
    runs, data = tmp_path_factory.mktemp("runs"), tmp_path_factory.mktemp("data")
    port = free_port()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SSD_EXPLORER_LOCALE", str(folder))
        environment.setenv("LANGUAGE", LANGUAGE)
        process = start_server(port, runs, ARTIFACTS / "server-in-brackets.log", data=data)
    wait_until_up(port, process)
    yield Server(port, runs, process, data)
    stop_server(process)


@pytest.fixture
def open_spoken(speaking: Server, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page of that server and wait until it is usable."""
    width, height = SIZES["desktop"]
    context = browser.new_context(viewport={"width": width, "height": height})

    def open_(name: str, **query: str) -> Page:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_S * 1000)
        path = f"voila/render/{name}.ipynb" if name else ""
        page.goto(speaking.address(path, **query), wait_until="commit")
        if name:
            page.wait_for_selector("body.ssdx-ready")
        return page

    yield open_
    context.close()


def check(page: Page) -> None:
    """Wait until the page has said all, and fail where something is not of the catalogue."""
    texts: list[str] = []
    while (latest := page.evaluate(TEXTS)) != texts:
        texts = latest
        page.wait_for_timeout(500)
    expected = re.compile("|".join(rf"(?<!\w)(?:{each})(?!\w)" for each in SAID_AS_IT_IS))
    raw = [text for text in texts if english_left(expected.sub(" ", text))]
    assert raw == [], "\n".join(raw)


def check_tabs(page: Page) -> None:
    """Choose one part of the page after the other, and check each."""
    buttons = page.locator(".ssdx-tabs button").all()
    assert len(buttons) > 5
    for button in buttons:
        button.click()
        check(page)


def test_the_landing_page(open_spoken: Callable[..., Page]) -> None:
    page = open_spoken("")
    expect(page.get_by_text("⟦See inside an object detector⟧")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == LANGUAGE
    check(page)


def test_anchors(open_spoken: Callable[..., Page]) -> None:
    page = open_spoken("anchors")
    check(page)
    page.get_by_label("⟦Format⟧").select_option(index=6)  # one with notes
    check(page)


def test_detect(open_spoken: Callable[..., Page]) -> None:
    page = open_spoken("detect")
    page.locator(".slick-row").first.click()  # a box is asked where it came from
    check(page)
    check_tabs(page)


def test_data(open_spoken: Callable[..., Page], tmp_path: Path) -> None:
    folder = tmp_path / "pets"
    rows = [[("cat", (6.0, 8.0, 30.0, 20.0)), ("dog", (40.0, 30.0, 12.0, 6.0))]] * 4
    write_voc(set_of(folder, rows), folder)
    check_tabs(open_spoken("data", state=json.dumps({"where": str(folder)})))


def test_train(open_spoken: Callable[..., Page]) -> None:
    page = open_spoken("train_live")
    check(page)
    page.get_by_label("⟦Data set⟧").select_option("sample")
    field = page.get_by_label("⟦Epochs⟧", exact=True)
    field.fill("1")
    field.press("Enter")
    page.get_by_role("button", name="⟦Start training⟧").click()
    expect(page.locator(".ssdx-headline")).to_contain_text("⟦Finished⟧")
    check(page)
