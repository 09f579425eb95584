"""Every page in a language of brackets: what stands outside of them came through no catalogue."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

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
    "SSD Explorer": "the product",
    "ToySSD|MXNet|PyTorch|torchvision|TensorFlow|TensorBoard|Caffe|PriorBox": "other programs",
    "COCO|Pascal|VOC|YOLO|JSON|CSV|PNG|JPEG|ONNX|ImageNet|JupyterLab|RecordIO": "formats",
    "IoU|NMS|AP|mAP|GPU|CPU|F1|px|MB|GB|kB|ms|min|rec|idx|lst|jpg|xml|txt": "terms and units",
}
"""What is the same in every language: pattern, and why."""

TEXTS = """() => {
  const seen = []
  const hidden = new Set(["SCRIPT", "STYLE", "TEXTAREA", "CODE", "NOSCRIPT", "TITLE"])
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) seen.push(node.textContent)
    if (hidden.has(node.tagName)) return
    for (const name of ["aria-label", "title", "placeholder", "alt", "data-ssdx-done"]) {
      if (node.getAttribute?.(name)) seen.push(node.getAttribute(name))
    }
    if (node.shadowRoot) walk(node.shadowRoot)
    node.childNodes.forEach(walk)
  }
  walk(document.body)
  const drawn = ["axis_label", "title", "text", "label", "html"]
  for (const doc of window.Bokeh?.documents ?? []) {
    for (const model of doc._all_models.values()) {
      for (const name of drawn) {
        if (typeof model[name] === "string") seen.push(model[name].replace(/<[^>]*>/g, " "))
      }
    }
  }
  return [...new Set(seen.map((text) => text.trim()))].filter((text) => text)
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


def check(page: Page, *names: str) -> None:
    """Fail where the page says something that is not of the catalogue, nor one of `names`."""
    expected = re.compile("|".join(rf"\b(?:{each})s?\b" for each in (*SAID_AS_IT_IS, *names)))
    raw = [text for text in page.evaluate(TEXTS) if english_left(expected.sub(" ", text))]
    assert raw == [], "\n".join(raw)


def show_tabs(page: Page) -> Iterator[str]:
    """Choose one part of the page after the other, and wait until it has settled."""
    for button in page.locator(".ssdx-tabs button").all():
        button.click()
        page.wait_for_timeout(300)
        yield button.inner_text()


def test_the_landing_page(open_spoken: Callable[..., Page]) -> None:
    page = open_spoken("")
    expect(page.get_by_text("⟦See inside an object detector⟧")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == LANGUAGE
    check(page)


def test_anchors(open_spoken: Callable[..., Page]) -> None:
    page = open_spoken("anchors")
    check(page)


def test_detect(open_spoken: Callable[..., Page]) -> None:
    page = open_spoken("detect")
    check(page)
    for _ in show_tabs(page):
        check(page)


def test_data(open_spoken: Callable[..., Page], tmp_path: Path) -> None:
    folder = tmp_path / "pets"
    rows = [[("cat", (6.0, 8.0, 30.0, 20.0)), ("dog", (40.0, 30.0, 12.0, 6.0))]] * 4
    write_voc(set_of(folder, rows), folder)
    page = open_spoken("data", state=json.dumps({"where": str(folder)}))
    for _ in show_tabs(page):
        check(page)


def test_train(open_spoken: Callable[..., Page]) -> None:
    page = open_spoken("train_live")
    check(page)
    for summary in page.locator("summary").all():
        summary.click()
    check(page)
