from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import expect

from explorer.data_folders import data_root
from explorer.datasets import open_dataset
from explorer.images import read_image
from tests.browser.detect_page import FIND, RECORD_SENT, Found, Opened, press


def test_it_opens_with_a_sample_its_detections_and_their_times(
    open_detect: Opened, found: Found, sample: np.ndarray
) -> None:
    page = open_detect()
    above = int((found(sample).score >= np.float32(0.5)).sum())

    assert page.num_drawn() == above
    assert page.rows.count() == above
    expect(page.caption).to_have_text("sample · val 1256 × 256 px")
    expect(page.page.locator(".ssdx-times b")).to_have_count(3)
    expect(page.page.get_by_text("Finds 1 class: creature. Trained on creature.")).to_be_visible()
    expect(page.page.locator(".ssdx-thumb.ssdx-chosen")).to_have_attribute(
        "title", "sample · val 1"
    )

    truth = open_dataset("sample", "val")[0].labels[0, 1:] * 256
    assert page.truth() == []
    page.page.get_by_text("Show ground truth", exact=True).click()
    page.page.wait_for_function(f"({FIND})('gt').data_source.data.left.length")
    np.testing.assert_allclose(page.truth(), [truth], rtol=1e-5)

    page.page.get_by_title("Next picture").click()
    expect(page.caption).to_contain_text("sample · val 2")
    page.wait_for(found(open_dataset("sample", "val")[1].image))


def test_the_score_slider_needs_no_kernel(
    open_detect: Opened, found: Found, sample: np.ndarray
) -> None:
    page = open_detect()
    scores = found(sample).score
    # From here on nothing reaches the kernel.
    page.page.evaluate(
        "window.unsent = 0;"
        "Object.getPrototypeOf(WebSocket.prototype).send = () => { window.unsent += 1 }"
    )

    press(page.score, "End")
    assert page.sentence() == (
        f"Nothing above 1.00; the best candidate has {scores[0]:.2f}. This model only knows "
        "creature."
    )
    assert page.num_drawn() == page.rows.count() == 0
    expect(page.table_head).to_have_count(0)

    press(page.score, "Home")
    expect(page.table_head).to_have_text(["Class", "Score", "Box, px", "Map"])
    assert page.num_drawn() == len(scores)
    for _ in range(4):
        press(page.score, "PageUp")
        threshold = float(page.model("score", "m.value"))
        number = int((scores >= np.float32(threshold)).sum())
        assert page.num_drawn() == number
        assert page.rows.count() >= min(number, 5)  # the table draws what is in sight
        if number:
            objects = "1 object" if number == 1 else f"{number} objects"
            assert page.sentence() == f"{objects} above {threshold:.2f}"
    assert page.page.evaluate("window.unsent") > 0


def test_the_nms_slider_makes_the_boxes_anew(
    open_detect: Opened, found: Found, sample: np.ndarray
) -> None:
    page = open_detect()
    press(page.nms, "End")
    page.wait_for(found(sample, nms_iou_threshold=1.0))
    many = len(page.anchors())
    press(page.nms, "Home")
    page.wait_for(found(sample, nms_iou_threshold=0.05))
    assert len(page.anchors()) < many


def test_row_and_box_select_each_other(open_detect: Opened) -> None:
    page = open_detect()
    press(page.score, "Home")
    assert page.rows.count() > 1
    page.rows.nth(1).click()
    assert page.model("detections", "m.data_source.selected.indices") == [1]

    left, top, right, bottom = page.box("detections")
    canvas = page.figure()
    scale = canvas["width"] / 256
    page.page.mouse.click(
        canvas["x"] + scale * (left + right) / 2, canvas["y"] + scale * (top + bottom) / 2
    )
    page.page.wait_for_function(f"({FIND})('detections').data_source.selected.indices[0] != 1")
    (chosen,) = page.model("detections", "m.data_source.selected.indices")
    expect(page.rows.nth(chosen).locator(".slick-cell").first).to_have_class(re.compile("selected"))


