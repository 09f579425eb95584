from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.own.split import one_film, split_images
from tests.datasets.labelled import a_set, labelled

BOX = (0.0, 0.0, 9.0, 9.0)
KINDS = st.lists(st.sets(st.sampled_from("abc"), max_size=2), min_size=1, max_size=40)


def made(classes: list[set[str]] | list[str]) -> AnnotationSet:
    return a_set(
        *(
            labelled(f"{n}.jpg", [(c, BOX) for c in sorted(kinds)])
            for n, kinds in enumerate(classes)
        )
    )


def in_val(annotations: AnnotationSet, split: dict[str, str]) -> Counter[str]:
    return Counter(
        kind
        for image in annotations.images
        if split[image.name] == "val"
        for kind in {one.class_name for one in image.objects} or {""}
    )


def test_each_class_has_its_part_in_validation() -> None:
    classes = ["a"] * 100 + ["b"] * 20 + ["c"] * 5 + ["d"] * 2 + ["e"] + [""] * 10
    annotations = made(classes)
    expected = Counter({"a": 20, "b": 4, "c": 1, "d": 1, "": 2})
    for seed in range(5):
        assert in_val(annotations, split_images(annotations, 0.2, seed)) == expected
    assert split_images(annotations, 0.2, 0) != split_images(annotations, 0.2, 1)
    assert in_val(annotations, split_images(annotations, 0.0)) == Counter()


@given(KINDS, st.floats(0.01, 0.5), st.integers(0, 99))
def test_what_holds_for_any_set(classes: list[set[str]], fraction: float, seed: int) -> None:
    annotations = made(classes)
    split = split_images(annotations, fraction, seed)
    assert list(split) == [image.name for image in annotations.images]
    assert set(split.values()) <= {"train", "val"}
    assert ("val" in split.values()) == (len(classes) > 1)
    backwards = replace(annotations, images=annotations.images[::-1])
    assert split_images(backwards, fraction, seed) == split
    rarest, count = min(
        Counter(k for kinds in classes for k in kinds or {""}).items(), key=lambda i: (i[1], i[0])
    )
    if count > 1:
        assert 1 <= in_val(annotations, split)[rarest] < count


@given(KINDS, st.data())
def test_alike_images_stay_together(classes: list[set[str]], data: st.DataObject) -> None:
    annotations = made(classes)
    names = [image.name for image in annotations.images]
    numbers = data.draw(st.lists(st.integers(0, 5), min_size=len(names), max_size=len(names)))
    alike = [
        frozenset(name for name, n in zip(names, numbers, strict=True) if n == group)
        for group in range(6)
    ]
    split = split_images(annotations, 0.3, 0, alike)
    for group in alike:
        assert len({split[name] for name in group}) <= 1


def test_lists_win() -> None:
    annotations = replace(made(["a"] * 6), split={"0.jpg": "val", "1.jpg": "train"})
    alike = [frozenset({"0.jpg", "2.jpg"}), frozenset({"0.jpg", "1.jpg", "3.jpg"})]
    split = split_images(annotations, 0.0, alike=alike)
    assert split == {
        "0.jpg": "val",
        "2.jpg": "val",
        **dict.fromkeys(("1.jpg", "3.jpg", "4.jpg", "5.jpg"), "train"),
    }
    only_val = split_images(annotations, 0.5, given={"4.jpg": "val"})
    assert [name for name, side in only_val.items() if side == "val"] == ["4.jpg"]
    only_train = split_images(annotations, 0.2, given={"4.jpg": "train"})
    assert [name for name, side in only_train.items() if side == "train"] == ["4.jpg"]
    all_to_train = split_images(annotations, 0.5, given=dict.fromkeys(annotations.split, "train"))
    assert Counter(all_to_train.values()) == {"train": 2, "val": 4}
    everything = {image.name: "train" for image in annotations.images}
    assert Counter(split_images(annotations, 0.5, given=everything).values())["val"] == 3


def test_one_group_of_all_images_is_to_train_on() -> None:
    annotations = made(["a"] * 4)
    alike = [frozenset(image.name for image in annotations.images)]
    assert set(split_images(annotations, 0.5, alike=alike).values()) == {"train"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"val_fraction": 0.6}, "0 to 0.5, got 0.6"),
        ({"val_fraction": float("nan")}, "0 to 0.5, got nan"),
        ({"seed": -1}, "seed must be 0 or more"),
        ({"given": {"0.jpg": "test"}}, "'train' or 'val', got 'test'"),
    ],
)
def test_arguments_that_are_none(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        split_images(made(["a"]), **arguments)


def test_images_that_are_left_out_for_being_empty_take_no_side() -> None:
    annotations = made(["a", "", "a", "", "", ""])
    for seed in range(5):
        split = split_images(annotations, 0.2, seed, keep_empty=False)
        assert set(split) == {"0.jpg", "2.jpg"}
        assert sorted(split.values()) == ["train", "val"]


def test_cut_in_time_the_last_images_of_each_folder_are_to_validate_on() -> None:
    names = [f"a/f{number}.jpg" for number in range(12)] + ["b/1.jpg", "b/2.jpg", "c/1.jpg"]
    annotations = a_set(*(labelled(name, [("car", (0, 0, 9, 9))]) for name in names))
    alike = [frozenset(names)]
    split = split_images(
        annotations, 0.25, alike=alike, given={"a/f0.jpg": "val", "c/1.jpg": "train"}, in_time=True
    )
    # Of eleven free images of the first film the last three in order of their numbers, not of
    # their letters; of two images one; of one none.
    val = {"a/f0.jpg", "a/f9.jpg", "a/f10.jpg", "a/f11.jpg", "b/2.jpg"}
    assert {name for name, side in split.items() if side == "val"} == val
    assert split.keys() == set(names)


@pytest.mark.parametrize(("number", "said"), [(40, True), (39, True), (37, False), (0, False)])
def test_it_is_said_where_nearly_all_images_look_alike(number: int, said: bool) -> None:
    split = {f"{each}.jpg": "train" for each in range(40)}
    alike = [frozenset(list(split)[:number]), frozenset({"elsewhere.jpg"})]
    assert bool(one_film(split, alike)) is said
