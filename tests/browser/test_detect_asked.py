from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from explorer.data_folders import data_root
from explorer.datasets import open_dataset
from explorer.engine import Engine
from tests.browser.browsing import Server
from tests.browser.detect_page import FIND, DetectPage, Found, Opened

CLASSES = ("creature", "<b>cup</b>")


@pytest.fixture(scope="module")
def two_classes(server: Server) -> Iterator[str]:
    """A checkpoint of a run, of another model than the shipped one; nothing else of it is there."""
    run = server.runs / "20260101-000000-other-0001"
    (run / "checkpoints").mkdir(parents=True)
    (run / "config.json").write_text("{}")
    engine = Engine(CLASSES, "creature", device="cpu", seed=5)
    engine.save(run / "checkpoints" / "epoch-0002.params")
    yield f"{run.name}/epoch-0002"
    shutil.rmtree(run)


def test_a_box_is_followed_back_to_its_anchor(
    open_detect: Opened, found: Found, sample: np.ndarray
) -> None:
    page = open_detect()
    hint = page.page.get_by_text("Click a box in the picture or a row of its table")
    expect(hint).to_be_visible()
    page.rows.first.click()
    expect(page.page.get_by_text("creature 0.99, from the 32×32 map")).to_be_visible()
    expect(hint).to_have_count(0)

    anchor = int(found(sample).anchor[0])
    engine = Engine.load(data_root() / "pretrained" / "creature.params", device="cpu")
    grid = engine.anchors()
    page.page.wait_for_function(f"({FIND})('anchor').data_source.data.left.length == 1")
    np.testing.assert_allclose(page.box("anchor"), grid.boxes[anchor] * 256, rtol=1e-5)
    np.testing.assert_allclose(page.box("box"), found(sample).boxes[0] * 256, rtol=1e-5)
    left, top, right, bottom = page.box("cell")
    assert (right - left, bottom - top) == (8, 8)
    assert left <= grid.boxes[anchor, [0, 2]].mean() * 256 <= right
    said = engine.predict([sample]).offsets[0, anchor]
    for row, value in zip(page.page.locator(".ssdx-last-wraps tbody tr").all(), said, strict=True):
        expect(row.locator("td").first).to_have_text(f"{value:+.2f}")
    page.page.wait_for_function(
        "anchor => JSON.parse(document.querySelector('.ssdx-state textarea').value).selected"
        " === anchor",
        arg=anchor,
    )


def test_a_map_is_looked_at_and_a_cell_asked(open_detect: Opened, sample: np.ndarray) -> None:
    page = open_detect()
    page.choose_tab("Feature maps")
    maps = page.page.get_by_role("button", name="16×16 ·")
    maps.click()
    page.page.wait_for_function(f"({FIND})('cells')?.data_source.data.score.length == 256")
    engine = Engine.load(data_root() / "pretrained" / "creature.params", device="cpu")
    shown = np.array(page.model("cells", "Array.from(m.data_source.data.score)"))
    said = engine.predict([sample]).class_scores[0]
    prob = np.exp(said[:, 1]) / np.exp(said).sum(axis=1)
    on_map = prob[engine.anchors().layer == 1].reshape(256, -1).max(axis=1)
    np.testing.assert_allclose(shown, on_map, atol=1e-5)

    # A click into the cell of row 5, column 12.
    figure = page.page.locator(".ssdx-plot").last.locator(".bk-Figure")
    figure.scroll_into_view_if_needed()
    box = figure.bounding_box()
    assert box is not None
    page.page.mouse.click(box["x"] + box["width"] * 12.5 / 16, box["y"] + box["height"] * 5.5 / 16)
    expect(page.page.get_by_text("Row 5, column 12: its anchors")).to_be_visible()
    page.page.wait_for_function(
        "() => JSON.parse(document.querySelector('.ssdx-state textarea').value).selected >= 0"
    )
    anchor = page.state()["selected"]
    grid = engine.anchors()
    assert (grid.layer[anchor], grid.row[anchor], grid.column[anchor]) == (1, 5, 12)
    page.choose_tab("One box")
    expect(page.page.get_by_text("Its box is no candidate: the score is too low.")).to_be_visible()


