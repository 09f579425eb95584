"""The anchors page on a phone, 390 px wide: all of it can be read and reached."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser.anchor_figures import (
    boxes,
    columns,
    expected_model,
    gt_px,
    on_screen,
    photograph,
    until,
)
from tests.browser.conftest import OpenPage

LABELS_PX = """() => {
  for (const root of Bokeh.index.roots) {
    const drawn = root.model.select_one("labels")
    if (drawn === null) continue
    const pen = document.createElement("canvas").getContext("2d")
    pen.font = "12px " + drawn.glyph.text_font.value
    const {x, text, align} = drawn.data_source.data
    const {bbox, x_scale} = root.frame
    const before = {left: 0, center: 0.5, right: 1}
    return Array.from(text, (each, i) => {
      const width = pen.measureText(each).width + 6
      const left = x_scale.compute(x[i]) - bbox.left - before[align[i]] * width
      return [left, left + width, bbox.width]
    })
  }
}"""
"""Where the labels on the photograph begin and end, and the width of its frame."""


def is_read_without_scrolling(cell: Locator) -> bool:
    """Tell whether a cell ends where its table, which scrolls sideways, is still seen."""
    seen: bool = cell.evaluate(
        "it => it.getBoundingClientRect().right <= "
        "it.closest('.ssdx-table').getBoundingClientRect().right + 0.5"
    )
    return seen


def test_tables_keep_what_they_are_read_for(open_page: OpenPage) -> None:
    page = open_page("anchors", "mobile")
    offsets = page.locator(".ssdx-place-explained")
    head = offsets.get_by_role("columnheader", name="raw / variance")
    assert is_read_without_scrolling(head)
    for number in offsets.locator("td b").all():
        assert is_read_without_scrolling(number)

    kinds = page.locator(".ssdx-drawn tbody td:nth-child(4)")
    expect(kinds).to_have_text(
        ["positive", "background", "background", "forced"], use_inner_text=True
    )
    for kind in kinds.all():
        assert is_read_without_scrolling(kind)


def test_labels_stay_in_the_figure(open_page: OpenPage) -> None:
    model = expected_model()
    model.change(layer=3, row=1, column=0, shown="cell", receptive_field=True)
    page = open_page("anchors", "mobile", state=model.to_json())
    until(page, lambda: "202 × 202" in columns(page, "labels")["text"])
    labels = page.evaluate(LABELS_PX)
    assert len(labels) == 5
    for left, right, width in labels:
        assert left >= 0
        assert right <= width


def test_the_steppers_are_one_row_with_their_label_whole(open_page: OpenPage) -> None:
    page = open_page("anchors", "mobile")
    parts = [
        page.get_by_title("Previous photograph"),
        page.get_by_text("Photograph 1 of 48"),
        page.get_by_title("Next photograph"),
    ]
    middles = []
    for part in parts:
        box = part.bounding_box()
        assert box is not None
        middles.append(box["y"] + box["height"] / 2)
    assert max(middles) - min(middles) < 2

    label = page.get_by_text("Replay of the matching")
    assert label.evaluate("it => it.scrollWidth <= it.clientWidth")
    first = page.get_by_title("To the start").bounding_box()
    above = label.bounding_box()
    assert first is not None
    assert above is not None
    assert above["x"] == first["x"]
    assert above["y"] + above["height"] <= first["y"]


def test_on_a_phone_nothing_is_cut_off_and_a_finger_drags_the_box(open_page: OpenPage) -> None:
    page = open_page("anchors", "mobile")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    x, y, width, height = gt_px(expected_model())
    _area, rect = photograph(page)
    scrolled = page.evaluate("scrollY")
    touch = page.context.new_cdp_session(page)
    for step in range(11):
        where = on_screen(rect, x + width / 2, y + height / 2 - 6 * step)
        touch.send(
            "Input.dispatchTouchEvent",
            {
                "type": "touchMove" if step else "touchStart",
                "touchPoints": [{"x": where[0], "y": where[1]}],
            },
        )
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    until(page, lambda: abs(boxes(page, "gt")[0][1] - (y - 60)) <= 1.5)
    until(page, lambda: abs(int(page.get_by_label("y", exact=True).input_value()) - y + 60) <= 1)
    assert page.evaluate("scrollY") == scrolled
