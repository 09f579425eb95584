"""Work that may wait until what matters more is on its way to the browser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Later:
    """Call `work` once, `seconds` after it was first asked for; asking again changes nothing.

    What is drawn is the state at that time, so the last state always arrives. With no running
    loop (a test, a script) it is called at once.
    """

    def __init__(self, work: Callable[[], None], seconds: float) -> None:
        self._work, self._seconds = work, seconds
        self._timer: asyncio.TimerHandle | None = None

    def ask(self) -> None:
        """Ask for the work."""
        if self._timer is not None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._work()
            return
        self._timer = loop.call_later(self._seconds, self._begin)

    def _begin(self) -> None:
        self._timer = None
        self._work()
