"""The training page in a headless browser, as a user has it open while training goes on."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from tests.pages.browsing import (
    CHROMIUM_ARGUMENTS,
    PATIENCE_S,
    Server,
    chromium,
    free_port,
    start_server,
    stop_server,
    wait_until_up,
)

__all__ = ["LivePage", "follow_training"]

_SETTLED_CORES = 0.2
_SETTLE_AT_MOST_S = 20.0


class LivePage:
    """An open page with all the processes that it needs: server, kernels, browser.

    Parameters
    ----------
    page : playwright Page
    roots : list of psutil.Process
        They and all that descends from them belong to the page.
    """

    def __init__(self, page: Any, roots: list[psutil.Process]) -> None:
        self._page = page
        self._roots = roots

    def wait_for_text(self, text: str) -> None:
        """Return when the page shows `text`; fail when it does not for long."""
        self._page.get_by_text(text).first.wait_for(timeout=PATIENCE_S * 1000)

    def settle(self) -> None:
        """Wait until all is started: the server warms the next visitor's kernel up meanwhile."""
        deadline = time.monotonic() + _SETTLE_AT_MOST_S
        used = _SETTLED_CORES
        while used >= _SETTLED_CORES and time.monotonic() < deadline:
            before = self.processor_seconds()
            time.sleep(1.0)
            used = self.processor_seconds() - before

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Give the page no processor time inside the block."""
        stopped = self._processes()
        try:
            for process in stopped:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.suspend()
            yield
        finally:
            for process in stopped:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()

    def processor_seconds(self) -> float:
        """Return the processor time that its processes have used so far."""
        seconds = 0.0
        for process in self._processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                used = process.cpu_times()
                seconds += used.user + used.system
        return seconds

    def _processes(self) -> list[psutil.Process]:
        return [
            process for root in self._roots for process in (root, *root.children(recursive=True))
        ]


@contextlib.contextmanager
def follow_training(runs: Path) -> Iterator[LivePage | None]:
    """Serve the dashboards and open the training page; None where there is no browser.

    Parameters
    ----------
    runs : Path
        The folder of runs; the page follows the one that is under way.
    """
    program = chromium()
    if program is None:
        yield None
        return
    from playwright.sync_api import sync_playwright

    before = set(psutil.Process().children())
    port = free_port()
    server = start_server(port, runs, runs / "server.log")
    try:
        wait_until_up(port, server)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGUMENTS)
            roots = [child for child in psutil.Process().children() if child not in before]
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.set_default_timeout(PATIENCE_S * 1000)
            page.goto(Server(port, runs, server).address("voila/render/train_live.ipynb"))
            page.wait_for_selector("body.ssdx-ready")
            yield LivePage(page, roots)
            browser.close()
    finally:
        stop_server(server)
