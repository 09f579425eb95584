"""A served explorer and a real browser, shared by all tests of the pages.

They live as long as this package, not the session: while Playwright runs, no other test of the
process could start an asyncio loop.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "test-artifacts"
TOKEN = "a-token-for-tests"
SIZES = {"desktop": (1280, 800), "mobile": (390, 844)}
PATIENCE_S = 90.0
"""How long a page may take: the machine may be busy, speed is measured in benchmarks."""

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

FOREIGN_ERRORS: dict[str, str] = {}
"""Console errors that are not ours: pattern, and why it is harmless."""


@dataclass
class Server:
    """A running ``ssd-explorer run``."""

    port: int
    runs: Path
    process: subprocess.Popen[bytes]

    def address(self, path: str = "", **query: str) -> str:
        """Return the address of `path`, the token in it."""
        return f"http://127.0.0.1:{self.port}/{path}?{urlencode({'token': TOKEN, **query})}"

    def get(self, path: str = "", token: str = TOKEN) -> tuple[int, str]:
        """Return status and text of a plain GET without a cookie."""
        query = f"?token={token}" if token else ""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}{query}") as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def shut_down_kernel(self, kernel_id: str) -> None:
        """End the kernel of a page, as a crash would."""
        asked = urllib.request.Request(
            self.address(f"voila/api/shutdown/{kernel_id}"), method="POST"
        )
        urllib.request.urlopen(asked).close()


OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"open_page", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_server(port: int, runs: Path, log: Path, token: str = TOKEN) -> subprocess.Popen[bytes]:
    """Start our server as a user does; it is not ready yet."""
    environment = {
        **os.environ,
        "SSD_EXPLORER_RUNS": str(runs),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }
    code = f"from explorer.serving import serve; serve(port={port}, token={token!r})"
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=runs,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def stop_server(process: subprocess.Popen[bytes]) -> int:
    """End a server as Ctrl-C does, and return its exit code."""
    process.send_signal(signal.SIGINT)
    try:
        return process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


def wait_until_up(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when the server answers; fail if it ends or stays silent."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the server ended with code {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the server did not answer")


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    ARTIFACTS.mkdir(exist_ok=True)
    runs = tmp_path_factory.mktemp("runs")
    port = free_port()
    process = start_server(port, runs, ARTIFACTS / "server.log")
    wait_until_up(port, process)
    yield Server(port, runs, process)
    stop_server(process)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    executable = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if executable is None:
        reason = "NO BROWSER: the pages were NOT tested; install chromium or set $CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(
    server: Server, browser: Browser, request: pytest.FixtureRequest
) -> Iterator[OpenPage]:
    """Open a page by name ("" is the landing page) and wait until it is usable.

    At the end of the test each page is photographed into `test-artifacts/`, and must have
    asked nobody but this machine and printed no error of ours on the console.
    """
    opened: list[tuple[str, Page]] = []
    requests: list[str] = []
    errors: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(f"{message.text} ({message.location.get('url', '')})")

    def open_(name: str, size: str = "desktop", ready: bool = True, **query: str) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, has_touch=size == "mobile"
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE_S * 1000)
        page.on("request", lambda sent: requests.append(sent.url))
        page.on("console", on_console)
        page.on("pageerror", lambda error: errors.append(str(error)))
        opened.append((f"{name or 'landing'}-{size}", page))
        path = f"voila/render/{name}.ipynb" if name else ""
        page.goto(server.address(path, **query), wait_until="commit")
        if ready and name:
            page.wait_for_selector("body.ssdx-ready")
        return page

    yield open_

    test = re.sub(r"[^\w.-]+", "-", request.node.name)
    for name, page in opened:
        page.screenshot(path=ARTIFACTS / f"{test}--{name}.png", full_page=True)
        page.context.close()
    assert [url for url in requests if _leaves_the_machine(url)] == []
    assert [text for text in errors if not _foreign(text)] == []


def _leaves_the_machine(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme not in ("data", "blob") and parts.hostname not in ("127.0.0.1", "localhost")


def _foreign(text: str) -> bool:
    return any(re.search(pattern, text) for pattern in FOREIGN_ERRORS)
