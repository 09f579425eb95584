"""The doctor's state without a browser, on real files."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.doctor import Kind
from explorer.pages.data.doctor.model import LabelDoctor
from tests.datasets.doctor.sets import HEIGHT, WIDTH, changed, good_set, with_box
from tests.datasets.doctor.test_examine import plant_all
from tests.datasets.doctor.test_records import BOXES, write_set


@pytest.fixture
def good(tmp_path: Path) -> AnnotationSet:
    return good_set(tmp_path)


@pytest.fixture
def planted(good: AnnotationSet) -> AnnotationSet:
    """Two boxes that reach out of their images, one far beyond, a tiny one and an empty image."""
    good = with_box(good, 0, 0, (-32.0, 50.0, 80.0, 150.0))
    good = with_box(good, 1, 1, (160.0, 50.0, 240.0, 300.0))
    good = with_box(good, 2, 2, (1000.0, 50.0, 1100.0, 150.0))
    good = with_box(good, 3, 0, (10.0, 10.0, 14.0, 14.0))
    return changed(good, 4, objects=())


def examined(annotations: AnnotationSet) -> LabelDoctor:
    model = LabelDoctor()
    asyncio.run(model.examine(annotations))
    return model


def counts(model: LabelDoctor) -> dict[Kind, int]:
    return {row.kind: row.count for row in model.rows}


def test_what_is_there_before_and_after_an_examination(planted: AnnotationSet) -> None:
    model = LabelDoctor()
    assert (model.state, model.headline()) == ("idle", "Nothing was examined yet.")
    states: list[Any] = []
    model.observe(lambda change: states.append(change["new"]), ["state", "progress"])
    asyncio.run(model.examine(planted))
    assert states == ["working", *(done / 6 for done in range(1, 7)), "ready"]
    assert model.headline() == ("6 images, 15 objects: 3 errors, 1 warning, 1 note.")
    assert counts(model) == {Kind.OUTSIDE: 3, Kind.TINY: 1, Kind.NO_OBJECT: 1}
    assert model.rows[0].num_fixable == 3
    assert (model.kind, model.position) == (Kind.OUTSIDE, 0)
    assert model.annotations is planted


def test_a_good_set_has_nothing_to_show(good: AnnotationSet) -> None:
    model = examined(good)
    assert model.headline() == "6 images, 18 objects: nothing is wrong."
    assert (model.rows, model.kind, model.shown) == ((), None, None)


def test_a_finding_is_shown_with_its_box_before_and_after(planted: AnnotationSet) -> None:
    shown = examined(planted).shown
    assert shown.place == "00.jpg, object 1, 00.xml"
    assert shown.reason == "(-32, 50, 80, 150) reaches out of the image of 320×200 px"
    assert shown.fix == "cut at the border"
    assert shown.picture.image.shape == (HEIGHT, WIDTH, 3)
    assert shown.found == (((-0.1, 0.25, 0.25, 0.75), "dog"),)
    assert shown.fixed == (((0.0, 0.25, 0.25, 0.75), "dog"),)
    assert [name for _box, name in shown.others] == ["cat", "dog"]


def test_a_box_that_will_be_dropped_has_no_after(planted: AnnotationSet) -> None:
    model = examined(planted)
    model.turn(2)
    assert model.shown.place == "02.jpg, object 3, 02.xml"
    assert model.shown.fix == "drop the box"
    assert (len(model.shown.found), model.shown.fixed, len(model.shown.others)) == (1, (), 2)


def test_one_goes_through_the_findings_of_a_kind_and_stays_at_its_ends(
    planted: AnnotationSet,
) -> None:
    model = examined(planted)
    positions = []
    for by in (1, 1, 1, -1, -5):
        model.turn(by)
        positions.append((model.position, model.shown.finding.number))
    assert positions == [(1, 1), (2, 2), (2, 2), (1, 1), (0, 0)]
    model.choose(Kind.TINY)
    assert (model.kind, model.position, model.shown.finding.number) == (Kind.TINY, 0, 3)
    model.choose(Kind.INVERTED)  # there is none
    assert model.kind is Kind.TINY


def test_fixing_leaving_out_and_taking_back(planted: AnnotationSet) -> None:
    model = examined(planted)
    first = model.report
    asyncio.run(model.fix(Kind.OUTSIDE))
    assert counts(model) == {Kind.TINY: 1, Kind.NO_OBJECT: 1}
    assert model.annotations.images[0].objects[0].box_px == (0, 50, 80, 150)
    assert len(model.annotations.images[2].objects) == 2
    assert model.kind is Kind.TINY
    asyncio.run(model.fix(Kind.TINY))  # nothing mends it
    assert len(model.steps) == 1
    asyncio.run(model.leave_out(Kind.NO_OBJECT))
    assert len(model.annotations.images) == 5
    done = [(step.kind, step.action, step.count) for step in model.steps]
    assert done == [(Kind.OUTSIDE, "fix", 3), (Kind.NO_OBJECT, "leave-out", 1)]
    assert model.headline() == "5 images, 14 objects: 1 warning."
    model.undo()
    assert len(model.annotations.images) == 6
    assert model.kind is Kind.NO_OBJECT
    model.undo()
    assert model.report is first
    assert (model.kind, model.steps) == (Kind.OUTSIDE, ())
    model.undo()
    assert model.report is first


def test_the_whole_image_is_meant_where_its_size_is_wrong(good: AnnotationSet) -> None:
    twice = with_box(good, 1, 0, (400.0, 40.0, 600.0, 300.0))
    model = examined(changed(twice, 1, said_size_px=(WIDTH * 2, HEIGHT * 2)))
    assert model.kind is Kind.SIZE_DIFFERS
    shown = model.shown
    assert (len(shown.found), len(shown.fixed), shown.others) == (3, 3, ())
    halves = [[value / 2 for value in box] for box, _name in shown.found]
    np.testing.assert_allclose(halves, [box for box, _name in shown.fixed])


def test_every_kind_of_finding_can_be_shown(tmp_path: Path) -> None:
    model = examined(plant_all(good_set(tmp_path, 30))[0])
    unseen = set()
    for row in model.rows:
        model.choose(row.kind)
        for _each in range(row.count):
            assert model.shown.reason
            if model.shown.picture is None:
                unseen.add(model.kind)
            model.turn(1)
    assert unseen == {Kind.IMAGE_MISSING, Kind.IMAGE_UNREADABLE, Kind.IMAGE_TRUNCATED}


def test_images_inside_of_records_are_shown(tmp_path: Path) -> None:
    from explorer.datasets.doctor import read_record_labels

    model = examined(read_record_labels(write_set(tmp_path, [BOXES, []])))
    assert model.kind is Kind.NO_OBJECT
    assert model.shown.place == "train.rec/1"
    assert model.shown.picture.image.shape == (60, 100, 3)


def test_a_cancelled_examination_leaves_nothing(planted: AnnotationSet) -> None:
    model = LabelDoctor()

    async def stop_at_once() -> None:
        task = asyncio.create_task(model.examine(planted))
        await asyncio.sleep(0)
        assert model.state == "working"
        model.cancel()
        await task

    asyncio.run(stop_at_once())
    assert (model.state, model.report) == ("idle", None)


def test_a_later_examination_counts(planted: AnnotationSet, good: AnnotationSet) -> None:
    model = LabelDoctor()

    async def both() -> None:
        await asyncio.gather(model.examine(planted), model.examine(good))

    asyncio.run(both())
    assert (model.state, model.annotations) == ("ready", good)
    asyncio.run(model.examine(replace(planted, images=planted.images[:1])))
    assert counts(model) == {Kind.OUTSIDE: 1}
    assert model.steps == ()


def test_a_set_that_was_changed_elsewhere_is_judged_anew(planted: AnnotationSet) -> None:
    model = examined(planted)
    asyncio.run(model.fix(Kind.OUTSIDE))
    assert model.steps
    drawn = changed(model.annotations, 4, objects=model.annotations.images[0].objects)
    asyncio.run(model.follow(drawn, 256))
    assert model.annotations is drawn
    assert counts(model) == {Kind.TINY: 1}
    assert (model.state, model.kind, model.steps) == ("ready", Kind.TINY, ())
    asyncio.run(model.follow(drawn, 256))
    assert model.annotations is drawn


def test_what_is_mended_while_another_change_is_judged_stays(planted: AnnotationSet) -> None:
    model = examined(planted)

    async def both() -> None:
        following = asyncio.create_task(model.follow(changed(planted, 4, objects=()), 256))
        await asyncio.sleep(0)
        await model.fix(Kind.OUTSIDE)
        await following

    asyncio.run(both())
    assert counts(model)[Kind.TINY] == 1
    assert model.steps


def test_what_is_tiny_is_judged_anew_for_another_input(planted: AnnotationSet) -> None:
    model = examined(planted)
    assert counts(model)[Kind.TINY] == 1
    asyncio.run(model.follow(planted, 1024))
    assert Kind.TINY not in counts(model)
    assert model.report.input_size == 1024


def test_what_was_found_stays_when_mending_is_cancelled(
    planted: AnnotationSet,
) -> None:
    model = examined(planted)
    report = model.report

    async def cancelled() -> None:
        mending = asyncio.create_task(model.fix(Kind.OUTSIDE))
        await asyncio.sleep(0)
        model.cancel()
        await mending

    asyncio.run(cancelled())
    assert (model.state, model.report) == ("ready", report)


def test_steps_from_before_boxes_were_drawn_are_forgotten(planted: AnnotationSet) -> None:
    model = examined(planted)
    asyncio.run(model.fix(Kind.OUTSIDE))
    model.current = changed(model.annotations, 4, objects=model.annotations.images[0].objects)
    asyncio.run(model.leave_out(Kind.TINY))
    assert [(step.kind, step.action) for step in model.steps] == [(Kind.TINY, "leave-out")]
    assert counts(model) == {}
