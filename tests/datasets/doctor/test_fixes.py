from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.datasets.annotations import Annotation, AnnotationSet, LabelledImage
from explorer.datasets.doctor import Kind, apply, examine, leave_out, mend, review
from explorer.datasets.doctor.image_facts import ImageFacts
from tests.datasets.doctor.sets import (
    HEIGHT,
    SIZE,
    WIDTH,
    Box,
    changed,
    good_set,
    jpeg,
    photograph,
    with_box,
)
from tests.datasets.doctor.test_examine import PLANTED, plant_all


@pytest.fixture
def good(tmp_path: Path) -> AnnotationSet:
    return good_set(tmp_path)


def fixed_box(planted: AnnotationSet, kind: Kind) -> Box | None:
    """Mend one kind, and return what box 0 of image 0 became; None if it was dropped."""
    report = examine(planted)
    assert set(report.counts) == {kind}
    fixed = apply(report, [kind]).images[0]
    gone = len(fixed.objects) < len(planted.images[0].objects)
    return None if gone else fixed.objects[0].box_px


@pytest.mark.parametrize(
    ("kind", "box", "expected"),
    [
        (Kind.NO_NUMBER, (10, float("nan"), 90, 90), None),
        (Kind.NO_AREA, (10, 20, 90, 20), None),
        (Kind.NO_AREA, (0, 0, 0, 3e-282), None),
        (Kind.NO_AREA, (0, 0, 0.002, 0.004), None),
        (Kind.INVERTED, (90, 20, 10, 150), (10, 20, 90, 150)),
        (Kind.OUTSIDE, (-40, 20, 90, 250), (0, 20, 90, 200)),
        (Kind.OUTSIDE, (400, 20, 450, 90), None),
        (Kind.RELATIVE_AS_PIXELS, (0.1, 0.25, 0.5, 1.0), (32, 50, 160, 200)),
        (Kind.PIXELS_AS_RELATIVE, (3200, 4000, 28800, 30000), (10, 20, 90, 150)),
    ],
)
def test_what_becomes_of_a_box(
    good: AnnotationSet, kind: Kind, box: Box, expected: Box | None
) -> None:
    assert fixed_box(with_box(good, 0, 0, box), kind) == expected


def test_a_turned_image_s_boxes_turn_with_it(good: AnnotationSet) -> None:
    path = good.images[0].path
    assert path is not None
    path.write_bytes(jpeg(photograph(0), orientation=6))
    report = examine(with_box(good, 0, 0, (10, 20, 90, 150)))
    assert set(report.counts) == {Kind.EXIF_TURNED}
    fixed = apply(report, [Kind.EXIF_TURNED]).images[0]
    assert fixed.said_size_px == (HEIGHT, WIDTH)
    assert fixed.objects[0].box_px == (50, 10, 180, 90)


def test_a_size_at_another_scale_takes_the_boxes_along(good: AnnotationSet) -> None:
    twice = changed(with_box(good, 0, 0, (20, 40, 180, 300)), 0, said_size_px=(640, 400))
    fixed = apply(examine(twice), [Kind.SIZE_DIFFERS]).images[0]
    assert (fixed.said_size_px, fixed.objects[0].box_px) == (SIZE, (10, 20, 90, 150))


def test_boxes_in_a_corner_of_the_size_said_were_not_drawn_there(good: AnnotationSet) -> None:
    # 00.jpg alone: its boxes fit the file, which is the smaller one. With 01.jpg, whose boxes lie
    # beyond the file, both were drawn at twice the size.
    one = changed(with_box(good, 0, 0, (20, 40, 180, 150)), 0, said_size_px=(640, 400))
    fixed = apply(examine(one), [Kind.SIZE_DIFFERS]).images[0]
    assert fixed.objects == one.images[0].objects
    two = changed(with_box(one, 1, 0, (400, 40, 600, 300)), 1, said_size_px=(640, 400))
    fixed = apply(examine(two), [Kind.SIZE_DIFFERS]).images[0]
    assert fixed.objects[0].box_px == (10, 20, 90, 75)


def test_a_size_that_is_only_wrong_leaves_the_boxes(good: AnnotationSet) -> None:
    for said in ((HEIGHT, WIDTH), (0, 0), (WIDTH * 2, HEIGHT * 2)):
        planted = changed(good, 0, said_size_px=said)
        fixed = apply(examine(planted), [Kind.SIZE_DIFFERS]).images[0]
        assert (fixed.said_size_px, fixed.objects) == (SIZE, good.images[0].objects)


