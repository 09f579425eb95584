"""Images with drawn boxes: looked at pixel by pixel."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from explorer.exchange.annotated_image import Rectangle, _meet, _places, write_annotated
from explorer.exchange.class_colors import CLASS_COLORS, class_color
from explorer.exchange.detected_image import DetectedImage
from explorer.pages.shared.page.colors import ROLES
from tests.exchange.found import detected

GREY = 128


def rgb(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color[1:]))


def drawn(found: DetectedImage, names: tuple[str, ...] = ("cat", "dog")) -> NDArray[np.uint8]:
    """Return the pixels of the PNG that is made of a grey image."""
    image = np.full((*found.shape_px, 3), GREY, np.uint8)
    png = write_annotated(image, found, names)
    assert (image == GREY).all()  # an argument is not drawn into
    opened = Image.open(io.BytesIO(png))
    assert opened.format == "PNG"
    return np.asarray(opened)


def dark(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where black letters are, with most of their soft edges."""
    return pixels.max(axis=2) < 110


def area_of(pixels: NDArray[np.uint8], color: str) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom (the last two outside) of all that has a colour."""
    rows, columns = np.nonzero((pixels == rgb(color)).all(axis=2))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def test_the_first_colour_is_that_of_a_detection_on_the_pages() -> None:
    assert class_color(0) == ROLES["detection"].color
    assert class_color(len(CLASS_COLORS)) == class_color(0)


def test_nothing_found_is_the_image_itself() -> None:
    pixels = drawn(detected(shape_px=(30, 50)))
    assert pixels.shape == (30, 50, 3)
    assert (pixels == GREY).all()


def test_a_box_is_where_it_should_be() -> None:
    pixels = drawn(detected(boxes_px=[[50, 40, 150, 90]], class_ids=[1]))
    color = rgb(class_color(1))
    for x, y in ((50, 60), (149, 60), (100, 40), (100, 89)):
        assert tuple(pixels[y, x]) == color
    for x, y in ((48, 60), (151, 60), (100, 92), (100, 60)):
        assert tuple(pixels[y, x]) == (GREY,) * 3
    assert tuple(pixels[60, 49]) == (255, 255, 255)  # the line around it
    left, top, right, bottom = area_of(pixels, class_color(1))
    assert (left, right, bottom) == (50, 150, 90)
    assert 20 < top < 35  # its label stands on it


def test_the_label_has_readable_letters() -> None:
    pixels = drawn(detected(boxes_px=[[50, 40, 150, 90]], scores=[0.25]))
    label = pixels[20:39, 50:100]
    assert (label == rgb(class_color(0))).all(axis=2).sum() > 150
    assert dark(label).sum() > 60  # black letters on orange


@pytest.mark.parametrize(
    "box", [[0, 0, 30, 30], [170, 0, 200, 100], [0, 0, 200, 100], [190, 90, 260, 140]]
)
def test_the_label_is_whole_at_every_border(box: list[float]) -> None:
    whole = drawn(detected(boxes_px=[[50, 40, 150, 90]]))[:39]
    letters = dark(whole).sum()
    pixels = drawn(detected(boxes_px=[box]))
    assert dark(pixels).sum() == letters


def test_a_long_name_is_cut_to_the_image() -> None:
    names = ("a very long name " * 20,)
    pixels = drawn(detected(boxes_px=[[150, 40, 190, 90]]), names)
    left, top, right, _ = area_of(pixels, class_color(0))
    assert 0 <= left < 20
    assert right <= 200
    letters = np.nonzero(dark(pixels[top:39]))[1]
    assert letters.max() > 150  # the score stands at the end of it


def test_a_tiny_image_has_boxes_without_labels() -> None:
    pixels = drawn(detected(shape_px=(12, 16), boxes_px=[[2, 2, 14, 10]]))
    assert area_of(pixels, class_color(0)) == (2, 2, 14, 10)


@pytest.mark.parametrize("name", ["", "\n\r\t", "<b>猫</b>", "\ud800", "\x00"])
def test_any_class_name_can_be_drawn(name: str) -> None:
    assert drawn(detected(boxes_px=[[50, 40, 150, 90]]), (name,)).shape == (100, 200, 3)


def test_two_labels_of_one_place_do_not_meet() -> None:
    boxes = [[50.0, 40, 150, 90], [51, 40, 150, 91]]
    found = detected(boxes_px=boxes, scores=[0.9, 0.8], class_ids=[0, 1])
    first = (drawn(found) == rgb(class_color(0))).all(axis=2)
    alone = (drawn(detected(boxes_px=boxes[:1], scores=[0.9])) == rgb(class_color(0))).all(axis=2)
    np.testing.assert_array_equal(first, alone)
    second = (drawn(found) == rgb(class_color(1))).all(axis=2)
    only = detected(boxes_px=boxes[1:], scores=[0.8], class_ids=[1])
    alone = (drawn(only) == rgb(class_color(1))).all(axis=2)
    assert second.sum() >= alone[:39].sum() > 300  # all of its label, wherever it is


def test_where_labels_must_meet_the_best_is_on_top() -> None:
    boxes = [[0.0, 0, 60, 16]] * 6  # the image has no room for six labels
    found = detected(
        shape_px=(32, 64),
        boxes_px=boxes,
        scores=[0.9, 0.8, 0.7, 0.6, 0.5, 0.4],
        class_ids=[1] + [0] * 5,
    )
    best = detected(shape_px=(32, 64), boxes_px=boxes[:1], scores=[0.9], class_ids=[1])
    names = ("x", "x")
    _, top, _, bottom = area_of(drawn(best, names), class_color(1))
    assert bottom - top > 16  # the label is below its box
    np.testing.assert_array_equal(drawn(found, names)[18:], drawn(best, names)[18:])


@given(
    corner=st.tuples(st.integers(0, 99), st.integers(0, 49)),
    sides=st.tuples(st.integers(1, 100), st.integers(1, 50)),
    size=st.tuples(st.integers(1, 100), st.integers(1, 50)),
)
@settings(max_examples=200)
def test_every_place_of_a_label_is_inside_the_image(
    corner: tuple[int, int], sides: tuple[int, int], size: tuple[int, int]
) -> None:
    box = (*corner, min(100, corner[0] + sides[0]), min(50, corner[1] + sides[1]))
    for left, top, right, bottom in _places(box, size, (100, 50)):
        assert 0 <= left < right <= 100
        assert 0 <= top < bottom <= 50
        assert (right - left, bottom - top) == size


# Left, top, width and height; two of them often share a pixel, and often do not.
SMALL_BOX = st.tuples(*[st.integers(0, 4)] * 2, *[st.integers(1, 4)] * 2).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)


@given(boxes=st.tuples(SMALL_BOX, SMALL_BOX))
def test_rectangles_meet_where_they_share_a_pixel(
    boxes: tuple[Rectangle, Rectangle],
) -> None:
    maps = [np.zeros((8, 8), bool) for _ in boxes]
    for area, (left, top, right, bottom) in zip(maps, boxes, strict=True):
        area[top:bottom, left:right] = True
    assert _meet(*boxes) == (maps[0] & maps[1]).any()


def test_the_image_must_be_that_of_the_detections() -> None:
    with pytest.raises(ValueError, match=r"\(50, 50\)"):
        write_annotated(np.zeros((50, 50, 3), np.uint8), detected(), ["x"])
