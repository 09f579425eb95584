"""The training page in a headless browser, as users have it open while training goes on."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from tests.browser.browsing import (
    CHROMIUM_ARGUMENTS,
    PATIENCE_S,
    Server,
    chromium,
    free_port,
    start_server,
    stop_server,
    wait_until_up,
)

_SETTLED_CORES = 0.2
_SETTLE_AT_MOST_S = 20.0


class LivePages:
    """Open pages with all the processes that they need: server, kernels, browser.

    Parameters
    ----------
    pages : list of playwright Page
    server : psutil.Process
        Its children are the kernels, a spare one for the next visitor among them.
    browser : psutil.Process
        What drives the browser; all that descends from it is the browser.
    """

    def __init__(self, pages: list[Any], server: psutil.Process, browser: psutil.Process) -> None:
        self._pages = pages
        self._server = server
        self._browser = browser

    def wait_for_text(self, text: str) -> None:
        """Return when each page shows `text`; fail when one does not for long."""
        for page in self._pages:
            page.get_by_text(text).first.wait_for(timeout=PATIENCE_S * 1000)

    def settle(self) -> None:
        """Wait until all is started: the server warms the next visitor's kernel up meanwhile."""
        deadline = time.monotonic() + _SETTLE_AT_MOST_S
        used = _SETTLED_CORES
        while used >= _SETTLED_CORES and time.monotonic() < deadline:
            before = self.processor_seconds().total()
            time.sleep(1.0)
            used = self.processor_seconds().total() - before

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Give the pages no processor time inside the block."""
        stopped = [process for group in self._processes().values() for process in group]
        try:
            for process in stopped:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.suspend()
            yield
        finally:
            for process in stopped:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()

    def processor_seconds(self) -> Counter[str]:
        """Return the processor time that the server, the kernels and the browser have used."""
        seconds = Counter[str]()
        for kind, processes in self._processes().items():
            for process in processes:
                with contextlib.suppress(psutil.NoSuchProcess):
                    used = process.cpu_times()
                    seconds[kind] += used.user + used.system
        return seconds

    def _processes(self) -> dict[str, list[psutil.Process]]:
        return {
            "server": [self._server],
            "kernels": self._server.children(recursive=True),
            "browser": [self._browser, *self._browser.children(recursive=True)],
        }


@contextlib.contextmanager
def follow_training(runs: Path, num_pages: int = 1) -> Iterator[LivePages | None]:
    """Serve the dashboards and open the training page; None where there is no browser.

    Parameters
    ----------
    runs : Path
        The folder of runs; the pages follow the one that is under way.
    num_pages : int
        How many times it is open, in one browser, each page in a window of its own.
    """
    program = chromium()
    if program is None:
        yield None
        return
    from playwright.sync_api import sync_playwright

    port = free_port()
    server = start_server(port, runs, runs / "server.log")
    try:
        wait_until_up(port, server)
        before = set(psutil.Process().children())
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGUMENTS)
            (driver,) = set(psutil.Process().children()) - before
            pages = [_opened(browser, Server(port, runs, server)) for _ in range(num_pages)]
            yield LivePages(pages, psutil.Process(server.pid), driver)
            browser.close()
    finally:
        stop_server(server)


def _opened(browser: Any, server: Server) -> Any:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(PATIENCE_S * 1000)
    page.goto(server.address("voila/render/train_live.ipynb"))
    page.wait_for_selector("body.ssdx-ready")
    return page
