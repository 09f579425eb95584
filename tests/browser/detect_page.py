"""The detect page as a test sees it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import FloatRect, Locator, Page

from explorer.ssd.detection import Detections

FIND = """
name => {
  for (const doc of Bokeh.documents) {
    const found = doc.get_model_by_name(name)
    if (found) return found
  }
}
"""
RECORD_SENT = """
() => {
  window.sent = []
  const send = WebSocket.prototype.send
  WebSocket.prototype.send = function (data) {
    window.sent.push(typeof data === "string" ? data : new TextDecoder().decode(data))
    return send.call(this, data)
  }
}
"""


class DetectPage:
    """The page as a test sees it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.score = page.locator(".bk-Slider .noUi-handle")
        self.nms = page.locator(".widget-slider .noUi-handle").first
        self.caption = page.locator(".ssdx-caption")
        self.rows = page.locator(".slick-row")
        self.table_head = page.locator(".slick-header-column:visible")
        self.upload_button = page.get_by_role("button", name="Your pictures…")

    def model(self, name: str, expression: str) -> Any:
        """Return `expression` of the Bokeh model called `name`, which it calls `m`."""
        found = f"const m = ({FIND})('{name}')"
        return self.page.evaluate(f"(() => {{ {found}; return {expression} }})()")

    def box(self, name: str) -> list[float]:
        """Return left, top, right and bottom of the first box that `name` draws."""
        sides = "['left', 'top', 'right', 'bottom']"
        return list(self.model(name, f"{sides}.map(side => m.data_source.data[side][0])"))

    def anchors(self) -> list[int]:
        return list(self.model("detections", "Array.from(m.data_source.data.anchor)"))

    def num_drawn(self) -> int:
        return int(self.model("detections", "m.view.indices.count"))

    def sentence(self) -> str:
        return str(self.model("sentence", "m.text"))

    def wait_for(self, found: Detections) -> None:
        """Wait until the candidates are those of `found`."""
        self.page.wait_for_function(
            f"anchors => JSON.stringify(anchors) == JSON.stringify(Array.from("
            f"({FIND})('detections').data_source.data.anchor))",
            arg=found.anchor.tolist(),
        )

    def upload(self, *paths: Path) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.upload_button.click()
        chooser.value.set_files(paths)

    def truth(self) -> list[list[float]]:
        """Return the boxes of the ground truth that are drawn, in px: the selected one first."""
        edges = ["left", "top", "right", "bottom"]
        columns = {
            name: self.model(name, f"{edges}.map(edge => Array.from(m.data_source.data[edge]))")
            for name in ("gt", "others")
        }
        return [list(box) for name in ("gt", "others") for box in zip(*columns[name], strict=True)]

    def figure(self) -> FloatRect:
        """Return where the picture with its boxes is."""
        box = self.page.locator(".ssdx-plot").first.locator(".bk-Figure").bounding_box()
        assert box is not None
        return box

    def state(self) -> dict[str, Any]:
        """Return the page's own text about itself."""
        return json.loads(self.page.locator(".ssdx-state textarea").input_value())

    def choose_tab(self, title: str) -> None:
        """Ask one of the questions below the picture."""
        self.page.get_by_role("button", name=title, exact=True).click()


Found = Callable[..., Detections]
Opened = Callable[..., DetectPage]


def press(handle: Locator, *keys: str) -> None:
    handle.focus()
    for key in keys:
        handle.press(key)
