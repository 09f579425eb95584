"""Work in a thread: what is heard of it, and what is not."""

from __future__ import annotations

import asyncio
import threading

import pytest
import traitlets as t

from explorer.pages.shared.timing.attempt import Attempt


class Model(t.HasTraits):  # type: ignore[misc]
    progress = t.Float(0.0)


def followed() -> tuple[Model, list[float]]:
    model, seen = Model(), []
    model.observe(lambda change: seen.append(change["new"]), "progress")
    return model, seen


def test_progress_is_shown_by_the_hundredth() -> None:
    model, seen = followed()
    attempt = Attempt(model)

    def work() -> str:
        assert threading.current_thread() is not threading.main_thread()
        for done in range(10_001):
            attempt.progress(done, 10_000)
        return "done"

    assert asyncio.run(attempt.run(work)) == "done"
    assert seen == [percent / 100 for percent in range(1, 101)]  # it was 0.0 before


def test_each_of_a_few_steps_is_shown_and_none_of_nothing_is_all() -> None:
    model, seen = followed()
    attempt = Attempt(model)

    def work() -> None:
        for done in range(1, 5):
            attempt.progress(done, 4)
        attempt.progress(0.5)
        attempt.progress(0, 0)

    asyncio.run(attempt.run(work))
    assert seen == [0.25, 0.5, 0.75, 1.0, 0.5, 1.0]


def test_nothing_is_heard_after_cancel() -> None:
    model, seen = followed()
    told: list[str] = []
    attempt = Attempt(model)
    may_go_on = threading.Event()

    def work() -> bool:
        attempt.progress(0.25)
        assert may_go_on.wait(10)
        attempt.progress(0.75)
        attempt.tell(told.append, "late")
        return attempt.is_cancelled()

    async def main() -> bool:
        running = asyncio.ensure_future(attempt.run(work))
        while not seen:
            await asyncio.sleep(0.001)
        attempt.cancel()
        may_go_on.set()
        return await running

    assert not attempt.is_cancelled()
    assert asyncio.run(main())
    assert (seen, told) == ([0.25], [])


def test_what_the_work_raises_is_raised() -> None:
    def work() -> None:
        raise ValueError("the disk is full")

    with pytest.raises(ValueError, match="the disk is full"):
        asyncio.run(Attempt(Model()).run(work))