def test_only_the_chosen_kinds_are_mended_and_the_examined_set_stays(tmp_path: Path) -> None:
    planted, _expected = plant_all(good_set(tmp_path, PLANTED))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    report = examine(planted)
    fixed = apply(report, [Kind.OUTSIDE])
    different = [n for n in range(PLANTED) if fixed.images[n] != planted.images[n]]
    assert different == [6, 7, 8]
    assert report.annotations is planted
    after = review(fixed, report.facts)
    assert {**after.counts, Kind.OUTSIDE: 3} == report.counts
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_leaving_out_takes_boxes_or_whole_images(tmp_path: Path) -> None:
    planted, _expected = plant_all(good_set(tmp_path, PLANTED))
    planted = replace(planted, split={image.name: "train" for image in planted.images})
    report = examine(planted)
    without = leave_out(report, [Kind.TINY, Kind.IMAGE_MISSING])
    assert len(without.images) == PLANTED - 2
    assert set(planted.split) - set(without.split) == {"21.jpg", "22.jpg"}
    assert without.images[11].objects == planted.images[11].objects[1:]
    everything = review(leave_out(report, Kind), report.facts)
    assert set(everything.counts) <= {Kind.NO_OBJECT}


numbers = st.one_of(
    st.floats(-500, 1000), st.floats(-0.2, 1.2), st.floats(-1e5, 1e5),
    st.sampled_from([0.0, 1.0, 200.0, 320.0, float("nan"), float("inf"), -float("inf")]),
)  # fmt: skip
sizes = st.sampled_from([SIZE, (HEIGHT, WIDTH), (640, 400), (0, 0), (500, 100), None])
objects = st.builds(
    Annotation,
    st.sampled_from(["cat", "dog", "", "zebra"]),
    st.tuples(numbers, numbers, numbers, numbers),
    st.just("object"),
)


@st.composite
def strange_sets(
    draw: Callable[[st.SearchStrategy], object],  # type: ignore[type-arg]
) -> tuple[AnnotationSet, dict[tuple[str, Path | None], ImageFacts]]:
    """Sets of up to 4 images with whatever labels; the images are only known, not there."""
    images, facts = [], {}
    rng = np.random.default_rng(0)
    for number in range(draw(st.integers(0, 4))):
        path = Path(f"{number}.jpg")
        boxes = tuple(draw(st.lists(objects, max_size=6)))
        images.append(LabelledImage(path.name, path, Path("a.xml"), draw(sizes), boxes))
        stored = draw(st.sampled_from([SIZE, (HEIGHT, WIDTH), (3, 2), None]))
        thumbnail = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
        problem = None if stored else (Kind.IMAGE_UNREADABLE, "no image")
        facts[path.name, path] = ImageFacts(
            stored, draw(st.integers(1, 8)), problem, bytes([draw(st.integers(0, 2))]), thumbnail
        )
    kind = draw(st.sampled_from(["voc", "yolo"]))
    return AnnotationSet(Path(), kind, tuple(images), ("cat", "dog"), {}), facts


@settings(max_examples=200)
@given(strange_sets(), st.sets(st.sampled_from(Kind)))
def test_after_mending_nothing_is_left_that_could_be_mended(strange, kinds) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    report = review(*strange)
    mended = mend(report, kinds)
    assert [each for each in mended.of(kinds) if each.fix] == []
    if not any(each.fix for each in report.of(kinds)):
        assert mended is report


@settings(max_examples=200)
@given(strange_sets())
def test_a_box_has_one_shape_and_a_finding_is_where_it_says(strange) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    annotations, facts = strange
    report = review(annotations, facts)
    of_shape = {Kind.NO_NUMBER, Kind.RELATIVE_AS_PIXELS, Kind.PIXELS_AS_RELATIVE, Kind.INVERTED,
                Kind.XYWH_AS_CORNERS, Kind.CORNERS_AS_XYWH, Kind.SWAPPED_XY, Kind.NO_AREA,
                Kind.OUTSIDE, Kind.TINY}  # fmt: skip
    seen = [(each.number, each.object) for each in report.of(of_shape)]
    assert len(seen) == len(set(seen))
    for each in report.findings:
        if each.object is not None:
            assert each.object < len(annotations.images[each.number].objects)
    assert sum(report.counts.values()) == len(report.findings)
