"""Buttons and a slider that lead through numbered steps, and play them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import ipywidgets as widgets

from explorer.i18n import N_, _
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page.notice import Guard
from explorer.pages.shared.page.parts import button, labelled, row

GoTo = Callable[[int], None]

STEP_S = 0.9
"""Pause between two steps that are played."""

PLAY, PAUSE = N_("▶ Play"), N_("❚❚ Pause")


class PlayButton(widgets.Button):
    """Plays steps to the last one, or all of them if one stands there; pressed again, it pauses.

    `where` returns the present step and the last by now; the other arguments are as of `StepBar`.
    """

    def __init__(
        self, where: Callable[[], tuple[int, int]], go_to: GoTo, guard: Guard, pause_s: float
    ) -> None:
        super().__init__(description=_(PLAY), tooltip=_("From here to the end"))
        self.layout.flex = "0 0 auto"
        self._where, self._go_to, self._pause_s = where, go_to, pause_s
        self._playing: asyncio.Task[None] | None = None
        self._run_guarded = guard(self._run)
        press = guard(self._play_or_pause)
        self.on_click(lambda _button: press())

    def stop(self) -> None:
        """Play no longer."""
        if self._playing is not None:
            self._playing.cancel()

    def _play_or_pause(self) -> None:
        if self._playing is not None and not self._playing.done():
            self.stop()
            return
        self._playing = asyncio.get_running_loop().create_task(self._run_guarded())

    def _is_at_end(self) -> bool:
        position, last = self._where()
        return position >= last

    async def _run(self) -> None:
        self.description = _(PAUSE)
        try:
            if self._is_at_end():
                self._go_to(0)
            while not self._is_at_end():
                await asyncio.sleep(self._pause_s)
                self._go_to(self._where()[0] + 1)
        finally:
            self.description = _(PLAY)


class StepBar:
    """First, previous, a slider, next, last, play.

    Parameters
    ----------
    label : str
        What the steps are, above the slider.
    go_to : callable
        Told the step that the user wants.
    plays : bool
        Whether there is a button that plays the steps.
    """

    def __init__(self, label: str, go_to: GoTo, guard: Guard, plays: bool = True) -> None:
        self._go_to = go_to
        self._position, self._last = 0, 0
        self._following = Following(guard)

        def step(sign: str, tooltip: str, target: Callable[[], int]) -> widgets.Button:
            go = guard(lambda: self._step(target()))
            return button(sign, go, tooltip, css_class="ssdx-small", flex="0 0 46px", width="46px")

        self._first = step("|◀", _("To the start"), lambda: 0)
        self._back = step("◀", _("Step back"), lambda: self._position - 1)
        self._forward = step("▶", _("Step forward"), lambda: self._position + 1)
        self._end = step("▶|", _("To the end"), lambda: self._last)
        self._slider = labelled(
            label, widgets.IntSlider(min=0, max=1, readout=False), flex="1 1 80px", min_width="0"
        )
        self._following.listen(self._slider, self._step)
        self._play = PlayButton(lambda: (self._position, self._last), go_to, guard, STEP_S)
        steps = row(
            self._first, self._back, self._slider, self._forward, self._end,
            align_items="flex-end", flex_flow="row nowrap",
        )  # fmt: skip
        self.widget = steps
        if plays:
            steps.layout.flex = "1 1 280px"
            self.widget = row(steps, self._play, align_items="flex-end")

    def show(self, position: int, last: int) -> None:
        """Stand at a step from 0 to `last`."""
        self._position, self._last = position, last
        with self._following:
            self._slider.max = max(last, 1)
            self._slider.value = position
        self._first.disabled = self._back.disabled = position == 0
        self._forward.disabled = self._end.disabled = position == last
        self._slider.disabled = self._play.disabled = last == 0

    def _step(self, position: int) -> None:
        self._play.stop()
        self._go_to(position)