def test_another_model_beside_and_classes_of_ones_own(
    open_detect: Opened, two_classes: str, sample: np.ndarray, server: Server
) -> None:
    page = open_detect()
    page.choose_tab("Two models")
    expect(page.page.get_by_text("Choose another checkpoint")).to_be_visible()
    other = two_classes.split("/")[0] + " · epoch 2"
    page.page.get_by_label("The other checkpoint").select_option(label=other)
    expect(page.page.get_by_text("Above 0.50:")).to_be_visible()
    path = server.runs / two_classes.replace("/", "/checkpoints/")
    theirs = Engine.load(path.with_suffix(".params"), device="cpu").detect(sample)
    expect(page.page.get_by_text(f"{len(theirs)} boxes", exact=True)).to_be_visible()

    expect(page.page.get_by_role("checkbox", name="<b>cup</b>")).to_have_count(0)
    page.page.get_by_label("Checkpoint", exact=True).select_option(label=other)
    expect(page.page.get_by_text("Finds 2 classes: creature, <b>cup</b>.")).to_be_visible()
    cups = page.page.get_by_role("checkbox", name="<b>cup</b>")
    expect(cups).to_be_checked()
    page.page.wait_for_function(f"({FIND})('detections').view.indices.count == {len(theirs)}")
    cups.uncheck()
    left = int((theirs.class_id == 0).sum())
    page.page.wait_for_function(f"({FIND})('detections').view.indices.count == {left}")
    page.page.get_by_role("button", name="All classes").click()
    page.page.wait_for_function(f"({FIND})('detections').view.indices.count == {len(theirs)}")


def test_the_address_brings_the_page_back(
    open_page: Callable[..., Page], found: Found, two_classes: str
) -> None:
    image = open_dataset("sample", "val")[5].image
    state = {
        "dataset": "sample", "number": 5, "score_threshold": 0.3, "nms_iou_threshold": 0.6,
        "truth": [{"class_name": "creature", "box": [0.25, 0.25, 0.5, 0.75]}],
        "beside": two_classes, "tab": "Two models",  # as addresses said once
    }  # fmt: skip
    page = DetectPage(open_page("detect", state=json.dumps(state)))
    page.wait_for(found(image, nms_iou_threshold=0.6))
    expect(page.caption).to_contain_text("sample · val 6")
    assert page.model("score", "m.value") == 0.3
    expect(page.page.get_by_text("Above 0.30:")).to_be_visible()
    page.page.get_by_text("Show ground truth", exact=True).click()
    page.page.wait_for_function(f"({FIND})('gt').data_source.data.left.length")
    assert page.truth() == [[64, 64, 128, 192]]

    page.page.wait_for_function("location.search.includes('state=')")
    page.page.reload()
    page.page.wait_for_selector("body.ssdx-ready")
    page.wait_for(found(image, nms_iou_threshold=0.6))
    expect(page.caption).to_contain_text("sample · val 6")
    page.page.wait_for_function(
        "wanted => {"
        "  const now = JSON.parse(document.querySelector('.ssdx-state textarea').value);"
        "  const same = (name) => JSON.stringify(now[name]) == JSON.stringify(wanted[name]);"
        "  return Object.keys(wanted).every(same) }",
        arg={**state, "tab": "two_models"},
    )


def test_a_state_that_cannot_be_is_said_and_the_page_stays(
    open_detect: Opened, found: Found, sample: np.ndarray
) -> None:
    page = open_detect()
    box = page.page.locator(".ssdx-state textarea")
    page.page.wait_for_function("document.querySelector('.ssdx-state textarea').value != ''")
    state = page.state()
    for change, sentence in (
        ({"number": 4000}, "Picture 4001 of sample is not here"),
        ({"model": "../../etc/passwd"}, "The checkpoint ../../etc/passwd is not here"),
        ({"nms_iou_threshold": 0}, "nms_iou_threshold"),
        ({"colour": 1}, "colour"),
    ):
        box.fill(json.dumps({**state, **change}))
        box.blur()
        expect(page.page.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
        expect(page.caption).to_contain_text("sample · val 1")
        assert page.anchors() == found(sample).anchor.tolist()
