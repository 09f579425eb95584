from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.pages.shared.timing.throttle import Throttle


def pushed(values: list[int], gap_s: float | None = None, frames_per_s: float = 50.0) -> list[int]:
    """Return what arrives when `values` are pushed with `gap_s` between them."""
    sent: list[int] = []

    async def push_all() -> None:
        throttle = Throttle(sent.append, frames_per_s)
        for value in values:
            throttle.push(value)
            if gap_s is not None:
                await asyncio.sleep(gap_s)
        await asyncio.sleep(2.5 / frames_per_s)

    asyncio.run(push_all())
    return sent


def test_the_first_goes_at_once_and_of_a_burst_only_the_last_follows() -> None:
    assert pushed(list(range(1000))) == [0, 999]


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(), min_size=1, max_size=30))
def test_the_final_state_always_arrives_and_order_is_kept(values: list[int]) -> None:
    numbered = list(enumerate(values))
    sent: list[tuple[int, int]] = []

    async def push_all() -> None:
        throttle = Throttle(sent.append, frames_per_s=500.0)
        for index, value in numbered:
            throttle.push((index, value))
            await asyncio.sleep(0.001 * (index % 3))
        await asyncio.sleep(0.01)

    asyncio.run(push_all())
    assert sent[-1] == numbered[-1]
    assert sent == sorted(sent)


def test_no_more_than_the_given_number_of_frames_a_second() -> None:
    began = time.monotonic()
    sent = pushed(list(range(60)), gap_s=0.005, frames_per_s=20.0)
    seconds = time.monotonic() - began
    assert len(sent) <= 20.0 * seconds + 1
    assert sent[-1] == 59


def test_slow_updates_are_not_held_back() -> None:
    assert pushed([1, 2, 3], gap_s=0.05, frames_per_s=50.0) == [1, 2, 3]


def test_without_a_loop_every_value_goes_at_once() -> None:
    sent: list[int] = []
    throttle = Throttle(sent.append)
    for value in range(5):
        throttle.push(value)
    assert sent == [0, 1, 2, 3, 4]


def test_a_rate_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="frames_per_s must be above 0, got 0"):
        Throttle(print, frames_per_s=0)
