"""Updates to the browser at a pace that it can draw: the newest wins, the last always arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from explorer.i18n import _

Value = TypeVar("Value")


class Throttle(Generic[Value]):
    """Call `send` with pushed values, at most `frames_per_s` times a second.

    Voila has no back-pressure: a thousand quick updates are drawn for seconds, or lost at
    Jupyter's message limit. The first value goes at once; of those that follow within the
    frame only the newest is sent when the frame ends, so the final state always arrives.

    Use it on the kernel's event loop (callbacks of widgets are); not from threads. With no
    running loop (a plain script, a test) every value goes at once.

    Parameters
    ----------
    send : callable
        Takes the value; normally sets the data of a source.
    frames_per_s : float
        At most this many calls per second.
    """

    def __init__(self, send: Callable[[Value], None], frames_per_s: float = 10.0) -> None:
        if not frames_per_s > 0:
            text = _("frames_per_s must be above 0, got {frames_per_s:g}")
            raise ValueError(text.format(frames_per_s=frames_per_s))
        self._send = send
        self._seconds_per_frame = 1.0 / frames_per_s
        self._pending: list[Value] = []
        self._timer: asyncio.TimerHandle | None = None

    def push(self, value: Value) -> None:
        """Send `value` now, or when the present frame ends unless a newer one comes."""
        if self._timer is not None:
            self._pending[:] = [value]
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._send(value)
            return
        self._timer = loop.call_later(self._seconds_per_frame, self._frame_ends)
        self._send(value)

    def _frame_ends(self) -> None:
        self._timer = None
        if self._pending:
            self.push(self._pending.pop())
