from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import pytest

from explorer.pages.shared.controls.number_field import NumberField
from explorer.pages.shared.page.notice import Notice


class Typing:
    """A field, what is typed into it and what becomes of that."""

    def __init__(self, value: float, **options: Any) -> None:
        self.field = NumberField("Number", "What it does.", **options)
        self.field.value = value
        self.text, notice = self.field.children
        assert isinstance(self.text, widgets.FloatText)
        assert isinstance(notice, Notice)
        self.notice = notice
        self.taken: list[float] = []
        self.field.observe(lambda change: self.taken.append(change["new"]), "value")

    def type(self, number: float) -> str:
        self.text.value = number
        assert self.text.value == self.field.value  # what is in the field is what is taken
        return self.notice.text


@pytest.fixture
def epochs() -> Typing:
    return Typing(8, low=1, high=10_000, whole=True)


def test_a_number_within_its_range_is_taken_without_a_word(epochs: Typing) -> None:
    assert (epochs.text.description, epochs.text.tooltip) == ("Number", "What it does.")
    assert [epochs.type(number) for number in (1, 10_000, 12)] == ["", "", ""]
    assert epochs.taken == [1, 10_000, 12]


@pytest.mark.parametrize(
    ("typed", "taken", "said"),
    [
        (99_999_999, 10_000, "Number: from 1 to 10,000, so it is set to 10,000."),
        (0, 1, "Number: from 1 to 10,000, so it is set to 1."),
        (2.7, 8, "Number: whole numbers only, so 8 stays."),
    ],
)
def test_another_number_is_said(epochs: Typing, typed: float, taken: float, said: str) -> None:
    assert epochs.type(typed) == said
    assert epochs.field.value == taken
    assert epochs.type(typed) == said  # once more, and nothing changes
    assert epochs.taken == ([] if taken == 8 else [taken])
    assert epochs.type(9) == ""


def test_small_numbers_are_written_out() -> None:
    rate = Typing(0.001, low=1e-6, high=1e6, step=0.001)
    said = "Number: from 0.000001 to 1,000,000, so it is set to 0.000001."
    assert rate.type(-5) == said
    assert rate.type(0.25) == ""
    assert rate.taken == [1e-6, 0.25]


def test_a_number_from_elsewhere_is_shown_and_ends_what_was_said(epochs: Typing) -> None:
    epochs.type(2.7)
    epochs.field.value = 20
    assert (epochs.text.value, epochs.notice.text) == (20, "")
