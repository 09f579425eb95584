"""Buttons and a slider that lead through numbered steps, and play them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from explorer.i18n import N_, _
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page.parts import labelled, row

__all__ = ["StepBar"]

STEP_S = 0.9
"""Pause between two steps that are played."""

PLAY, PAUSE = N_("▶ Play"), N_("❚❚ Pause")


class StepBar:
    """First, previous, a slider, next, last, play.

    Parameters
    ----------
    label : str
        What the steps are, above the slider.
    go_to : callable
        Told the step that the user wants.
    guard : callable
        Decorates callbacks of controls.

    Attributes
    ----------
    widget : ipywidgets widget
    """

    def __init__(self, label: str, go_to: Callable[[int], None], guard: Callable[..., Any]) -> None:
        self._go_to = go_to
        self._position, self._last = 0, 0
        self._following = Following()
        self._playing: asyncio.Task[None] | None = None
        self._run_guarded = guard(self._run)
        buttons = (
            ("|◀", _("To the start"), lambda: 0),
            ("◀", _("Step back"), lambda: self._position - 1),
            ("▶", _("Step forward"), lambda: self._position + 1),
            ("▶|", _("To the end"), lambda: self._last),
        )
        self._buttons = []
        for sign, tip, target in buttons:
            button = widgets.Button(description=sign, tooltip=tip)
            button.layout.flex, button.layout.width = "0 0 46px", "46px"
            button.add_class("ssdx-small")
            button.on_click(guard(lambda _button, target=target: self._step(target())))
            self._buttons.append(button)
        self._slider = labelled(label, widgets.IntSlider(min=0, max=1, readout=False))
        self._slider.layout.flex = "1 1 80px"
        self._slider.layout.min_width, self._slider.layout.width = "0", "auto"
        self._slider.observe(guard(self._following.by_hand(self._slide)), "value")
        self._play = widgets.Button(description=_(PLAY), tooltip=_("From here to the end"))
        self._play.layout.flex = "0 0 auto"
        self._play.on_click(guard(lambda _button: self._play_or_pause()))
        first, back, forward, last = self._buttons
        steps = row(first, back, self._slider, forward, last)
        steps.layout.align_items, steps.layout.flex_flow = "flex-end", "row nowrap"
        steps.layout.flex = "1 1 280px"
        self.widget = row(steps, self._play)
        self.widget.layout.align_items = "flex-end"

    def show(self, position: int, last: int) -> None:
        """Stand at a step from 0 to `last`."""
        self._position, self._last = position, last
        with self._following:
            self._slider.max = max(last, 1)
            self._slider.value = position
        first, back, forward, end = self._buttons
        first.disabled = back.disabled = position == 0
        forward.disabled = end.disabled = position == last
        self._slider.disabled = self._play.disabled = last == 0

    def _step(self, position: int) -> None:
        self._stop()
        self._go_to(position)

    def _slide(self, change: dict[str, Any]) -> None:
        self._step(change["new"])

    def _stop(self) -> None:
        if self._playing is not None:
            self._playing.cancel()

    def _play_or_pause(self) -> None:
        if self._playing is not None and not self._playing.done():
            self._stop()
            return
        self._playing = asyncio.get_running_loop().create_task(self._run_guarded())

    async def _run(self) -> None:
        self._play.description = _(PAUSE)
        try:
            if self._position >= self._last:
                self._go_to(0)
            while self._position < self._last:
                await asyncio.sleep(STEP_S)
                self._go_to(self._position + 1)
        finally:
            self._play.description = _(PLAY)
