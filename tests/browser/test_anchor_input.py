"""Which image the anchors page shows, and in which shape the network sees it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.anchor_figures import (
    EQUAL,
    columns,
    expected_model,
    gt_px,
    photograph,
    until,
    until_boxes,
    upload,
)
from tests.browser.conftest import OpenPage

GAPS = """() => {
  for (const root of Bokeh.index.roots) {
    const names = root.model.select_one("map_name")
    if (names === null) continue
    const pen = document.createElement("canvas").getContext("2d")
    const ends = (part, weight) => {
      const {glyph, data_source: {data}} = root.model.select_one(part)
      pen.font = `${weight} ${glyph.text_font_size.value} ${glyph.text_font.value}`
      return data[glyph.text.field].map((text) => pen.measureText(text).width)
    }
    const [name, about] = [ends("map_name", "bold"), ends("about", "normal")]
    const [matches, from] = [ends("matches", "bold"), names.data_source.data.about_px]
    const {x_scale} = root.frame
    const width = x_scale.compute(1) - x_scale.compute(0)
    return name.map((each, i) => [from[i] - each, width - matches[i] - from[i] - about[i]])
  }
}"""
"""Between the three texts in each row of the pyramid, px."""


def test_a_wide_input_stretches_the_photograph(open_page: OpenPage) -> None:
    page = open_page("anchors")
    page.get_by_label("Input, width × height px").select_option("512 × 256")
    expected = expected_model()
    expected.change(input_shape_px=(256, 512))
    until_boxes(page, "anchors", expected.scene.boxes_px)
    x, y, width, height = gt_px(expected)
    until_boxes(page, "gt", np.array([[x, y, x + width, y + height]]))
    expect(page.get_by_text(EQUAL)).to_be_visible()
    _area, rect = photograph(page)
    assert rect["width"] / rect["height"] == pytest.approx((512 + 25.6) / (256 + 25.6), rel=0.02)


def test_an_uneven_input_is_said_with_one_decimal(open_page: OpenPage) -> None:
    page = open_page("anchors")
    width = page.get_by_label("Input width", exact=True)
    width.fill("300")
    width.press("Tab")
    until(page, lambda: columns(page, "map_name")["name"][0] == "37×32")
    expect(page.get_by_label("Input, width × height px")).to_have_value("own shape, 300 × 256")
    expect(page.get_by_label("Feature map", exact=True)).to_have_value("37×32 cells of 8.1×8 px")
    assert columns(page, "about")["about"][0] == "8.1×8 px cells"
    for gaps in page.evaluate(GAPS):
        assert min(gaps) > 4


def test_an_own_image_has_no_labels_and_a_broken_one_is_refused(
    open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page("anchors")
    broken, own = tmp_path / "broken.png", tmp_path / "<b>own.png"
    broken.write_bytes(b"no image")
    Image.new("RGB", (40, 30), (200, 30, 30)).save(own)
    upload(page, broken)
    expect(page.locator(".ssdx-upload-problems")).to_contain_text("not a readable image")
    expect(page.get_by_text("Photograph 1 of 48")).to_be_visible()

    upload(page, own)
    expect(page.get_by_text("Photograph 1 of 1")).to_be_visible()
    expect(page.get_by_text("No object", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Photograph 1 of 48")).to_be_visible()
