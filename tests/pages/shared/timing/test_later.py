from __future__ import annotations

import asyncio

from explorer.pages.shared.timing.later import Later


def test_asked_often_it_works_once_and_again_when_asked_later() -> None:
    calls: list[int] = []
    value = 0
    later = Later(lambda: calls.append(value), 0.01)

    async def ask() -> None:
        nonlocal value
        for number in range(5):
            value = number
            later.ask()
        assert calls == []
        await asyncio.sleep(0.05)
        assert calls == [4]  # the last state
        value = 9
        later.ask()
        await asyncio.sleep(0.05)

    asyncio.run(ask())
    assert calls == [4, 9]


def test_without_a_loop_it_works_at_once() -> None:
    calls: list[int] = []
    Later(lambda: calls.append(1), 10).ask()
    assert calls == [1]
