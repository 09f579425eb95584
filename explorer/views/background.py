"""Work that a callback begins and does not wait for, on the kernel's own loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

__all__ = ["all_done", "start"]

_running: set[asyncio.Task[Any]] = set()
"""The loop itself holds tasks weakly: one that nobody holds may vanish before its end."""


def start(work: Coroutine[Any, Any, Any], guard: Callable[..., Any] | None = None) -> None:
    """Do `work` on the running loop; `guard` says what it raises, see `guarded`."""

    async def do() -> None:
        await work

    task = asyncio.get_running_loop().create_task((guard(do) if guard else do)())
    _running.add(task)
    task.add_done_callback(_running.discard)


async def all_done() -> None:
    """Wait for all that was started."""
    await asyncio.gather(*_running)
