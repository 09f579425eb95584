"""A dashboard in a headless browser, as a user has it open while something else is measured."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

__all__ = ["LivePage", "find_browser", "follow_training"]

_PATIENCE_S = 120.0
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


def find_browser() -> str | None:
    """Return the program: `CHROMIUM`, else the first of the usual names; None without one."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


class LivePage:
    """An open page with all the processes that it needs: server, kernels, browser.

    Parameters
    ----------
    page : playwright Page
    server : pid of the dashboards' server
    driver : pids of what runs the browser
    """

    def __init__(self, page: Any, roots: list[psutil.Process]) -> None:
        self._page = page
        self._roots = roots

    def wait_for_text(self, text: str) -> None:
        """Return when the page shows `text`; fail when it does not for long."""
        self._page.get_by_text(text).first.wait_for(timeout=_PATIENCE_S * 1000)

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
    browser = find_browser()
    if browser is None:
        yield None
        return
    from playwright.sync_api import sync_playwright

    before = set(psutil.Process().children())
    port, token = _free_port(), secrets.token_hex(8)
    with _server(port, token, runs) as server, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=list(_ARGUMENTS))
        roots = [p for p in psutil.Process().children() if p not in before]
        page = chromium.new_page(viewport={"width": 1280, "height": 800})
        address = f"http://127.0.0.1:{port}/voila/render/train_live.ipynb?token={token}"
        _wait_for_port(port, server)
        page.goto(address, timeout=_PATIENCE_S * 1000)
        page.wait_for_selector("body.ssdx-ready", timeout=_PATIENCE_S * 1000)
        yield LivePage(page, roots)
        chromium.close()


@contextlib.contextmanager
def _server(port: int, token: str, runs: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "SSD_EXPLORER_RUNS": str(runs)}
    code = f"from explorer.serving import serve; serve(port={port}, token={token!r})"
    with (runs / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", code], env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_port(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server of the dashboards did not start")