def test_what_the_kernel_draws_is_not_sent_back_to_it(open_detect: Opened, found: Found) -> None:
    page = open_detect()
    page.page.evaluate(RECORD_SENT)
    page.page.get_by_role("button", name="sample · val 2").click()
    page.wait_for(found(open_dataset("sample", "val")[1].image))
    page.page.wait_for_timeout(500)
    press(page.score, "End")  # the slider's value is sent
    page.page.wait_for_function("window.sent.some(text => text.includes('\"ModelChanged\"'))")
    sent = page.page.evaluate("window.sent")
    changes = [text for text in sent if '"ModelChanged"' in text]
    assert [text for text in changes if '"attr":"data"' in text] == []


def test_uploaded_pictures_are_searched_and_bad_files_change_nothing(
    open_detect: Opened, found: Found, sample: np.ndarray, tmp_path: Path
) -> None:
    page = open_detect()
    photograph = sorted((data_root() / "backgrounds").glob("*.jpg"))[0]
    page.upload(photograph)
    expect(page.caption).to_contain_text(photograph.name)
    page.wait_for(found(read_image(photograph)))
    for neighbour in ("Previous picture", "Next picture"):
        expect(page.page.get_by_title(neighbour)).to_be_disabled()

    hostile = tmp_path / "<img src=x onerror='window.hacked=1'> $$x^2$$.png"
    Image.fromarray(np.ascontiguousarray(sample[:, ::-1])).save(hostile)
    page.upload(hostile)
    expect(page.caption).to_have_text(f"{hostile.name}256 × 256 px")
    expected = found(sample[:, ::-1])
    page.wait_for(expected)
    before = page.sentence()

    no_image = tmp_path / "<b>notes.png"
    no_image.write_text("milk, bread")
    page.upload(no_image)
    problem = page.page.locator(".ssdx-upload-problems li")
    expect(problem).to_have_text(
        "<b>notes.png is not a readable image (JPEG, PNG, WebP, BMP or GIF)."
    )
    expect(page.caption).to_contain_text(hostile.name)
    assert page.anchors() == expected.anchor.tolist()
    page.page.wait_for_function(f"text => ({FIND})('sentence').text == text", arg=before)
    assert page.page.evaluate("window.hacked") is None

    page.upload(hostile)  # the same file once more is an event all the same
    expect(problem).to_have_count(0)
    page.wait_for(expected)


def test_an_object_is_drawn_moved_named_and_deleted(open_detect: Opened) -> None:
    page = open_detect()
    page.page.get_by_role("button", name="Draw an object").click()
    page.page.wait_for_function(f"({FIND})('gt').data_source.data.left.length")
    (label,) = page.truth()
    canvas = page.figure()
    scale = canvas["width"] / 256

    def drag(*points: tuple[float, float]) -> None:
        for number, (x, y) in enumerate(points):
            page.page.mouse.move(canvas["x"] + scale * x, canvas["y"] + scale * y)
            if number == 0:
                page.page.mouse.down()
        page.page.mouse.up()

    drag((20, 24), (40, 50), (84, 88))
    page.page.wait_for_function(f"({FIND})('others').data_source.data.left.length == 1")
    np.testing.assert_allclose(page.truth(), [[20, 24, 84, 88], label], atol=1.01)
    drag((50, 55), (60, 60), (70, 75))
    page.page.wait_for_function(
        "() => JSON.parse(document.querySelector('.ssdx-state textarea').value).truth?.[1]"
        ".box[0] > 0.15"
    )
    moved = np.array(page.state()["truth"][1]["box"]) * 256
    np.testing.assert_allclose(moved, [40, 44, 104, 108], atol=1.5)

    page.page.get_by_role("button", name="Delete", exact=True).click()
    page.page.wait_for_function(f"({FIND})('others').data_source.data.left.length == 0")
    assert page.truth() == [label]
    page.page.get_by_role("button", name="Undo").click()
    page.page.wait_for_function(f"({FIND})('others').data_source.data.left.length == 1")
    page.page.get_by_role("button", name="Reset").click()
    page.page.wait_for_function(f"({FIND})('others').data_source.data.left.length == 0")
    assert page.truth() == [label]


def test_on_a_phone_nothing_scrolls_sideways(open_detect: Opened) -> None:
    page = open_detect("mobile")
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    figure = page.figure()
    slider = page.page.locator(".bk-Slider").bounding_box()
    assert slider is not None
    assert figure["width"] > 280
    assert slider["y"] > figure["y"] + figure["height"]
