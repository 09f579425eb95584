from __future__ import annotations

import asyncio

import ipywidgets as widgets
import pytest

from explorer.pages.shared.controls import step_bar
from explorer.pages.shared.controls.step_bar import PAUSE, PLAY, StepBar
from explorer.pages.shared.page.notice import Notice, guarded


class Steps:
    """A model of six positions with a bar that follows it."""

    def __init__(self) -> None:
        self.gone: list[int] = []
        self.bar = StepBar("Rounds", self.go_to, guarded(Notice()))
        self.bar.show(0, 5)

    def go_to(self, position: int) -> None:
        self.gone.append(position)
        self.bar.show(position, 5)

    def control(self, name: str) -> widgets.Widget:
        steps, play = self.bar.widget.children
        return {each.description: each for each in (*steps.children, play)}[name]


def test_buttons_and_slider_ask_for_steps() -> None:
    steps = Steps()
    assert steps.control("◀").disabled
    assert steps.control("|◀").disabled
    for name in ("▶", "▶", "▶|", "◀", "|◀"):
        steps.control(name).click()
    assert steps.gone == [1, 2, 5, 4, 0]
    steps.control("Rounds").value = 3
    assert steps.gone[-1] == 3
    assert not steps.control("◀").disabled
    steps.bar.show(5, 5)
    assert steps.control("▶").disabled
    assert steps.control("▶|").disabled
    assert steps.gone[-1] == 3  # what is shown is nobody's wish


def test_without_steps_there_is_nothing_to_press() -> None:
    steps = Steps()
    steps.bar.show(0, 0)
    assert all(steps.control(name).disabled for name in ("|◀", "◀", "▶", "▶|", "Rounds", PLAY))


def test_it_plays_to_the_end_pauses_and_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_bar, "STEP_S", 0.001)
    steps = Steps()
    play = steps.control(PLAY)

    async def its_end() -> None:
        await asyncio.sleep(0)  # it begins
        while play.description != PLAY:
            await asyncio.sleep(0.001)

    async def watch() -> None:
        steps.bar.show(3, 5)
        play.click()
        await its_end()
        assert steps.gone == [4, 5]
        assert play.description == PLAY
        steps.gone.clear()
        play.click()  # at the end: from the start
        await asyncio.sleep(0)
        assert play.description == PAUSE
        play.click()
        await its_end()
        assert steps.gone == [0]
        assert play.description == PLAY
        play.click()
        await asyncio.sleep(0)
        steps.control("▶").click()  # the user's own step ends it
        await its_end()
        assert steps.gone == [0, 1]

    asyncio.run(watch())
