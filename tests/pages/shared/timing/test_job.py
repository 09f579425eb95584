"""Work in a thread: what is heard of it, and what is not."""

from __future__ import annotations

import asyncio
import threading

import pytest
import traitlets as t

from explorer.datasets.folder_in_place import CancelledError
from explorer.pages.shared.timing.job import Attempt, Job


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
        with pytest.raises(CancelledError):
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


def states(job: Job) -> list[str]:
    """Return a list that every later state is added to."""
    seen: list[str] = []
    job.observe(lambda change: seen.append(change["new"]), "state")
    return seen


def test_a_job_works_until_its_result_is_taken() -> None:
    job = Job()
    seen = states(job)

    def work(attempt: Attempt) -> int:
        assert (job.works, job.doing) == (True, "Counting…")
        attempt.progress(1, 4)
        return 7

    async def main() -> None:
        assert await job.perform(work, doing="Counting…") == 7
        await asyncio.sleep(0)
        assert (job.state, job.progress) == ("working", 0.25)
        job.rest()

    asyncio.run(main())
    assert (seen, job.doing, job.problem) == (["working", "idle"], "", "")


def test_a_job_that_fails_says_why_until_the_next_attempt() -> None:
    job = Job()

    def fail(_attempt: Attempt) -> int:
        raise ValueError("the file is empty")

    assert asyncio.run(job.perform(fail)) is None
    assert (job.state, job.problem) == ("failed", "the file is empty")
    assert asyncio.run(job.perform(lambda _attempt: 1)) == 1
    assert (job.state, job.problem) == ("working", "")


def test_a_job_is_at_rest_after_what_nobody_foresaw() -> None:
    def fail(_attempt: Attempt) -> int:
        raise ZeroDivisionError

    job = Job()
    with pytest.raises(ZeroDivisionError):
        asyncio.run(job.perform(fail))
    assert (job.state, job.problem) == ("idle", "")


async def cancelled(job: Job, end: BaseException | str) -> tuple[str, str, list[str]]:
    """Cancel a job, and let its thread come to an end; return the states and what was let go."""
    let_go: list[str] = []
    may_go_on = threading.Event()

    def work(attempt: Attempt) -> str:
        assert may_go_on.wait(10)
        assert attempt.is_cancelled()
        if isinstance(end, BaseException):
            raise end
        return end

    running = asyncio.ensure_future(job.perform(work, let_go.append))
    await asyncio.sleep(0.01)
    job.cancel()
    at_once = job.state
    may_go_on.set()
    assert await running is None
    assert job.problem == ""
    return at_once, job.state, let_go


class Careful(Job):
    comes_to_its_end = True


@pytest.mark.parametrize("end", [CancelledError(), OSError("too late"), "a result"])
def test_what_is_cancelled_comes_to_nothing(end: BaseException | str) -> None:
    let_go = [end] if end == "a result" else []
    assert asyncio.run(cancelled(Job(), end)) == ("idle", "idle", let_go)
    assert asyncio.run(cancelled(Careful(), end)) == ("working", "idle", let_go)


def test_a_cancelled_attempt_leaves_the_next_one_alone() -> None:
    job = Job()
    may_go_on = threading.Event()

    async def main() -> None:
        first = asyncio.ensure_future(job.perform(lambda _attempt: may_go_on.wait(10)))
        await asyncio.sleep(0.01)
        second = asyncio.ensure_future(job.perform(lambda _attempt: may_go_on.wait(10)))
        await asyncio.sleep(0.01)
        may_go_on.set()
        assert (await first, await second) == (None, True)
        assert job.works

    asyncio.run(main())
