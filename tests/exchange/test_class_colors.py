"""Colours of the classes, and what is written on them."""

from __future__ import annotations

import pytest

from explorer.exchange.class_colors import CLASS_COLORS, class_color, ink_on


def test_the_eighth_class_has_the_first_colour_again() -> None:
    assert [class_color(number) for number in (0, 6, 7, 9)] == [
        CLASS_COLORS[0], CLASS_COLORS[6], CLASS_COLORS[0], CLASS_COLORS[2],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("color", "ink"),
    [
        ("#FFFFFF", "black"), ("#F0E442", "black"), ("#56B4E9", "black"), ("#E69F00", "black"),
        ("#D55E00", "black"), ("#0072B2", "white"), ("#000000", "white"),
    ],
)  # fmt: skip
def test_what_can_be_read_on_it(color: str, ink: str) -> None:
    assert ink_on(color) == ink
