"""A served explorer and a real browser, shared by all tests of the pages.

They live as long as this package, not the session: while Playwright runs, no other test of the
process could start an asyncio loop.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from explorer.data_folders import data_root
from explorer.datasets import open_dataset
from explorer.engine import Engine
from explorer.pages.detect.detection_rows import LOWEST_SCORE
from explorer.ssd.detection import Detections
from explorer.training.run.directory import list_runs
from tests.browser.browsing import (
    ARTIFACTS,
    CHROMIUM_ARGUMENTS,
    PATIENCE_S,
    SIZES,
    Server,
    chromium,
    free_port,
    start_server,
    stop_server,
    wait_until_up,
)
from tests.browser.detect_page import DetectPage, Found, Opened
from tests.training.runs import stop

FOREIGN_ERRORS = {
    r"404 .*/voila/api/shutdown/": "Voila's page, when it is left, ends a kernel that has ended",
    r"^Cannot send$": "Voila's own script talks to a kernel that was killed",
    r"404 .*/api/kernels/": "the browser notes that a page asked for its kernel after its end",
}
"""Console errors that are not ours: pattern, and why it is harmless."""


expect.set_options(timeout=PATIENCE_S * 1000)

OpenPage = Callable[..., Page]

log = logging.getLogger(__name__)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"open_page", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Server]:
    ARTIFACTS.mkdir(exist_ok=True)
    runs, data = tmp_path_factory.mktemp("runs"), tmp_path_factory.mktemp("data")
    port = free_port()
    process = start_server(port, runs, ARTIFACTS / f"server-{worker_id}.log", data=data)
    wait_until_up(port, process)
    yield Server(port, runs, process, data)
    stop_server(process)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    executable = chromium()
    if executable is None:
        reason = "NO BROWSER: the pages were NOT tested; install chromium or set $CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def runs(server: Server) -> Iterator[Path]:
    """The folder of runs, with nothing under way before and after the test."""
    yield server.runs
    for run in list_runs(server.runs):
        if run.read_status().active:
            stop(run)


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
        # What a failed test reads when a page did not come, such as "Failed to fetch ipywidgets".
        if message.type == "warning" and "atisf" not in message.text:  # Voila's of its own parts
            log.warning(message.text)
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


@pytest.fixture(scope="package")
def found() -> Found:
    """What the façade finds in an image, with the page's settings but for the changes."""
    engine = Engine.load(data_root() / "pretrained" / "creature.params", device="cpu")

    def detect(image: np.ndarray, **changes: Any) -> Detections:
        return engine.detect(image, **{"score_threshold": LOWEST_SCORE, **changes})

    return detect


@pytest.fixture(scope="package")
def sample() -> np.ndarray:
    return open_dataset("sample", "val")[0].image


@pytest.fixture
def open_detect(open_page: Callable[..., Page], found: Found, sample: np.ndarray) -> Opened:
    def open_(size: str = "desktop") -> DetectPage:
        page = DetectPage(open_page("detect", size=size))
        page.wait_for(found(sample))
        return page

    return open_
