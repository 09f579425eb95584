"""Boxes as arrays: what is measured, what is not, and against what size."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.datasets.annotations import Annotation
from explorer.datasets.folder_in_place import CancelledError
from explorer.datasets.importers import read_annotations
from explorer.datasets.own.box_table import box_table, counted_in
from tests.datasets.labelled import Box, a_set, labelled, picture
from tests.places import SAMPLE


def test_boxes_of_all_images_stand_one_after_another() -> None:
    table = box_table(
        a_set(
            labelled(
                "a",
                [("dog", (20, 10, 60, 20)), ("cat", (0, 0, 200, 100))],
                said_size_px=(200, 100),
            ),
            labelled("b", [], said_size_px=(50, 50)),
            labelled("c", [("dog", (0, 0, 30, 40))], said_size_px=(60, 40)),
        )
    )
    assert (table.num_images, table.class_names) == (3, ("cat", "dog"))
    np.testing.assert_array_equal(table.objects_on, [2, 0, 1])
    np.testing.assert_array_equal(table.image, [0, 0, 2])
    np.testing.assert_array_equal(table.class_id, [1, 0, 1])
    expected = [[0.1, 0.1, 0.3, 0.2], [0, 0, 1, 1], [0, 0, 0.5, 1]]
    np.testing.assert_allclose(table.boxes, expected, rtol=1e-6)
    assert table.rows_of(2) == slice(2, 3)
    np.testing.assert_allclose(table.sides_px(100)[0], [20, 10], rtol=1e-6)
    np.testing.assert_allclose(table.sizes_px(100), [math.sqrt(200), 100, math.sqrt(5000)])


@pytest.mark.parametrize(
    ("box", "measured"),
    [
        ((-0.5, 0, 10, 10), (0, 0, 0.1, 0.1)),
        ((-2, 0, 10, 10), None),
        ((90, 90, 100.9, 100.9), (0.9, 0.9, 1, 1)),
        ((90, 90, 102, 100), None),
        ((10, 10, 10, 20), None),
        ((20, 10, 10, 20), None),
        ((math.nan, 0, 10, 10), None),
        ((0, 0, math.inf, 10), None),
        ((0, 0, 1e300, 10), None),
        ((100.2, 0, 100.8, 10), None),
    ],
)
def test_a_box_is_measured_if_it_can_be_trained_on(box: Box, measured: Box | None) -> None:
    table = box_table(a_set(labelled("a", [("dog", box)], said_size_px=(100, 100))))
    assert table.measured.tolist() == [measured is not None]
    np.testing.assert_allclose(table.boxes[0], measured or [math.nan] * 4, rtol=1e-6)


def test_the_size_is_that_of_the_header_where_the_label_says_none(tmp_path: Path) -> None:
    turned, gone = tmp_path / "turned.jpg", tmp_path / "gone.jpg"
    picture(turned, size=(60, 40), orientation=6)  # 40 wide when it is upright
    one = [("dog", (0.0, 0.0, 20.0, 30.0))]
    table = box_table(
        a_set(
            labelled("turned", one, turned),
            labelled("no size", one, turned, said_size_px=(0, 0)),
            labelled("gone", one, gone),
            labelled("nowhere", one),
        )
    )
    np.testing.assert_allclose(table.boxes[:2], [[0, 0, 0.5, 0.5]] * 2)
    assert table.measured.tolist() == [True, True, False, False]


def test_images_inside_of_records_tell_their_size() -> None:
    annotations = read_annotations(SAMPLE, "records")
    table = box_table(annotations)
    assert len(table.boxes) == sum(len(image.objects) for image in annotations.images) > 50
    assert table.measured.all()
    sizes = table.sizes_px(256)
    assert 5 < sizes.min() < sizes.max() < 256


def test_classes_that_are_not_in_the_list_come_after_it() -> None:
    said = a_set(labelled("a", [("", (0, 0, 5, 5)), ("dog", (0, 0, 5, 5))], said_size_px=(9, 9)))
    table = box_table(replace(said, class_names=("cat", "dog")))
    assert table.class_names == ("cat", "dog", "")
    assert table.class_id.tolist() == [2, 1]


def test_a_set_without_images_or_objects() -> None:
    table = box_table(a_set())
    assert (table.num_images, len(table.boxes), table.sizes_px(256).shape) == (0, 0, (0,))
    assert box_table(a_set(labelled("a"))).boxes.shape == (0, 4)


def test_measuring_can_be_stopped(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    picture(path)
    one = labelled("a", [("dog", (0, 0, 1, 1))], path)
    with pytest.raises(CancelledError):
        box_table(a_set(one), cancelled=lambda: True)
    box_table(a_set(replace(one, said_size_px=(60, 40))), cancelled=lambda: True)


def test_ten_thousand_images() -> None:
    objects = tuple(Annotation("dog", (1.0, 2.0, 30.0, 40.0), "") for _number in range(5))
    image = replace(labelled("a", said_size_px=(60, 40)), objects=objects)
    assert box_table(a_set(*[image] * 10_000)).measured.sum() == 50_000


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (None, (60, 40)),
        ((0, 40), (60, 40)),
        ((600, 400), (600, 400)),
        ((601, 400), (601, 400)),
        ((40, 60), (60, 40)),
    ],
)
def test_boxes_are_counted_in_the_size_said_if_it_has_the_image_s_shape(
    said: tuple[int, int] | None, expected: tuple[int, int]
) -> None:
    assert counted_in(labelled("a", said_size_px=said), (60, 40)) == expected
