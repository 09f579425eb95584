"""A badge that says whether MXNet's operator agrees with what a panel shows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import ipywidgets as widgets

from explorer.i18n import _

SETTLED_S = 0.4
"""MXNet is asked when nothing has changed for this long."""


class Agreement(Protocol):
    """The result of a comparison."""

    @property
    def equal(self) -> bool:
        """Whether MXNet says the same."""

    @property
    def text(self) -> str:
        """One line."""


class MxnetBadge(widgets.HTML):
    """Empty until it is asked; the newest question wins.

    Parameters
    ----------
    guard : callable
        Decorates the comparison: what goes wrong is said on the page.
    """

    def __init__(self, guard: Callable[..., Any]) -> None:
        super().__init__()
        self._guard = guard
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="mxnet-badge")
        self._comparison: asyncio.Task[None] | None = None

    def ask(self, compare: Callable[[], Agreement] | None) -> None:
        """Call `compare` in a thread a moment from now, and show what it says; None clears.

        With no running loop (a script, a test) nothing is compared.
        """
        if self._comparison is not None:
            self._comparison.cancel()
            self._comparison = None
        if compare is None:
            self.value = ""
            return
        self._say(_("checking with MXNet's operator…"), "info")
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._comparison = loop.create_task(self._guard(self._ask_now)(compare))

    async def _ask_now(self, compare: Callable[[], Agreement]) -> None:
        await asyncio.sleep(SETTLED_S)
        loop = asyncio.get_running_loop()
        agreement = await loop.run_in_executor(self._executor, compare)
        self._say(agreement.text, "success" if agreement.equal else "error")

    def _say(self, text: str, kind: str) -> None:
        self.value = f'<span class="ssdx-badge ssdx-{kind}" role="status">{text}</span>'
