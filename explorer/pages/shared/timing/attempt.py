"""Long work in a thread: how far it is, and whether anybody still wants it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import traitlets as t

__all__ = ["Attempt"]

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
        """From the thread: tell what part is done; every hundredth is shown, not every step."""
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
