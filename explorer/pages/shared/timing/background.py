"""Work that a callback begins and does not wait for, on the kernel's own loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

_running: set[asyncio.Task[Any]] = set()
"""The loop itself holds tasks weakly: one that nobody holds may vanish before its end."""


def start(work: Coroutine[Any, Any, Any], guard: Callable[..., Any] | None = None) -> None:
    """Do `work` on the running loop; `guard` says what it raises, see `guarded`.

    With no running loop (a plain script, a test) it is not done: no page is open, and nobody waits.
    """

    async def do() -> None:
        await work

    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        work.close()
        return
    guarded = guard(do) if guard else do
    task = loop.create_task(guarded())
    _running.add(task)
    task.add_done_callback(_running.discard)


async def all_done() -> None:
    """Wait for all that was started, and for what that has started."""
    while _running:
        await asyncio.gather(*_running)
