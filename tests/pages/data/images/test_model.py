"""What is found among the images of a set, which page is shown, and which image is open."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.importers import read_annotations
from explorer.pages.data.box_tables import BoxTables
from explorer.pages.data.images.model import ALL_IMAGES, SHOWN, WITHOUT_OBJECTS, ImageGallery
from explorer.pages.data.set_images import KEPT, SMALL_SIDE_PX, SetImages
from tests.datasets.labelled import a_set, labelled, picture
from tests.pages.data.looked_at import SIZE, mixed_set
from tests.places import SAMPLE

CAT, DOG, BIRD = 0, 1, 2


@pytest.fixture
def annotations(tmp_path: Path) -> AnnotationSet:
    return mixed_set(tmp_path)


@pytest.fixture
def gallery(annotations: AnnotationSet) -> ImageGallery:
    return measured(ImageGallery(), annotations)


def measured(model: ImageGallery, annotations: AnnotationSet | None, side: int = 100) -> Any:
    model.show_set(annotations, side)
    asyncio.run(model.measure())
    return model


def found(model: ImageGallery) -> list[int]:
    return [int(number) for number in model.found]


def test_before_and_after_a_set_is_measured(annotations: AnnotationSet) -> None:
    model = ImageGallery()
    model.show_set(annotations)
    assert (model.table, model.page, model.num_found) == (None, (), 0)
    asyncio.run(model.measure())
    assert model.choices == [
        ("All images (16)", ALL_IMAGES),
        ("Without objects (5)", WITHOUT_OBJECTS),
        ("cat (11)", CAT),
        ("dog (4)", DOG),
        ("<b>bird</b> (1)", BIRD),
    ]
    assert model.page == tuple(range(SHOWN))
    model.show_set(None)
    assert (model.annotations, model.table, model.page, model.num_found) == (None, None, (), 0)
    asyncio.run(model.measure())
    assert model.table is None


@pytest.mark.parametrize(
    ("looked_for", "numbers"),
    [
        ({}, [*range(16)]),
        ({"what": CAT}, [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14]),
        ({"what": DOG}, [0, 4, 8, 12]),
        ({"what": BIRD}, [5]),
        ({"what": WITHOUT_OBJECTS}, [7, 9, 11, 13, 15]),
        # A cat has a tenth of both sides, a dog a half: 10 and 50 px.
        ({"sizes_px": (9, 11)}, [0, 1, 2, 3, 4, 6, 8, 10, 12, 14]),
        ({"sizes_px": (40, 60)}, [0, 4, 8, 12]),
        ({"sizes_px": (11, 49)}, []),
        ({"what": CAT, "sizes_px": (40, 60)}, []),
        ({"text": "1"}, [1, 10, 11, 12, 13, 14, 15]),
        ({"text": " 1.JPG "}, [1, 11]),
        ({"text": "1", "what": WITHOUT_OBJECTS}, [11, 13, 15]),
        ({"text": "nowhere"}, []),
    ],
)
def test_what_is_looked_for_is_found(
    gallery: ImageGallery, looked_for: dict[str, Any], numbers: list[int]
) -> None:
    gallery.look_for(**looked_for)
    assert found(gallery) == numbers
    assert gallery.page == tuple(numbers[:SHOWN])
    assert gallery.num_found == len(numbers)
    assert gallery.is_filtered == bool(looked_for)
    gallery.look_for_all()
    assert gallery.num_found == 16


def test_the_objects_that_are_looked_for(gallery: ImageGallery) -> None:
    row = gallery.table.rows_of(4).start
    assert gallery.wanted_rows(4) == {row, row + 1}
    gallery.look_for(what=DOG)
    assert gallery.wanted_rows(4) == {row + 1}
    gallery.look_for(what=ALL_IMAGES, sizes_px=(0, 20))
    assert gallery.wanted_rows(4) == {row}
    assert gallery.wanted_rows(7) == frozenset()


def test_pages_are_turned_and_end(gallery: ImageGallery) -> None:
    firsts = []
    for first in (12, 24, 5, -3):
        gallery.turn_to(first)
        firsts.append((gallery.first, gallery.page[0], len(gallery.page)))
    assert firsts == [(12, 12, 4), (12, 12, 4), (0, 0, 12), (0, 0, 12)]


def test_an_image_is_opened_with_its_boxes(gallery: ImageGallery) -> None:
    asyncio.run(gallery.open(12))
    seen = gallery.seen
    assert (gallery.opened, gallery.first) == (12, 12)
    assert (seen.picture.image.shape, seen.size_px, seen.problem) == ((100, 200, 3), SIZE, "")
    assert [(each.class_id, each.box, each.measured) for each in seen.boxes] == [
        (CAT, (0.0, 0.4, 0.1, 0.5), True),
        (DOG, (0.25, 0.25, 0.75, 0.75), True),
    ]
    gallery.close()
    assert (gallery.opened, gallery.seen, gallery.first) == (-1, None, 12)


def test_wrong_boxes_are_shown_as_far_as_they_are_boxes(gallery: ImageGallery) -> None:
    asyncio.run(gallery.open(5))
    assert [(each.box, each.measured) for each in gallery.seen.boxes] == [
        (None, False),
        ((0.05, 0.1, 0.15, 0.3), False),
        ((2.5, 2.5, 3.0, 3.0), False),
    ]


@pytest.mark.parametrize(
    ("number", "problem"), [(1, "The image is not there."), (3, "03.jpg is not a readable image")]
)
def test_an_image_that_cannot_be_read(gallery: ImageGallery, number: int, problem: str) -> None:
    asyncio.run(gallery.open(number))
    assert gallery.seen.picture is None
    assert gallery.seen.problem.startswith(problem)


def test_one_goes_through_those_that_were_found(gallery: ImageGallery) -> None:
    gallery.look_for(what=DOG)

    async def walk() -> list[int]:
        await gallery.open(4)
        opened = []
        for by in (1, 1, 1, -1, -9):
            await gallery.step(by)
            assert gallery.seen.number == gallery.opened
            opened.append(gallery.opened)
        return opened

    assert asyncio.run(walk()) == [8, 12, 12, 8, 0]


def test_the_image_that_was_opened_last_counts(gallery: ImageGallery) -> None:
    async def both() -> None:
        await asyncio.gather(gallery.open(0), gallery.open(2))

    asyncio.run(both())
    assert (gallery.opened, gallery.seen.number) == (2, 2)


def test_an_image_is_opened_by_its_name_whatever_is_looked_for(
    annotations: AnnotationSet,
) -> None:
    model = ImageGallery()
    model.show_set(annotations, 100)
    asyncio.run(model.open_image("04.jpg"))  # measures first
    assert (model.opened, model.seen.number) == (4, 4)
    model.look_for(what=DOG)
    assert model.opened == -1
    asyncio.run(model.open_image("08.jpg"))
    assert (model.opened, model.what) == (8, DOG)
    asyncio.run(model.open_image("07.jpg"))
    assert (model.opened, model.what) == (7, ALL_IMAGES)
    asyncio.run(model.open_image("nowhere.jpg"))
    assert model.opened == 7


def test_opening_by_name_waits_for_a_measuring_that_is_under_way(
    annotations: AnnotationSet,
) -> None:
    model = ImageGallery()
    model.show_set(annotations, 100)

    async def both() -> None:
        await asyncio.gather(model.measure(), model.open_image("04.jpg"))

    asyncio.run(both())
    assert model.opened == 4


def test_what_is_looked_for_stays_when_the_labels_are_mended(
    gallery: ImageGallery, annotations: AnnotationSet
) -> None:
    gallery.look_for(what=DOG, sizes_px=(40, 60), text="jpg")
    renamed = replace(
        annotations,
        class_names=("bird", "cat", "dog"),
        images=tuple(replace(each, objects=each.objects[1:]) for each in annotations.images),
    )
    measured(gallery, renamed)
    assert (gallery.table.class_names[gallery.what], gallery.sizes_px) == ("dog", (40, 60))
    assert found(gallery) == [0, 4, 8, 12]
    without = replace(
        annotations,
        class_names=("cat",),
        images=tuple(replace(each, objects=each.objects[:1]) for each in annotations.images[6:]),
    )
    measured(gallery, without)
    assert (gallery.what, gallery.sizes_px, gallery.num_found) == (ALL_IMAGES, (40, 60), 0)
    measured(gallery, annotations)  # taken back
    assert (gallery.what, found(gallery)) == (DOG, [0, 4, 8, 12])
    measured(gallery, annotations, side=200)
    assert (gallery.what, gallery.sizes_px, gallery.num_found) == (DOG, (0, 200), 4)


def test_the_page_stays_when_the_labels_are_mended(
    gallery: ImageGallery, annotations: AnnotationSet, tmp_path: Path
) -> None:
    gallery.turn_to(12)
    measured(gallery, replace(annotations, notes=("mended",)))
    assert gallery.page == (12, 13, 14, 15)
    gallery.look_for(text="1")
    (tmp_path / "other").mkdir()
    measured(gallery, mixed_set(tmp_path / "other"))
    assert (gallery.text, gallery.first, gallery.num_found) == ("", 0, 16)


def test_the_set_that_was_shown_last_counts(annotations: AnnotationSet, tmp_path: Path) -> None:
    model = ImageGallery()
    few = replace(annotations, images=annotations.images[:2])

    async def both() -> None:
        model.show_set(annotations)
        first = asyncio.ensure_future(model.measure())
        await asyncio.sleep(0)
        model.show_set(few)
        await asyncio.gather(first, model.measure())

    asyncio.run(both())
    assert model.num_found == 2


def test_a_set_is_measured_once_for_all_who_share_its_table(annotations: AnnotationSet) -> None:
    tables = BoxTables()
    one, other = (measured(ImageGallery(tables), annotations) for _number in range(2))
    assert one.table is other.table


def test_a_set_without_images() -> None:
    model = measured(ImageGallery(), a_set())
    assert (model.num_found, model.page) == (0, ())
    assert model.choices[0] == ("All images (0)", ALL_IMAGES)


def test_images_inside_of_records() -> None:
    model = measured(ImageGallery(), read_annotations(SAMPLE, "records"), 256)
    asyncio.run(model.open_image("val.rec/3"))
    assert model.seen.picture.image.shape == (256, 256, 3)
    assert len(model.seen.boxes) == 1


def test_small_pictures_are_small_upright_and_kept_for_a_while(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    picture(path, size=(1600, 800), orientation=6)
    image = labelled("large", [("cat", (0.0, 0.0, 400.0, 1600.0))], path)
    annotations = a_set(*[image] * (KEPT + 1))
    images = SetImages(annotations, BoxTables().of(annotations, lambda: False))
    seen = images.small(0)
    assert seen.picture.image.shape == (SMALL_SIDE_PX, SMALL_SIDE_PX // 2, 3)
    assert (seen.size_px, seen.boxes[0].box) == ((800, 1600), (0.0, 0.0, 0.5, 1.0))
    assert images.small(0) is seen
    for number in range(1, KEPT):
        images.small(number)
    assert images.small(0) is seen
    images.small(KEPT)
    assert images.small(0) is seen  # it was used last but one
    np.testing.assert_array_equal(images.labels(0), [[0, 0, 0, 0.5, 1]])


def test_a_label_of_another_shape_than_the_image_does_not_squeeze_its_boxes(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.jpg"
    picture(path, size=(60, 40))
    image = labelled("a", [("cat", (0.0, 0.0, 30.0, 40.0))], path, said_size_px=(40, 60))
    model = measured(ImageGallery(), a_set(image))
    asyncio.run(model.open(0))
    assert model.seen.boxes[0].box == (0.0, 0.0, 0.5, 1.0)
