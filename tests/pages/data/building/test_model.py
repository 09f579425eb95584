"""Building a set from the page's state: the files that are there afterwards, or are not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.datasets import open_dataset
from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.catalog import dataset_names
from explorer.datasets.importers import read_annotations
from explorer.datasets.label_formats import WITHOUT_LABELS
from explorer.datasets.own.class_list import ClassMapping
from explorer.pages.data.building.model import SetBuilder
from explorer.pages.data.set_plan import SplitCounts, suggested_name
from tests.datasets.labelled import a_set, labelled, picture, set_of

CAT, DOG = ("cat", (6.0, 8.0, 30.0, 20.0)), ("dog", (0.0, 0.0, 60.0, 40.0))


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def pets(tmp_path: Path) -> AnnotationSet:
    return set_of(tmp_path / "own", [[CAT, DOG], [DOG], [CAT], [DOG], []])


@pytest.fixture
def builder(pets: AnnotationSet) -> SetBuilder:
    builder = SetBuilder()
    builder.show_set(pets, ClassMapping(), "~/My pets 2.ZIP")
    return builder


def build(builder: SetBuilder, **options: Any) -> None:
    asyncio.run(builder.build(**options))


@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("~/My pets 2.ZIP", "My-pets-2"),
        ("cards/", "cards"),
        ("pets.v2", "pets-v2"),
        ("кошки", "my-images"),
        ("sample", "my-sample"),
        ("pretrained", "my-pretrained"),
        ("x" * 80, "x" * 60),
    ],
)
def test_a_set_is_given_a_name_that_it_may_have(where: str, name: str) -> None:
    assert suggested_name(where) == name


def test_without_a_set_there_is_nothing_to_build() -> None:
    builder = SetBuilder()
    assert (builder.has_list, builder.taken, builder.skip_bad) == (False, False, False)
    assert (builder.counts, builder.built, builder.problem) == (None, None, "")
    build(builder)
    assert (builder.built, builder.problem, builder.state) == (None, "", "idle")


def test_the_split_is_counted_before_it_is_made(builder: SetBuilder) -> None:
    assert builder.name == "My-pets-2"
    # One image of each class at least is for validation: here one of a cat and one of a dog.
    assert builder.counts == SplitCounts({"train": 3, "val": 2}, {"cat": (1, 1), "dog": (2, 1)})


def test_images_that_look_alike_are_not_parted(builder: SetBuilder) -> None:
    builder.alike = [frozenset({"0.jpg", "1.jpg", "2.jpg", "3.jpg"})]
    assert builder.counts.images == {"train": 4, "val": 1}
    build(builder)
    assert builder.built.report.num_images == {"train": 4, "val": 1}
    assert builder.built.num_alike == 1


def test_a_list_in_the_files_is_kept_to_unless_the_reader_wants_another(
    builder: SetBuilder, pets: AnnotationSet
) -> None:
    split = {"0.jpg": "train", "1.jpg": "val", "2.jpg": "val", "3.jpg": "val", "4.jpg": "val"}
    listed = a_set(*pets.images, root=pets.root, split=split)
    assert not builder.has_list
    builder.show_set(listed, ClassMapping(), "listed")
    assert builder.has_list
    assert builder.counts.images == {"train": 1, "val": 4}
    builder.as_listed = False
    assert builder.counts.images == {"train": 3, "val": 2}


def test_a_set_is_built_and_has_a_name_from_then_on(builder: SetBuilder) -> None:
    seen: list[tuple[str, float]] = []
    builder.observe(lambda _change: seen.append((builder.doing, builder.progress)), "progress")
    build(builder)
    built = builder.built
    assert (built.name, built.num_alike, builder.problem, builder.state) == (
        "My-pets-2", 0, "", "idle",
    )  # fmt: skip
    assert built.report.num_images == builder.counts.images == {"train": 3, "val": 2}
    assert dataset_names()[-1] == "My-pets-2"
    assert open_dataset("My-pets-2", "train").class_names == ("cat", "dog")
    assert seen[-1] == ("Building My-pets-2…", 1.0)
    assert ("Looking for images that are alike…", 1.0) in seen


def test_classes_are_built_as_they_are_planned(builder: SetBuilder, pets: AnnotationSet) -> None:
    builder.show_set(pets, ClassMapping({"cat": "tiger"}, frozenset({"dog"})))
    builder.keep_empty = False
    build(builder)
    train = open_dataset(builder.name, "train")
    assert train.class_names == ("tiger",)
    assert builder.built.report.num_images == {"train": 1, "val": 1}
    np.testing.assert_allclose(train.labels[0], [[0, 0.1, 0.2, 0.5, 0.5]], rtol=1e-6)


def test_a_set_that_is_there_is_only_replaced_if_the_reader_says_so(builder: SetBuilder) -> None:
    build(builder)
    first = builder.built.report.folder / "train.rec"
    before = first.read_bytes()
    builder.seed = 1
    build(builder)
    assert builder.taken
    assert first.read_bytes() == before
    build(builder, replace=True)
    assert not builder.taken
    assert first.read_bytes() != before


@pytest.mark.parametrize("name", ["sample", "", "a/b", "../x", "x" * 65])
def test_a_name_that_cannot_be_is_said(builder: SetBuilder, name: str, root: Path) -> None:
    builder.name = name
    build(builder)
    assert "name" in builder.problem
    assert not root.exists()


def test_bad_images_are_refused_or_left_out(tmp_path: Path) -> None:
    good = set_of(tmp_path / "own", [[CAT], [CAT], [DOG]])
    bad = labelled("gone.jpg", [CAT])
    builder = SetBuilder()
    builder.show_set(a_set(*good.images, bad, root=good.root), ClassMapping(), "pets")
    build(builder)
    assert builder.problem == "gone.jpg: gone.jpg is missing"
    assert dataset_names() == ["sample"]
    builder.skip_bad = True
    build(builder)
    assert builder.built.report.left_out == {"gone.jpg": "gone.jpg is missing"}


def test_building_is_cancelled_and_leaves_nothing(
    builder: SetBuilder, tmp_path: Path, root: Path
) -> None:
    for number in range(200):
        picture(tmp_path / "many" / f"{number}.jpg", number)
    many = [
        labelled(f"{number}.jpg", [CAT], tmp_path / "many" / f"{number}.jpg")
        for number in range(200)
    ]
    builder.show_set(a_set(*many), ClassMapping(), "many")

    async def cancel() -> None:
        work = asyncio.create_task(builder.build())
        while builder.progress == 0:
            await asyncio.sleep(0)
        await builder.build()  # a second one while the first is under way does nothing
        builder.cancel()
        assert builder.state == "working"
        assert builder.doing == "Stopping…"
        await work

    asyncio.run(cancel())
    assert (builder.state, builder.built, builder.problem) == ("idle", None, "")
    assert list(root.glob("*")) == []
    build(builder)
    assert builder.built.report.num_objects == {"train": 160, "val": 40}


def test_another_name_is_another_question(builder: SetBuilder) -> None:
    build(builder)
    build(builder)
    assert builder.taken
    builder.name = "other"
    assert not builder.taken
    build(builder)
    assert (builder.built.name, builder.taken) == ("other", False)


def test_what_is_no_data_set_and_what_is_read_from_are_never_replaced(
    builder: SetBuilder, root: Path
) -> None:
    own = set_of(root / "pets", [[CAT], [DOG], [CAT], [DOG]])
    before = sorted(path.name for path in (root / "pets").iterdir())
    builder.show_set(own, ClassMapping(), str(root / "pets"))
    for anew in (False, True):
        build(builder, replace=anew)
        assert builder.problem.startswith("The images are read from pets itself")
        assert not builder.taken
    (root / "notes").mkdir()
    builder.name = "notes"
    for anew in (False, True):
        build(builder, replace=anew)
        assert builder.problem.startswith("notes is a folder but not a data set")
    assert sorted(path.name for path in (root / "pets").iterdir()) == before


def test_a_set_that_is_opened_by_its_name_is_not_built_over_itself(builder: SetBuilder) -> None:
    build(builder)
    again = read_annotations(builder.built.report.folder)
    builder.show_set(again, ClassMapping(), "My-pets-2")
    assert builder.name == "My-pets-2-2"
    builder.name = "My-pets-2"
    build(builder, replace=True)
    assert builder.problem.startswith("The images are read from My-pets-2 itself")


def test_another_source_ends_what_is_built_of_the_one_before(
    builder: SetBuilder, pets: AnnotationSet, root: Path
) -> None:
    async def change() -> None:
        work = asyncio.create_task(builder.build())
        await asyncio.sleep(0)
        builder.show_set(pets, ClassMapping(), "other")
        await work

    asyncio.run(change())
    assert (builder.built, builder.problem, builder.state) == (None, "", "idle")
    assert list(root.glob("*")) == []


@pytest.mark.parametrize(
    ("split", "listed"),
    [
        ({}, False),
        ({"0.jpg": "train"}, True),  # all others are then to validate on
        (dict.fromkeys(["0.jpg", "1.jpg", "2.jpg", "3.jpg", "4.jpg"], "train"), False),
        ({"0.jpg": "train", "1.jpg": "val"}, True),
        ({"gone.jpg": "val"}, False),
    ],
)
def test_a_list_counts_as_far_as_it_splits(
    builder: SetBuilder, pets: AnnotationSet, split: dict[str, str], listed: bool
) -> None:
    builder.show_set(a_set(*pets.images, split=split), ClassMapping())
    assert builder.has_list == listed


def test_a_box_that_is_drawn_moves_no_image_to_the_other_side(
    builder: SetBuilder, pets: AnnotationSet
) -> None:
    before = builder.counts.images
    for number, name in ((4, "cat"), (0, "bird"), (2, "dog"), (1, "cat")):
        images = list(builder.annotations.images)
        image = images[number]
        one = replace(pets.images[0].objects[0], class_name=name)
        images[number] = replace(image, objects=(*image.objects, one))
        after = a_set(*images, root=pets.root)
        builder.show_set(after, ClassMapping())
        assert builder.counts.images == before
    builder.keep_empty = False
    assert builder.counts.images == before  # all have an object now
    builder.seed = 3
    build(builder)
    assert builder.built.report.num_images == builder.counts.images


def test_where_nothing_was_labelled_yet_the_drawn_boxes_decide(pets: AnnotationSet) -> None:
    bare = a_set(*(replace(each, objects=()) for each in pets.images), root=pets.root)
    bare = replace(bare, kind=WITHOUT_LABELS)
    builder = SetBuilder()
    builder.show_set(bare, ClassMapping(), "bare")
    drawn = replace(pets, kind=WITHOUT_LABELS)
    builder.show_set(drawn, ClassMapping())
    assert builder.counts.objects == {"cat": (1, 1), "dog": (2, 1)}


def test_frames_of_one_film_are_cut_in_time(builder: SetBuilder) -> None:
    builder.alike = [frozenset(f"{number}.jpg" for number in range(5))]
    assert builder.counts.film.startswith("5 of 5 images look alike, as the frames of a fixed")
    build(builder)
    assert builder.problem == builder.counts.film
    assert builder.built is None
    builder.in_time = True
    assert (builder.counts.images, builder.counts.film) == ({"train": 4, "val": 1}, "")
    build(builder)
    assert builder.built.report.num_images == {"train": 4, "val": 1}
