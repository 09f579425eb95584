"""Long work in a thread: how far it is, what it comes to, and whether anybody still wants it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import traitlets as t

from explorer.datasets.folder_in_place import CancelledError

Result = TypeVar("Result")


class Attempt:
    """One go at long work. Whoever begins the next one cancels this one first.

    Parameters
    ----------
    model : traitlets.HasTraits
        Its trait `progress` becomes the part that is done, 0 to 1, until `cancel`.
    """

    def __init__(self, model: t.HasTraits) -> None:
        self._model = model
        self._cancelled = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._percent = -1

    def cancel(self) -> None:
        """Report nothing more of it; the work itself has to ask `is_cancelled`."""
        self._cancelled.set()

    def is_cancelled(self) -> bool:
        """Say whether nobody wants the result any more."""
        return self._cancelled.is_set()

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do the work in a thread, and return what it returns, or raise what it raises."""
        self._loop = asyncio.get_running_loop()
        return await self._loop.run_in_executor(None, work)

    def progress(self, done: float, total: float = 1) -> None:
        """From the thread: tell what part is done; every hundredth is shown, not every step.

        Raises
        ------
        CancelledError
            If nobody wants it any more.
        """
        if self.is_cancelled():
            raise CancelledError
        percent = int(100 * done // total) if total else 100
        if percent != self._percent:
            self._percent = percent
            self.tell(self._model.set_trait, "progress", done / total if total else 1.0)

    def tell(self, function: Callable[..., Any], *values: Any) -> None:
        """From the thread: call `function` on the event loop, unless it is cancelled by then."""

        def call() -> None:
            if not self.is_cancelled():
                function(*values)

        assert self._loop is not None, "it tells only while it runs"
        self._loop.call_soon_threadsafe(call)


class Job(t.HasTraits):
    """A model with long work, done in a thread while its traits change on the event loop alone."""

    state = t.Enum(("idle", "working", "ready", "failed"), "idle")
    """{"idle", "working", "ready", "failed"}: "working" from `begin` on, until who awaits
    `perform` has taken what it returns.
    """
    doing = t.Unicode("")
    """What is under way where that has several parts, or ""."""
    progress = t.Float(0.0)
    """float in [0, 1]."""
    problem = t.Unicode("")
    """One sentence about the last attempt, or ""."""
    comes_to_its_end = False
    """Whether it is at work until the thread has ended what was cancelled."""

    _attempt: Attempt | None = None

    @property
    def works(self) -> bool:
        """Whether something is under way."""
        return bool(self.state == "working")

    @property
    def at_rest(self) -> str:
        """The state while nothing is under way."""
        return "idle"

    def begin(self, doing: str = "") -> Attempt:
        """Cancel what is under way, and return the next attempt."""
        self.cancel()
        attempt = self._attempt = Attempt(self)
        with self.hold_trait_notifications():
            self.problem, self.progress = "", 0.0
            self.state, self.doing = "working", doing
        return attempt

    async def perform(
        self,
        work: Callable[[Attempt], Result],
        let_go: Callable[[Result], object] = lambda _result: None,
        doing: str = "",
    ) -> Result | None:
        """Do `work` in a thread, and return what it returns.

        None if it is cancelled (`let_go` gets what came too late), or if it fails: see `fail`.
        """
        attempt = self.begin(doing)
        wanted = False
        try:
            result = await attempt.run(partial(work, attempt))
            wanted = not attempt.is_cancelled()
            if wanted:
                return result
            let_go(result)
        except CancelledError:
            pass
        except (OSError, ValueError) as error:
            if not attempt.is_cancelled():
                self.fail(error)
        finally:
            if self.works and not wanted and attempt is self._attempt:
                self.rest()
        return None

    def cancel(self) -> None:
        """Report nothing more of what is under way; what was there stays."""
        if self._attempt is not None:
            self._attempt.cancel()
        if self.works and not self.comes_to_its_end:
            self.rest()

    def rest(self) -> None:
        """Nothing is under way any more."""
        self.state, self.doing = self.at_rest, ""

    def fail(self, error: Exception) -> None:
        """Say why the last attempt came to nothing."""
        self.state, self.doing, self.problem = "failed", "", str(error)
