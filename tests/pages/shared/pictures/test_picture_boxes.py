from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from explorer.pages.shared.pictures.picture_boxes import BoxStyle, PictureBoxes, box_legend
from explorer.pages.shared.pictures.pictures import Picture

STYLES = {
    "under": BoxStyle("<under>", "#111111", 1.0, (2, 3)),
    "over": BoxStyle("over", "#222222", 4.0, fill=0.5, names_below=True),
}


def figure(width_px: int = 200, height_px: int = 100) -> PictureBoxes:
    boxes = PictureBoxes("test", STYLES)
    boxes.show_picture(Picture(np.zeros((height_px, width_px, 3), np.uint8), "dark"))
    return boxes


def edges(boxes: PictureBoxes, name: str) -> list[list[float]]:
    data = boxes.plot.select_one({"name": f"test-{name}"}).data_source.data
    return [data[edge] for edge in ("left", "right", "top", "bottom")]


def labels(boxes: PictureBoxes) -> list[dict[str, Any]]:
    """What is written, of the kinds in the order in which they are drawn."""
    texts = [r for r in boxes.plot.renderers if hasattr(r.glyph, "text")]
    return [dict(each.data_source.data) for each in texts]


def window(boxes: PictureBoxes) -> list[float]:
    x, y = boxes.plot.x_range, boxes.plot.y_range
    return [x.start, x.end, y.end, y.start]


def test_boxes_are_drawn_in_px_of_the_picture_by_kind() -> None:
    boxes = figure()
    boxes.show({"under": [((0.1, 0.2, 0.5, 0.6), ""), ((0, 0, 1, 1), "")]})
    assert edges(boxes, "under") == [[20, 0], [100, 200], [20, 0], [60, 100]]
    assert edges(boxes, "over") == [[], [], [], []]
    boxes.show({"over": [((0.1, 0.2, 0.5, 0.6), "")]})
    assert edges(boxes, "under") == [[], [], [], []]


def test_labels_stand_above_or_below_and_never_over_each_other() -> None:
    boxes = figure()
    boxes.show(
        {
            "under": [((0.5, 0.5, 0.9, 0.9), "one"), ((0.52, 0.5, 0.9, 0.9), "hidden")],
            "over": [
                ((0.1, 0.0, 0.5, 0.6), "below"),
                ((0.5, 0.4, 0.9, 0.51), "first"),
                ((0.9, 0.4, 1.0, 1.0), "low"),
            ],
        }
    )
    under, over = labels(boxes)
    assert over["text"] == ["below", "first", "low"]
    # Baseline "top" is text that hangs down from its point; the last has no room for it.
    assert (over["y"], over["baseline"]) == ([60, 51, 100], ["top", "top", "bottom"])
    assert under["text"] == []  # all of it would lie on "first"
    # A long one reaches the next, a short one does not.
    for text, written in (("four", 2), ("a longer one", 1)):
        boxes.show({"under": [((0.1, 0.5, 1, 1), text), ((0.3, 0.5, 1, 1), "next")]})
        assert len(labels(boxes)[0]["text"]) == written
    boxes.show({"under": [((0.5, 0.5, 0.9, 0.9), "one"), ((0.1, 0.0, 0.2, 0.2), "top")]})
    assert labels(boxes)[0]["baseline"] == ["bottom", "top"]  # the second has no room above it


def test_zoom_stays_in_the_picture_and_keeps_its_shape() -> None:
    boxes = figure()
    boxes.show({"under": [((0, 0, 1, 1), "")]}, zoomed=["over"])
    assert window(boxes) == [0, 200, 0, 100]
    boxes.show({"under": [((0, 0, 1, 1), "")], "over": [((0.45, 0.4, 0.55, 0.6), "")]}, ["over"])
    # 2.2 times as high as the box, which is a fifth of the height.
    assert window(boxes) == pytest.approx([56, 144, 28, 72])
    boxes.show({"over": [((0, 0, 0.001, 0.001), "")]}, ["over"])
    assert window(boxes) == pytest.approx([0, 30, 0, 15])
    boxes.show({"over": [((0.1, 0, 0.5, 0.1), "")]}, ["over"])
    assert window(boxes) == [0, 200, 0, 100]  # nearly all of it: so all of it
    boxes.show({})
    assert window(boxes) == [0, 200, 0, 100]


def test_a_tall_picture_lies_within_a_square_and_a_large_one_is_shrunk() -> None:
    boxes = figure(100, 200)
    assert window(boxes) == [-50, 150, 0, 200]
    assert boxes.plot.aspect_ratio == 1
    boxes = figure(1280, 960)
    boxes.show({"under": [((0, 0, 1, 0.5), "")]})
    assert edges(boxes, "under") == [[0], [640], [0], [240]]
    assert boxes.plot.aspect_ratio == pytest.approx(4 / 3)


def test_the_same_picture_keeps_its_boxes_and_another_takes_them_away() -> None:
    boxes = PictureBoxes("test", STYLES)
    picture = Picture(np.zeros((10, 10, 3), np.uint8), "dark")
    boxes.show_picture(picture)
    boxes.show({"under": [((0, 0, 1, 1), "")]})
    boxes.show_picture(picture)
    boxes.show_picture(None)
    assert edges(boxes, "under") == [[0], [10], [0], [10]]
    boxes.show_picture(Picture(np.zeros((10, 10, 3), np.uint8), "dark"))
    assert edges(boxes, "under") == [[], [], [], []]


def test_legend_tells_kinds_apart_without_colour() -> None:
    text = box_legend(STYLES)
    assert "&lt;under&gt;" in text
    assert 'stroke-width="1.0" stroke-dasharray="2 3"' in text
    assert 'stroke-width="4.0" stroke-dasharray=""' in text
