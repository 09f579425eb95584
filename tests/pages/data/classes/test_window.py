"""A long list of classes, of which a part is on the page."""

from __future__ import annotations

import pytest

from explorer.pages.data.classes.model import ClassPlan
from explorer.pages.data.classes.window import SHOWN, ClassWindow
from tests.pages.data.classes.test_model import set_with

NAMES = tuple(f"class {number:02d}" for number in range(45))


@pytest.fixture
def plan() -> ClassPlan:
    return ClassPlan()


@pytest.fixture
def window(plan: ClassPlan) -> ClassWindow:
    window = ClassWindow(plan)
    plan.show_set(set_with(*NAMES))
    return window


def test_nothing_and_a_few_need_no_window(plan: ClassPlan) -> None:
    window = ClassWindow(plan)
    assert (window.shown, window.num_found, window.is_needed) == ((), 0, False)
    plan.show_set(set_with(*NAMES[:SHOWN]))
    assert (window.shown, window.is_needed) == (tuple(range(SHOWN)), False)
    plan.show_set(set_with(*NAMES[: SHOWN + 1]))
    assert (window.shown, window.is_needed) == (tuple(range(SHOWN)), True)


def test_pages_are_turned_and_end_at_the_ends(window: ClassWindow) -> None:
    seen = []
    for by in (0, 1, 1, 1, -1, -1, -1):
        window.turn(by)
        seen.append(window.place_text())
    assert seen == [
        "1–20 of 45", "21–40 of 45", "41–45 of 45", "41–45 of 45", "21–40 of 45", "1–20 of 45",
        "1–20 of 45",
    ]  # fmt: skip
    window.turn(2)
    assert window.shown == (40, 41, 42, 43, 44)


def test_a_text_finds_old_and_new_names(window: ClassWindow, plan: ClassPlan) -> None:
    window.turn(1)
    plan.rename("class 03", "Tiger")
    assert window.place_text() == "21–40 of 45"
    window.look_for(" tiGer ")
    assert (window.shown, window.first, window.place_text()) == ((3,), 0, "1–1 of 1")
    window.look_for("class 4")
    assert window.shown == (40, 41, 42, 43, 44)
    window.look_for("zebra")
    assert (window.shown, window.place_text()) == ((), "No class has this in its name.")
    assert window.is_needed


def test_another_set_begins_anew_and_a_shorter_list_at_its_end(
    window: ClassWindow, plan: ClassPlan
) -> None:
    window.turn(2)
    plan.show_set(set_with(*NAMES[:25]))  # the boxes of the other classes were deleted
    assert (window.shown, window.place_text()) == (tuple(range(20, 25)), "21–25 of 25")
    window.look_for("class 1")
    plan.forget()
    plan.show_set(set_with(*NAMES))
    assert (window.text, window.shown) == ("", tuple(range(SHOWN)))
