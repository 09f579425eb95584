"""Faults are planted one by one in a good set: each is found where it is, and nothing else."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from explorer.datasets import CancelledError, make
from explorer.datasets.annotations import Annotation, AnnotationSet
from explorer.datasets.doctor import ABOUT, Kind, examine, mend, read_record_labels, review
from explorer.datasets.doctor.frames import turned
from explorer.datasets.importers import read_annotations
from tests.datasets.doctor.sets import (
    HEIGHT,
    SIZE,
    WIDTH,
    changed,
    converted,
    good_boxes,
    good_image,
    good_set,
    jpeg,
    photograph,
    with_box,
)
from tests.datasets.labelled import picture

PLANTED = 30
"""Images of `plant_all`, which plants a fault in each."""

Found = list[tuple[Kind, int, int | None]]


def found_in(annotations: AnnotationSet, **options: int) -> Found:
    report = examine(annotations, **options)
    return [(each.kind, each.number, each.object) for each in report.findings]


def write(annotations: AnnotationSet, number: int, content: bytes) -> None:
    path = annotations.images[number].path
    assert path is not None
    path.write_bytes(content)


@pytest.fixture
def good(tmp_path: Path) -> AnnotationSet:
    return good_set(tmp_path)


def plant_all(good: AnnotationSet) -> tuple[AnnotationSet, Found]:
    """Plant a fault in each of `PLANTED` images; return what must be found."""
    folder, (x0, y0, x1, y1) = good.root, good.images[0].objects[0].box_px
    planted = good
    found: Found = []

    def box(kind: Kind, number: int, corners: tuple[float, ...], **changes: str) -> None:
        nonlocal planted
        planted = with_box(planted, number, 0, corners, **changes)  # type: ignore[arg-type]
        found.append((kind, number, 0))

    def image(kind: Kind, number: int, **changes: object) -> None:
        nonlocal planted
        planted = changed(planted, number, **changes)
        found.append((kind, number, None))

    box(Kind.NO_NUMBER, 0, (x0, math.nan, x1, y1))
    box(Kind.NO_NUMBER, 1, (x0, y0, math.inf, y1))
    box(Kind.NO_AREA, 2, (x0, y0, x0, y1))
    box(Kind.NO_AREA, 3, (50, 60, 51, 61))
    box(Kind.INVERTED, 4, (x1, y0, x0, y1))
    box(Kind.INVERTED, 5, (x1, y1, x0, y0))
    box(Kind.OUTSIDE, 6, (x0, y0, x1, HEIGHT + 30))
    box(Kind.OUTSIDE, 7, (-20, y0, x1, y1))
    box(Kind.OUTSIDE, 8, (WIDTH + 5, y0, WIDTH + 90, y1))
    box(Kind.RELATIVE_AS_PIXELS, 9, (0.2, 0.2, 0.5, 0.9))
    box(Kind.PIXELS_AS_RELATIVE, 10, (x0 * WIDTH, y0 * HEIGHT, x1 * WIDTH, y1 * HEIGHT))
    box(Kind.TINY, 11, (x0, y0, x0 + 4, y0 + 5))
    box(Kind.UNKNOWN_CLASS, 12, (x0, y0, x1, y1), class_name="zebra")
    box(Kind.UNKNOWN_CLASS, 13, (x0, y0, x1, y1), class_name="")
    for number in (14, 15):
        objects = planted.images[number].objects
        other = "dog" if number == 14 else "cat"
        again = replace(objects[0], class_name=other, place="object 4")
        planted = changed(planted, number, objects=(*objects, again))
        found.append((Kind.DUPLICATE_BOX if number == 14 else Kind.TWO_CLASSES, number, 3))
    image(Kind.SIZE_DIFFERS, 16, said_size_px=(WIDTH * 2, HEIGHT * 2))
    image(Kind.SIZE_DIFFERS, 17, said_size_px=(0, 0))
    image(Kind.SIZE_DIFFERS, 18, said_size_px=(HEIGHT, WIDTH))
    image(Kind.NO_OBJECT, 19, objects=())
    many = [(float(16 * (n % 20)), 16.0 * (n // 20)) for n in range(120)]
    objects = tuple(Annotation("cat", (x, y, x + 16, y + 16), "") for x, y in many)
    image(Kind.MANY_OBJECTS, 20, objects=objects)
    image(Kind.IMAGE_MISSING, 21, path=None)
    image(Kind.IMAGE_MISSING, 22, path=folder / "gone.jpg")
    image(Kind.LABEL_UNREADABLE, 23, problems=("23.xml is not readable as XML",))
    content = jpeg(photograph(24))
    write(planted, 24, content[: len(content) // 2])
    write(planted, 25, b"<svg>no photograph</svg>")
    write(planted, 26, b"")
    write(planted, 27, jpeg(photograph(0), quality=60))
    write(planted, 28, jpeg(photograph(28), orientation=6))
    write(planted, 29, jpeg(photograph(29), orientation=3))
    kinds = (Kind.IMAGE_TRUNCATED, Kind.IMAGE_UNREADABLE, Kind.IMAGE_UNREADABLE,
             Kind.DUPLICATE_IMAGE, Kind.EXIF_TURNED, Kind.EXIF_UNCLEAR)  # fmt: skip
    found += [(kind, number, None) for number, kind in enumerate(kinds, start=24)]
    return planted, found


def test_planted_faults_are_all_found_and_nothing_else(tmp_path: Path) -> None:
    planted, expected = plant_all(good_set(tmp_path, PLANTED))
    assert len(expected) == PLANTED
    assert set(found_in(planted)) == set(expected)
    assert len(found_in(planted)) == PLANTED
    of_whole_sets = {Kind.XYWH_AS_CORNERS, Kind.CORNERS_AS_XYWH, Kind.SWAPPED_XY}
    assert {kind for kind, _number, _object in expected} == set(Kind) - of_whole_sets


def test_findings_are_in_the_order_of_their_kinds(tmp_path: Path) -> None:
    found = found_in(plant_all(good_set(tmp_path, PLANTED))[0])
    order = list(ABOUT)
    places = [(order.index(kind), number) for kind, number, _object in found]
    assert places == sorted(places)
    assert set(order) == set(Kind)


@pytest.mark.parametrize(
    ("kind", "convert"),
    [
        (Kind.XYWH_AS_CORNERS, lambda b: (b[0], b[1], b[2] - b[0], b[3] - b[1])),
        (
            Kind.XYWH_AS_CORNERS,
            lambda b: ((b[0] + b[2]) / 2, (b[1] + b[3]) / 2, b[2] - b[0], b[3] - b[1]),
        ),
        (Kind.CORNERS_AS_XYWH, lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])),
        (
            Kind.CORNERS_AS_XYWH,
            lambda b: (b[0] - b[2] / 2, b[1] - b[3] / 2, b[0] + b[2] / 2, b[1] + b[3] / 2),
        ),
        (Kind.SWAPPED_XY, lambda b: (b[1], b[0], b[3], b[2])),
        (
            Kind.PIXELS_AS_RELATIVE,
            lambda b: (b[0] * WIDTH, b[1] * HEIGHT, b[2] * WIDTH, b[3] * HEIGHT),
        ),
        (
            Kind.PIXELS_AS_RELATIVE,
            lambda b: (
                (b[0] - b[2] / 2) * WIDTH, (b[1] - b[3] / 2) * HEIGHT,
                (b[0] + b[2] / 2) * WIDTH, (b[1] + b[3] / 2) * HEIGHT,
            ),
        ),
        (
            Kind.RELATIVE_AS_PIXELS,
            lambda b: (b[0] / WIDTH, b[1] / HEIGHT, b[2] / WIDTH, b[3] / HEIGHT),
        ),
    ],
)  # fmt: skip
def test_a_set_that_was_misread_is_known_and_comes_back(good: AnnotationSet, kind, convert) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    report = examine(converted(good, convert))
    assert set(report.counts) == {kind}
    assert report.counts[kind] == 18
    (diagnosis,) = report.diagnoses
    assert (diagnosis.num_images, diagnosis.num_boxes, diagnosis.num_fitting) == (6, 18, 18)
    assert diagnosis.num_misfits >= 3
    mended = mend(report, [kind])
    assert mended.findings == ()
    for one, other in zip(mended.annotations.images, good.images, strict=True):
        for back, box in zip(one.objects, other.objects, strict=True):
            np.testing.assert_allclose(back.box_px, box.box_px, atol=1e-9)


def test_an_image_that_is_right_in_a_misread_set_stays(good: AnnotationSet) -> None:
    # Tall boxes at the right end: swapped, they would lie below the image.
    good = changed(good, 2, objects=(replace(good.images[2].objects[2]),))
    report = examine(converted(good, lambda b: (b[1], b[0], b[3], b[2]), (0, 1, 3, 4, 5)))
    assert {each.number for each in report.findings} == {0, 1, 3, 4, 5}
    (diagnosis,) = report.diagnoses
    assert (diagnosis.num_images, diagnosis.of_images) == (5, 6)


def test_one_image_alone_may_be_misread(tmp_path: Path) -> None:
    good = good_set(tmp_path, 12)
    boxes = good_boxes(3, 6)
    good = changed(good, 3, objects=good_image(tmp_path, 3, boxes[2:]).objects)
    report = examine(converted(good, lambda b: (b[0], b[1], b[2] - b[0], b[3] - b[1]), [3]))
    assert {(each.kind, each.number) for each in report.findings} == {(Kind.XYWH_AS_CORNERS, 3)}
    assert len(report.findings) == 4


def test_a_few_slips_are_no_misread_set(good: AnnotationSet) -> None:
    slipped = good
    for number in (0, 1, 2):
        x0, y0, x1, _bottom = good.images[number].objects[0].box_px
        slipped = with_box(slipped, number, 0, (x0, y0, x1, HEIGHT + 25.0))
    expected = [(Kind.OUTSIDE, number, 0) for number in (0, 1, 2)]
    assert found_in(slipped) == expected
    assert examine(slipped).diagnoses == ()


def test_an_overshoot_by_a_rounding_is_nothing(good: AnnotationSet) -> None:
    assert found_in(with_box(good, 0, 0, (-1.5, -1.0, WIDTH + 3.0, HEIGHT + 2.0))) == []
    over = (Kind.OUTSIDE, 0, 0)
    assert found_in(with_box(good, 0, 0, (0.0, 0.0, WIDTH + 3.4, HEIGHT))) == [over]


def test_tiny_depends_on_the_input_size(good: AnnotationSet) -> None:
    # 16×10 px of 320×200 px are 12.8×12.8 px at 256 and 6.4×6.4 px at 128.
    small = with_box(good, 0, 0, (100.0, 100.0, 116.0, 110.0))
    assert found_in(small) == []
    assert found_in(small, input_size=128) == [(Kind.TINY, 0, 0)]
    assert examine(small, input_size=128).findings[0].reason.startswith("6.4×6.4 px")


def test_label_pad_is_a_limit(good: AnnotationSet) -> None:
    assert found_in(good, label_pad=3) == []
    found = found_in(good, label_pad=2)
    assert found == [(Kind.MANY_OBJECTS, number, None) for number in range(6)]


@pytest.mark.parametrize("orientation", range(2, 9))
def test_boxes_turn_as_pillow_turns_pixels(orientation: int) -> None:
    pixels = np.zeros((20, 30, 3), np.uint8)
    pixels[4:9, 11:23] = 255
    image = Image.fromarray(pixels)
    image.getexif()[0x0112] = orientation
    upright = np.asarray(ImageOps.exif_transpose(image))
    x0, y0, x1, y1 = (int(v) for v in turned((11, 4, 23, 9), orientation, (30, 20)))
    expected = np.zeros_like(upright)
    expected[y0:y1, x0:x1] = 255
    np.testing.assert_array_equal(upright, expected)


def test_a_turned_image_whose_label_is_turned_too_is_right(good: AnnotationSet) -> None:
    write(good, 0, jpeg(photograph(0, (HEIGHT, WIDTH)), orientation=6))
    assert found_in(good) == []


def test_relative_labels_of_a_turned_image_are_worth_a_look(good: AnnotationSet) -> None:
    write(good, 0, jpeg(photograph(0, (HEIGHT, WIDTH)), orientation=6))
    yolo = replace(changed(good, 0, said_size_px=None), kind="yolo")
    assert found_in(yolo) == [(Kind.EXIF_UNCLEAR, 0, None)]


def test_a_smaller_copy_is_a_duplicate_and_says_which_side_it_is_on(good: AnnotationSet) -> None:
    write(good, 4, jpeg(photograph(1).resize((WIDTH // 2, HEIGHT // 2)), quality=70))
    split = {image.name: "train" for image in good.images} | {"04.jpg": "val"}
    report = examine(replace(changed(good, 4, said_size_px=None, objects=()), split=split))
    (twin, _nothing) = report.findings
    assert (twin.kind, twin.number) == (Kind.DUPLICATE_IMAGE, 4)
    assert twin.reason == "looks like 01.jpg; one is for training, the other for validation"


def test_plain_images_and_one_scene_with_moved_objects_are_no_duplicates(
    good: AnnotationSet,
) -> None:
    for number in range(3):
        write(good, number, jpeg(Image.new("RGB", SIZE, (240 - 8 * number,) * 3)))
    for number in range(3, 6):
        scene = photograph(0)
        scene.paste((255, 40, 40), (60 * number, 50, 60 * number + 30, 90))
        write(good, number, jpeg(scene))
    assert found_in(good) == []


def test_classes_of_a_model_are_what_counts_where_they_are_given(good: AnnotationSet) -> None:
    report = examine(good, class_names=("cat",))
    assert {each.kind for each in report.findings} == {Kind.UNKNOWN_CLASS}
    assert len(report.findings) == 12
    assert report.findings[0].reason == "dog, and the list has 1: cat"


def test_numbers_without_a_name_are_out_of_a_list_of_names(good: AnnotationSet) -> None:
    strange = with_box(good, 1, 1, good.images[1].objects[1].box_px, class_name="class 7")
    yolo = replace(strange, kind="yolo", class_names=("cat", "dog", "class 7"))
    assert found_in(yolo) == [(Kind.UNKNOWN_CLASS, 1, 1)]
    nameless = converted(good, lambda box: box)
    images = tuple(
        replace(image, objects=tuple(replace(one, class_name="class 0") for one in image.objects))
        for image in nameless.images
    )
    nameless = replace(nameless, kind="yolo", images=images, class_names=("class 0",))
    assert found_in(nameless) == []


def test_without_an_image_boxes_without_numbers_are_not_blamed(good: AnnotationSet) -> None:
    nothing = (math.nan,) * 4
    lost = changed(with_box(good, 0, 0, nothing), 0, path=None, said_size_px=None)
    assert found_in(lost) == [(Kind.IMAGE_MISSING, 0, None)]


def test_review_reads_no_file(good: AnnotationSet) -> None:
    report = examine(good)
    shutil.rmtree(good.root)
    assert review(good, report.facts).findings == ()


def test_progress_ends_at_the_number_of_images_and_cancelling_stops(good: AnnotationSet) -> None:
    seen: list[tuple[int, int]] = []
    examine(good, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 6) for done in range(1, 7)]
    with pytest.raises(CancelledError):
        examine(good, cancelled=lambda: True)
    with pytest.raises(ValueError, match="input_size must be at least 1, got 0"):
        examine(good, input_size=0)


def test_clean_sets_are_clean(good: AnnotationSet, tmp_path: Path) -> None:
    assert found_in(good) == []
    shipped = Path(__file__).parents[3] / "data" / "sample"
    assert found_in(read_record_labels(shipped)) == []
    folder = make("creature-many", tmp_path / "many", 30, 10, 5)
    assert {kind for kind, _number, _object in found_in(read_record_labels(folder))} <= {
        Kind.NO_OBJECT  # some images are background on purpose
    }
    empty = AnnotationSet(tmp_path, "voc", (), (), {})
    assert found_in(empty) == []


def test_an_image_without_labels_that_is_broken_is_found(tmp_path: Path) -> None:
    for number in range(3):
        picture(tmp_path / f"{number}.jpg", number)
    (tmp_path / "3.jpg").write_bytes(b"no image")
    report = examine(read_annotations(tmp_path, "images"))
    assert report.num_images == 4
    assert [each.number for each in report.of(Kind.IMAGE_UNREADABLE)] == [3]
