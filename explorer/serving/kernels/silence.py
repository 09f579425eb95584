"""Kernels that end when nobody has been heard of their pages for a while.

A page that is closed says so, and its kernel ends. One whose tab or browser was killed, or whose
network is lost, says nothing. Its WebSocket tells: the server pings it, and the browser's network
process answers, also for a tab in the background, whose scripts may sleep for minutes. A kernel
without a WebSocket has time for a page that loads slowly or connects again, and then ends, busy or
not. Trainings are processes of their own and go on.

Altogether a page is silent for 51 seconds at most: two pings until its WebSocket counts as lost,
`SILENCE_S`, and the time from one look to the next.
"""

from __future__ import annotations

import time
from typing import Any
from weakref import WeakKeyDictionary

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

PING_MS = 8_000
"""From one ping of a WebSocket to the next."""
PONG_MS = 12_000
"""How old the last answer may be when a ping is due: more than `PING_MS`, less than twice it."""
SILENCE_S = 30
LOOK_S = 5


class HeardKernels(AsyncMappingKernelManager):  # type: ignore[misc]
    """Jupyter's kernels, culled by silence, where Jupyter culls by idleness."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._silent_since: WeakKeyDictionary[Any, float] = WeakKeyDictionary()

    def notify_disconnect(self, kernel_id: str) -> None:
        """Note that one of those who hear a kernel has gone."""
        super().notify_disconnect(kernel_id)
        if kernel_id in self:
            self._silent_since[self.get_kernel(kernel_id)] = time.monotonic()

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """End a kernel that had a page, and has none any more."""
        since = self._silent_since.get(self.get_kernel(kernel_id))
        if since is None or self._kernel_connections.get(kernel_id, 0) > 0:
            return
        if time.monotonic() - since >= SILENCE_S:
            await self.shutdown_kernel(kernel_id, now=True)
