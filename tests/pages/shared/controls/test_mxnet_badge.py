from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from explorer.pages.shared.controls import mxnet_badge
from explorer.pages.shared.controls.mxnet_badge import MxnetBadge
from explorer.pages.shared.page.notice import Notice, guarded


@dataclass
class Said:
    equal: bool
    text: str


def test_the_newest_question_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mxnet_badge, "SETTLED_S", 0.01)
    asked: list[str] = []

    def compare(name: str, equal: bool) -> Said:
        asked.append(name)
        return Said(equal, name)

    async def ask() -> None:
        badge = MxnetBadge(guarded(Notice()))
        assert badge.value == ""
        badge.ask(lambda: compare("first", True))
        assert "checking with MXNet's operator…" in badge.value
        badge.ask(lambda: compare("second", False))
        await asyncio.sleep(0.2)
        assert asked == ["second"]
        assert badge.value == '<span class="ssdx-badge ssdx-error" role="status">second</span>'
        badge.ask(lambda: compare("third", True))
        await asyncio.sleep(0.2)
        assert "ssdx-success" in badge.value
        badge.ask(None)
        assert badge.value == ""
        badge.ask(lambda: compare("fourth", True))
        badge.ask(None)
        await asyncio.sleep(0.05)
        assert (asked, badge.value) == (["second", "third"], "")

    asyncio.run(ask())


def test_what_goes_wrong_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mxnet_badge, "SETTLED_S", 0.0)
    problem = Notice()

    def fail() -> Said:
        raise ValueError("MXNet cannot")

    async def ask() -> None:
        MxnetBadge(guarded(problem)).ask(fail)
        await asyncio.sleep(0.1)

    asyncio.run(ask())
    assert problem.text == "MXNet cannot"


def test_without_a_loop_it_only_says_what_it_would_do() -> None:
    badge = MxnetBadge(guarded(Notice()))
    badge.ask(lambda: Said(True, "yes"))
    assert "checking" in badge.value


def test_it_can_be_shown_as_text_as_displaying_a_page_does() -> None:
    assert "MxnetBadge" in repr(MxnetBadge(guarded(Notice())))
