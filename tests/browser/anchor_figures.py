"""What the tests of the anchors page read off its figures, and how they point at them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import FloatRect, Locator, Page

from explorer.datasets import open_dataset
from explorer.pages.anchors.model import AnchorsModel
from explorer.pages.anchors.photograph.figure import MARGIN
from explorer.pages.anchors.state import AnchorsState, labelled_objects
from tests.browser.conftest import PATIENCE_S

SIDE_PX = 256
MARGIN_PX = MARGIN * SIDE_PX
EQUAL = "equal to MXNet's operator ✓"
COLUMNS = """(name) => {
  for (const view of Bokeh.index.roots) {
    const drawn = view.model.select_one(name)
    if (drawn !== null) return Object.fromEntries(
      Object.entries(drawn.data_source.data).map(([key, values]) => [key, Array.from(values)]))
  }
}"""


def expected_model() -> AnchorsModel:
    """What the page begins with."""
    objects = labelled_objects(open_dataset("sample", "val").labels[0])
    model = AnchorsModel(AnchorsState(objects=objects))
    model.select_best()
    return model


def gt_px(model: AnchorsModel) -> list[int]:
    selected = model.state.selected_object
    assert selected is not None
    return [round(value) for value in selected.px(model.state.input_shape_px)]


def columns(page: Page, name: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = page.evaluate(COLUMNS, name)
    return found


def boxes(page: Page, name: str) -> np.ndarray:
    drawn = columns(page, name)
    return np.array([drawn[edge] for edge in ("left", "top", "right", "bottom")]).T


def until(page: Page, holds: Callable[[], bool]) -> None:
    for _try in range(int(PATIENCE_S * 10)):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not happen in time")


def until_boxes(page: Page, name: str, expected: np.ndarray) -> None:
    def arrived() -> bool:
        drawn = boxes(page, name)
        return drawn.shape == expected.shape and np.allclose(drawn, expected, atol=1e-3)

    until(page, arrived)


def photograph(page: Page) -> tuple[Locator, FloatRect]:
    """Return the photograph's figure, and where it has come to rest on the screen."""
    area = page.locator(".ssdx-plot .bk-events").first
    area.scroll_into_view_if_needed()
    rects: list[FloatRect | None] = []
    while len(rects) < 3 or rects[-1] is None or rects[-3:] != 3 * rects[-1:]:
        assert len(rects) < PATIENCE_S * 5, "the photograph does not come to rest"
        page.wait_for_timeout(200)
        rects.append(area.bounding_box())
    return area, rects[-1]


def on_screen(rect: FloatRect, x_px: float, y_px: float) -> tuple[float, float]:
    scale = rect["width"] / (SIDE_PX + 2 * MARGIN_PX)
    return rect["x"] + (x_px + MARGIN_PX) * scale, rect["y"] + (y_px + MARGIN_PX) * scale


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    _area, rect = photograph(page)
    page.mouse.move(*on_screen(rect, *start))
    page.mouse.down()
    page.mouse.move(*on_screen(rect, *end), steps=10)
    page.mouse.up()


def upload(page: Page, path: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Your pictures…").click()
    chooser.value.set_files(path)
