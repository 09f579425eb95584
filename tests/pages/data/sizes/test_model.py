"""Numbers of a set's boxes against counting by hand, and the sentences that say them."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.importers import read_annotations
from explorer.datasets.own.box_table import BoxTable, box_table
from explorer.pages.data.sizes import words
from explorer.pages.data.sizes.model import BoxStatistics
from explorer.pages.data.sizes.numbers import (
    ALL_CLASSES,
    CELLS,
    MAX_DOTS,
    BoxNumbers,
    box_numbers,
    covering,
)
from tests.datasets.labelled import Objects, a_set, labelled
from tests.pages.data.looked_at import mixed_set
from tests.places import SAMPLE


def numbers_of(*objects: Objects, side: int = 256, class_id: int = ALL_CLASSES) -> BoxNumbers:
    """Numbers of images of 100×100 px."""
    images = [labelled(str(at), each, said_size_px=(100, 100)) for at, each in enumerate(objects)]
    return box_numbers(box_table(a_set(*images)), side, class_id)


def measured(annotations: AnnotationSet, side: int = 100) -> Any:
    model = BoxStatistics()
    model.show_set(annotations, side)
    asyncio.run(model.measure())
    return model


# Numbers


def test_sizes_shapes_and_numbers_of_objects() -> None:
    numbers = numbers_of(
        [("a", (0, 0, 50, 50)), ("b", (0, 0, 50, 25)), ("a", (9, 9, 5, 5))], [], side=64
    )
    assert numbers.rows.tolist() == [0, 1]
    assert numbers.num_unmeasured == 1
    np.testing.assert_allclose(numbers.sides_px, [[32, 32], [32, 16]])
    np.testing.assert_allclose(numbers.sizes_px, [32, math.sqrt(512)], rtol=1e-6)
    np.testing.assert_allclose(numbers.aspects, [1, 2])
    # 32 bars of 2 px.
    assert np.flatnonzero(numbers.size_counts.counts).tolist() == [11, 16]
    # Four bars for each doubling, from 1:8 on.
    assert np.flatnonzero(numbers.aspect_counts.counts).tolist() == [12, 16]
    assert numbers.image_counts.counts.tolist() == [1, 0, 0, 1]
    assert numbers.image_counts.edges.tolist() == [-0.5, 0.5, 1.5, 2.5, 3.5]
    only_b = numbers_of([("a", (0, 0, 50, 50)), ("b", (0, 0, 50, 25))], [], class_id=1)
    assert (only_b.rows.tolist(), only_b.objects_on.tolist()) == ([1], [1, 0])


def test_the_longest_bars_hold_what_is_beyond() -> None:
    thin = ("a", (0.0, 0.0, 1.0, 100.0))
    numbers = numbers_of([thin] * 30, [thin])
    assert numbers.aspect_counts.counts[0] == 31
    assert (numbers.image_counts.counts[1], numbers.image_counts.counts[20]) == (1, 1)
    assert len(numbers.image_counts.counts) == 21


def test_every_measured_object_is_counted_once() -> None:
    numbers = box_numbers(box_table(read_annotations(SAMPLE, "records")), 256)
    for counts in (numbers.size_counts, numbers.aspect_counts):
        assert counts.counts.sum() == len(numbers.rows) == 80
    assert numbers.image_counts.counts.sum() == numbers.table.num_images == 80


def test_of_many_objects_some_are_drawn() -> None:
    number = 2 * MAX_DOTS
    boxes = np.tile(np.array([[0, 0, 0.5, 0.5]], np.float32), (number, 1))
    whole = np.arange(number)
    table = BoxTable(
        ("a",), np.arange(number + 1), whole, 0 * whole, boxes, np.ones(number, np.bool_)
    )
    numbers = box_numbers(table, 256)
    assert len(set(numbers.dots.tolist())) == MAX_DOTS
    assert 0.4 < (numbers.dots < number / 2).mean() < 0.6
    assert words.dots_sentence(numbers) == "3,000 of 6,000 objects are drawn, chosen at random."
    assert words.dots_sentence(numbers_of([("a", (0, 0, 50, 50))])) == ""


# Places


def slowly(boxes: np.ndarray, image: np.ndarray, num_images: int) -> np.ndarray:
    """Look at the centre of every place of every image."""
    centres = (np.arange(CELLS) + 0.5) / CELLS
    seen = np.zeros((num_images, CELLS, CELLS), dtype=bool)
    for (x0, y0, x1, y1), at in zip(boxes.astype(float), image, strict=True):
        across = (centres >= x0) & (centres < x1)
        down = (centres >= y0) & (centres < y1)
        seen[at] |= down[:, None] & across
    return seen.sum(axis=0) / num_images


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), num_images=st.integers(1, 6), number=st.integers(0, 12))
def test_places_are_covered_where_their_centres_lie_in_a_box(
    seed: int, num_images: int, number: int
) -> None:
    rng = np.random.default_rng(seed)
    corners = np.sort(rng.uniform(0, 1, (number, 2, 2)), axis=1)
    boxes = corners.reshape(number, 4).astype(np.float32)
    image = np.sort(rng.integers(0, num_images, number))
    expected = slowly(boxes, image, num_images)
    np.testing.assert_allclose(covering(boxes, image, num_images), expected, atol=1e-6)


def test_places_of_more_images_than_are_computed_together() -> None:
    left, whole = [0, 0, 0.5, 1], [0, 0, 1, 1]
    boxes = np.array([left, left, whole], np.float32)
    places = covering(boxes, np.array([0, 1500, 2499]), 2500)
    np.testing.assert_allclose(places[:, :16], 3 / 2500, rtol=1e-5)
    np.testing.assert_allclose(places[:, 16:], 1 / 2500, rtol=1e-5)
    assert covering(boxes[:0], np.zeros(0, np.int64), 0).max() == 0


# Words


def test_what_the_sample_set_says() -> None:
    numbers = box_numbers(box_table(read_annotations(SAMPLE, "records")), 256)
    caught = (numbers.coverage.best_iou >= 0.5).mean()
    assert words.fit_sentence(numbers).startswith(
        f"ToySSD’s anchors reach IoU 0.50 with {caught:.0%} of the objects; each of the others"
    )
    half = np.median(numbers.sizes_px)
    below = (numbers.sizes_px < 0.2 * 256).mean()
    assert words.size_sentence(numbers) == (
        f"Half of the objects are smaller than {half:.0f} px at 256 px; ToySSD’s smallest anchor "
        f"is 51 px, and {below:.0%} of the objects are smaller than that."
    )
    assert words.image_sentence(numbers) == (
        "An image has 1.0 objects on average, and 1 at most. Every image has at least one."
    )


def test_what_is_said_of_objects_that_are_as_large_as_an_anchor() -> None:
    numbers = numbers_of([("a", (0, 0, 100, 100))], [])
    assert words.fit_sentence(numbers) == "ToySSD’s anchors reach IoU 0.50 with all of the objects."
    small = words.fit_sentence(numbers_of([("a", (0, 0, 1, 1))]))
    assert small.startswith("ToySSD’s anchors reach IoU 0.50 with no object; each gets one anchor")
    assert "and none of the objects are smaller" in words.size_sentence(numbers)
    assert words.aspect_sentence(numbers) == (
        "Squeezed to a square, 8 of 10 objects are 1 to 1 times as wide as high; ToySSD’s anchors "
        "are 0.5, 1 and 2 times."
    )
    assert words.image_sentence(numbers) == (
        "An image has 0.5 objects on average, and 1 at most. 1 of 2 images have none: MXNet’s "
        "MultiBoxTarget leaves all their anchors out of the loss, so they train nothing; in "
        "validation whatever is found on them counts as wrong."
    )
    of_class = numbers_of([("a", (0, 0, 100, 100))], [], class_id=0)
    assert words.image_sentence(of_class).endswith("1 of 2 images have none of this class.")


@pytest.mark.parametrize(
    ("box", "sentence"),
    [
        (
            (0, 0, 100, 100),
            "Objects are spread evenly: any place is covered in 100% of the images.",
        ),
        (
            (66, 66, 100, 100),
            "Objects are found most at the bottom right: a place there is covered in 100% of "
            "the images; least at the top left: in 0%.",
        ),
        (
            (34, 0, 69, 35),
            "Objects are found most at the top: a place there is covered in 100% of the "
            "images; least at the top left: in 0%.",
        ),
    ],
)
def test_where_objects_are_found(box: tuple[float, ...], sentence: str) -> None:
    assert words.place_sentence(numbers_of([("a", box)])) == sentence  # type: ignore[list-item]


def test_what_cannot_be_measured_is_said() -> None:
    wrong = ("a", (0.0, 0.0, 500.0, 50.0))
    good = ("a", (0.0, 0.0, 50.0, 50.0))
    assert words.unmeasured_sentence(numbers_of([good])) == ""
    assert words.unmeasured_sentence(numbers_of([good, wrong])).startswith("1 object is in no")
    assert words.unmeasured_sentence(numbers_of([wrong, wrong])).startswith("2 objects are in no")


def test_without_objects_nothing_is_said_of_them() -> None:
    numbers = numbers_of([], [])
    for sentence in (
        words.fit_sentence, words.size_sentence, words.aspect_sentence, words.place_sentence,
    ):  # fmt: skip
        assert sentence(numbers) == ""
    assert words.image_sentence(numbers_of()) == ""


# The model


def test_a_class_is_chosen_and_stays(tmp_path: Path) -> None:
    annotations = mixed_set(tmp_path)
    model = measured(annotations)
    assert model.choices() == [
        ("All classes (17)", ALL_CLASSES), ("cat (12)", 0), ("dog (4)", 1), ("<b>bird</b> (1)", 2),
    ]  # fmt: skip
    assert (len(model.numbers.rows), model.numbers.num_unmeasured) == (14, 3)
    model.choose_class(1)
    asyncio.run(model.measure())
    assert (model.numbers.class_id, len(model.numbers.rows)) == (1, 4)
    model.show_set(annotations, 200)
    assert model.numbers is None
    asyncio.run(model.measure())
    assert model.numbers.class_id == 1
    np.testing.assert_allclose(model.numbers.sides_px, [[100, 100]] * 4, rtol=1e-6)
    model.show_set(None)
    asyncio.run(model.measure())
    assert (model.numbers, model.choices()) == (None, [("All classes", ALL_CLASSES)])


def test_the_object_that_is_pointed_at(tmp_path: Path) -> None:
    model = measured(mixed_set(tmp_path))
    assert model.pick(49, 52) == "00.jpg"
    assert model.numbers.table.class_id[model.selected] == 1
    assert model.pick(30, 30) is None
    assert model.find("smallest") == "00.jpg"
    assert model.numbers.table.class_id[model.selected] == 0
    assert model.find("largest") == "00.jpg"
    assert model.numbers.table.class_id[model.selected] == 1
    assert model.find("fullest") == "00.jpg"
    model.choose_class(2)
    asyncio.run(model.measure())
    assert model.selected == -1
    assert (model.find("smallest"), model.pick(10, 10)) == (None, None)


def test_what_was_asked_for_last_counts(tmp_path: Path) -> None:
    model = measured(mixed_set(tmp_path))

    async def both() -> None:
        model.choose_class(0)
        first = asyncio.ensure_future(model.measure())
        await asyncio.sleep(0)
        model.choose_class(1)
        await asyncio.gather(first, model.measure())

    asyncio.run(both())
    assert (model.class_id, model.numbers.class_id) == (1, 1)
