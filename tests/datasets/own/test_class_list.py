from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.datasets.own.class_list import ClassMapping, FoundClass, found_classes
from tests.datasets.labelled import a_set, labelled

BOX = (0.0, 0.0, 9.0, 9.0)
SET = replace(
    a_set(
        labelled("a", [("cat", BOX), ("cat", BOX), ("dog", BOX)]),
        labelled("b", [("", BOX), ("ape", BOX)]),
    ),
    class_names=("dog", "cat", "ape", "cow"),
)


def names(mapping: ClassMapping) -> tuple[tuple[str, ...], list[list[str]]]:
    mapped = mapping.apply(SET)
    return mapped.class_names, [[one.class_name for one in i.objects] for i in mapped.images]


def test_classes_are_counted_in_the_sets_order() -> None:
    assert found_classes(SET) == [
        FoundClass("dog", 1, 1),
        FoundClass("cat", 2, 1),
        FoundClass("ape", 1, 1),
        FoundClass("cow", 0, 0),
        FoundClass("", 1, 1),
    ]


def test_renamed_merged_and_left_out() -> None:
    assert names(ClassMapping()) == (SET.class_names, [["cat", "cat", "dog"], ["", "ape"]])
    merged = ClassMapping({"cat": "pet", "dog": "pet", "": "thing"}, frozenset({"ape"}))
    assert names(merged) == (("pet", "cow", "thing"), [["pet", "pet", "pet"], ["thing"]])
    into_one_that_is_there = ClassMapping({"ape": "dog"}, frozenset({"cow", ""}))
    assert names(into_one_that_is_there) == (("dog", "cat"), [["cat", "cat", "dog"], ["dog"]])
    swapped = ClassMapping({"cat": "dog", "dog": "cat"})
    assert names(swapped) == (("cat", "dog", "ape", "cow"), [["dog", "dog", "cat"], ["", "ape"]])


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (ClassMapping({"pig": "cat"}), "no class is called 'pig'; there are: ape, cat, cow, dog"),
        (ClassMapping({}, frozenset({"Cat"})), "no class is called 'Cat'"),
        (ClassMapping({"cat": "x"}, frozenset({"cat"})), "'cat' cannot be renamed and left out"),
        (ClassMapping({"cat": " "}), "the new name of 'cat' is empty"),
        (ClassMapping({}, frozenset(SET.class_names)), "every class is left out"),
    ],
)
def test_a_mapping_that_does_not_fit(mapping: ClassMapping, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mapping.apply(SET)
