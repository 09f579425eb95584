"""A list of numbers to slide, to type, to lengthen and to shorten."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.controls.following_slider import FollowingSlider
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import button, labelled, row, set_class, show

NUM_ROWS = 6
"""Longer lists can be typed."""


class NumberList:
    """Sliders for the first numbers of a list, a field for all of them, and what is wrong there.

    Parameters
    ----------
    name, item : str
        Of the field (“Sizes, relative to the image”), and of one number (“Size”).
    low, high, step : float
        Of the sliders, which make room for a larger number.
    on_change : callable
        Told the whole list and a name for the edit, "" if it stands alone. Its `ValueError` is
        said below the field, which is marked until it is mended.
    """

    def __init__(
        self,
        name: str,
        item: str,
        low: float,
        high: float,
        step: float,
        on_change: Callable[[tuple[float, ...], str], None],
    ) -> None:
        self._name, self._item, self._high, self._on_change = name, item, high, on_change
        self._numbers: tuple[float, ...] = ()
        self._low, self._step = low, step
        self._problem = Notice()
        self._guard = guarded(self._problem)
        self._following = Following(self._guard)
        self._sliders: list[FollowingSlider] = []
        self._removers: list[widgets.Button] = []
        self._rows = widgets.VBox(layout={"grid_gap": "14px"})
        self._text = labelled(name, widgets.Text(continuous_update=False), flex="1 1 160px")
        more = _("+ {item}").format(item=item.lower())
        add = button(more, self._guard(self._append), flex="0 0 auto")
        foot = row(self._text, add, align_items="flex-end")
        self.widgets: tuple[widgets.Widget, ...] = (self._rows, foot, self._problem)
        self._problem.observe(self._mark, "value")
        self._following.listen(
            self._text, lambda text: on_change(parse_numbers(text, self._name), "")
        )

    def follow(self, numbers: tuple[float, ...]) -> None:
        """Show `numbers`, which are valid."""
        self._numbers = numbers
        self._problem.clear()
        # A row is made when it is first needed: each costs the page eight models of widgets.
        while len(self._rows.children) < min(len(numbers), NUM_ROWS):
            self._rows.children = (*self._rows.children, self._new_row(len(self._sliders)))
        with self._following:
            for number, (slider, line) in enumerate(
                zip(self._sliders, self._rows.children, strict=True)
            ):
                show(number < len(numbers), line)
                if number < len(numbers):
                    slider.max = max(self._high, numbers[number])
                    slider.follow(numbers[number])
            for remover in self._removers:
                remover.disabled = len(numbers) == 1
            self._text.value = ", ".join(f"{number:g}" for number in numbers)

    def _mark(self, change: dict[str, Any]) -> None:
        set_class(self._text, "ssdx-invalid", bool(change["new"]))

    def _new_row(self, number: int) -> widgets.Widget:
        """Return the slider of a number with its button to remove it."""
        name = f"{self._item} {number + 1}"
        slider = FollowingSlider(min=self._low, max=self._high, step=self._step)
        labelled(name, slider, width="auto")
        remover = button(
            "×", self._guard(partial(self._remove, number)), _("Remove {item}").format(item=name),
            css_class="ssdx-small", flex="0 0 36px", width="36px",
        )  # fmt: skip
        slider.on_move(self._guard(partial(self._slide, number)))
        self._sliders.append(slider)
        self._removers.append(remover)
        return row(slider, remover, flex_flow="row nowrap", align_items="flex-end")

    def _slide(self, number: int, value: float) -> None:
        numbers = (*self._numbers[:number], value, *self._numbers[number + 1 :])
        self._on_change(numbers, f"{self._item} {number}")

    def _remove(self, number: int) -> None:
        self._on_change((*self._numbers[:number], *self._numbers[number + 1 :]), "")

    def _append(self) -> None:
        """Add a number like the last one, which the user will change."""
        self._on_change((*self._numbers, self._numbers[-1]), "")


def parse_numbers(text: str, name: str) -> tuple[float, ...]:
    """Return the numbers of a comma separated list; brackets around it are allowed.

    Raises
    ------
    ValueError
        If something in it is not a number; the sentence calls the list `name`.
    """
    parts = text.strip().strip("[]()").replace(";", ",").replace(",", " ").split()
    numbers = []
    for part in parts:
        try:
            numbers.append(float(part))
        except ValueError:
            text = _(
                "{name}: “{part}” is not a number; write numbers separated by commas, like 0.2, "
                "0.272."
            )
            raise ValueError(text.format(name=name, part=part)) from None
    return tuple(numbers)
