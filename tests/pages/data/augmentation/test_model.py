"""What augmentation makes of an image of a set, and what is said of it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.augmentation import augment
from explorer.pages.data.augmentation.model import THROWS, AugmentationModel
from explorer.pages.data.augmentation.words import (
    change_words,
    objects_sentence,
    rule_sentence,
)
from tests.datasets.labelled import a_set, labelled, picture
from tests.pages.data.looked_at import mixed_set


@pytest.fixture
def annotations(tmp_path: Path) -> AnnotationSet:
    return mixed_set(tmp_path)


@pytest.fixture
def model(annotations: AnnotationSet) -> AugmentationModel:
    return shown(AugmentationModel(), annotations)


def shown(model: AugmentationModel, annotations: AnnotationSet | None, side: int = 96) -> Any:
    model.show_set(annotations, side)
    return thrown(model)


def thrown(model: AugmentationModel) -> Any:
    asyncio.run(model.throw())
    return model


@pytest.mark.parametrize("mode", ["crop", "full"])
def test_throws_are_what_training_does(model: AugmentationModel, mode: str) -> None:
    model.choose_mode(mode)
    thrown(model)
    before = model.thrown
    assert (len(before.throws), before.mode) == (THROWS, mode)
    np.testing.assert_allclose(
        before.labels, [[0, 0, 0.4, 0.1, 0.5], [1, 0.25, 0.25, 0.75, 0.75]], rtol=1e-6
    )
    for number, throw in enumerate(before.throws):
        rng = np.random.default_rng([0, number, 1])
        image, labels = augment(before.picture.image, before.labels, 96, rng, mode)
        np.testing.assert_array_equal(throw.image, image)
        np.testing.assert_array_equal(throw.labels, labels)


def test_without_augmentation_there_is_one_throw(model: AugmentationModel) -> None:
    model.choose_mode("none")
    thrown(model)
    (throw,) = model.thrown.throws
    np.testing.assert_array_equal(throw.labels, model.thrown.labels)
    assert change_words(model.thrown, throw) == "The whole image"
    assert objects_sentence(throw) == "All 2 objects are whole."


def test_what_a_crop_keeps_of_each_object(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    picture(path, size=(200, 100))
    boxes = [("cat", (0.0, 40.0, 100.0, 60.0)), ("dog", (50.0, 0.0, 150.0, 80.0))]
    model = shown(AugmentationModel(), a_set(labelled("a", boxes, path)))
    seen = set()
    for _number in range(20):
        for throw in model.thrown.throws:
            left, top, right, bottom = throw.change.crop_px or (0, 0, 200, 100)
            cat = max(0, 100 - left) * (min(60, bottom) - max(40, top)) / 2000
            dog = (min(150, right) - max(50, left)) * (min(80, bottom) - max(0, top)) / 8000
            np.testing.assert_allclose(throw.kept, [cat, dog], atol=1e-6)
            assert (throw.kept > 0.95 - 1e-6).all()
            np.testing.assert_array_equal(throw.cut, [cat < 0.999, dog < 0.999])
            seen.add(re.sub(r"[\d.]+%", "…%", objects_sentence(throw)))
        model.another()
        thrown(model)
    assert seen == {
        "All 2 objects are whole.",
        "1 of 2 objects is cut at the border: …% of it is kept.",
        "2 of 2 objects are cut at the border: at least …% is kept.",
    }


def test_another_throw_is_another_and_the_same_seed_the_same(model: AugmentationModel) -> None:
    first = model.thrown
    model.another()
    thrown(model)
    assert any((a.image != b.image).any() for a, b in zip(first.throws, model.thrown.throws,
                                                          strict=True))  # fmt: skip
    model.seed = -1
    model.another()
    thrown(model)
    for a, b in zip(first.throws, model.thrown.throws, strict=True):
        np.testing.assert_array_equal(a.image, b.image)


def test_one_goes_through_the_images_and_stays_at_the_ends(model: AugmentationModel) -> None:
    numbers = []
    for by in (1, 1, -5, 99):
        model.turn(by)
        numbers.append(model.number)
    assert numbers == [1, 2, 0, 15]
    assert thrown(model).thrown.picture.name == "15.jpg"


def test_what_is_thrown_waits_for_what_was_asked_for_last(model: AugmentationModel) -> None:
    async def both() -> None:
        model.turn(2)
        first = asyncio.ensure_future(model.throw())
        await asyncio.sleep(0)
        model.turn(2)
        await asyncio.gather(first, model.throw())

    asyncio.run(both())
    assert model.thrown.picture.name == "04.jpg"


@pytest.mark.parametrize(
    ("number", "problem"), [(1, "The image is not there."), (3, "03.jpg is not a readable image")]
)
def test_an_image_that_cannot_be_read(model: AugmentationModel, number: int, problem: str) -> None:
    model.turn(number)
    thrown(model)
    assert model.thrown is None
    assert model.problem.startswith(problem)
    model.turn(1)
    assert (thrown(model).problem, model.thrown is None) == ("", False)


def test_boxes_that_cannot_be_trained_on_are_left_out(model: AugmentationModel) -> None:
    model.turn(5)
    thrown(model)
    assert (model.thrown.num_unused, model.thrown.labels.shape) == (3, (0, 5))
    assert objects_sentence(model.thrown.throws[0]) == "It has no object to keep."


def test_the_image_stays_when_the_labels_are_mended(
    model: AugmentationModel, annotations: AnnotationSet
) -> None:
    model.turn(4)
    shown(model, replace(annotations, images=annotations.images[2:]), side=32)
    assert (model.number, model.thrown.picture.name) == (2, "04.jpg")
    assert model.thrown.throws[0].image.shape == (32, 32, 3)
    shown(model, replace(annotations, images=annotations.images[:2]))
    assert model.number == 0
    shown(model, None)
    assert (model.num_images, model.thrown) == (0, None)
    model.turn(1)
    shown(model, a_set())
    assert (model.num_images, model.thrown) == (0, None)


def test_a_large_image_is_made_smaller_as_in_a_record(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    picture(path, size=(2048, 512))
    model = shown(AugmentationModel(), a_set(labelled("large", [], path)))
    assert model.thrown.picture.image.shape == (256, 1024, 3)


def test_words_for_a_mode_and_for_a_throw(model: AugmentationModel) -> None:
    assert "mirrored at random half of the time" in rule_sentence("full")
    assert "keeps at least 95% of every object, so none is ever cropped away" in rule_sentence(
        "crop"
    )
    said = [change_words(model.thrown, throw) for throw in model.thrown.throws]
    pattern = (
        r"(A crop of \d+% of the image|The whole image, for no crop kept all objects)"
        r"(, mirrored)?, brightness × \d\.\d\d, contrast × \d\.\d\d, colour × \d\.\d\d"
    )
    assert all(re.fullmatch(pattern, each) for each in said)
    mirrored = ["mirrored" in each for each in said]
    assert mirrored == [throw.change.mirrored for throw in model.thrown.throws]
    throw = model.thrown.throws[0]
    half = replace(throw, change=replace(throw.change, crop_px=(50, 0, 150, 100)))
    assert change_words(model.thrown, half).startswith("A crop of 50% of the image")
