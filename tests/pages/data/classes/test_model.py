"""What becomes of the classes of a set."""

from __future__ import annotations

import pytest

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.own.class_list import ClassMapping
from explorer.pages.data.classes.model import ClassPlan
from tests.datasets.labelled import a_set, labelled

BOX = (10.0, 10.0, 50.0, 60.0)


def set_with(*classes: str) -> AnnotationSet:
    """Return a set with one object of each class, each on an image of its own."""
    images = [labelled(f"{number}.jpg", [(name, BOX)]) for number, name in enumerate(classes)]
    return a_set(*images, class_names=classes)


@pytest.fixture
def plan() -> ClassPlan:
    plan = ClassPlan()
    plan.show_set(set_with("cat", "dog", "cow"))
    return plan


def test_nothing_is_planned_at_first(plan: ClassPlan) -> None:
    assert [(each.found.name, each.new_name, each.kept) for each in plan.classes] == [
        ("cat", "cat", True), ("dog", "dog", True), ("cow", "cow", True),
    ]  # fmt: skip
    assert plan.mapping == ClassMapping()


def test_classes_are_renamed_merged_and_left_out(plan: ClassPlan) -> None:
    plan.rename("cat", " dog ")
    plan.keep("cow", False)
    assert plan.mapping == ClassMapping({"cat": "dog"}, frozenset({"cow"}))
    mapped = plan.mapping.apply(set_with("cat", "dog", "cow"))
    assert mapped.class_names == ("dog",)
    assert [[one.class_name for one in image.objects] for image in mapped.images] == [
        ["dog"], ["dog"], [],
    ]  # fmt: skip
    plan.reset()
    assert plan.mapping == ClassMapping()


def test_a_class_that_is_left_out_is_not_renamed(plan: ClassPlan) -> None:
    plan.rename("cat", "tiger")
    plan.keep("cat", False)
    assert plan.mapping == ClassMapping({}, frozenset({"cat"}))
    plan.keep("cat", True)
    assert plan.mapping == ClassMapping({"cat": "tiger"})


def test_what_cannot_be_is_refused_and_changes_nothing(plan: ClassPlan) -> None:
    with pytest.raises(ValueError, match="the new name of 'cat' is empty"):
        plan.rename("cat", "  ")
    plan.keep("cat", False)
    plan.keep("dog", False)
    with pytest.raises(ValueError, match="at least one class must stay"):
        plan.keep("cow", False)
    assert plan.mapping == ClassMapping({}, frozenset({"cat", "dog"}))


def test_the_plan_of_a_mended_set_stays_and_that_of_another_is_new(plan: ClassPlan) -> None:
    plan.rename("cat", "tiger")
    plan.show_set(set_with("cat", "dog"))
    assert plan.mapping == ClassMapping({"cat": "tiger"})
    plan.forget()
    plan.show_set(set_with("cat", "dog"))
    assert plan.mapping == ClassMapping()


def test_a_mapping_is_used_as_far_as_there_are_classes(plan: ClassPlan) -> None:
    plan.use(ClassMapping({"cat": "tiger", "bird": "crow"}, frozenset({"cow", "fish"})))
    assert plan.mapping == ClassMapping({"cat": "tiger"}, frozenset({"cow"}))
    plan.use(ClassMapping({}, frozenset({"cat", "dog", "cow"})))
    assert plan.mapping == ClassMapping({"cat": "tiger"}, frozenset({"cow"}))


def test_a_class_without_a_name_is_none_that_could_stay_alone() -> None:
    plan = ClassPlan()
    plan.show_set(set_with("cat", ""))
    with pytest.raises(ValueError, match="at least one class must stay"):
        plan.keep("cat", False)
    assert plan.mapping == ClassMapping()


def test_when_all_that_was_kept_is_gone_all_others_are_kept(plan: ClassPlan) -> None:
    plan.keep("cat", False)
    plan.keep("dog", False)
    plan.show_set(set_with("cat", "dog"))
    assert plan.mapping == ClassMapping()
