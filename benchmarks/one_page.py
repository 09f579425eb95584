"""One page of our server in a headless browser, for what is measured in the browser."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.browsing import (
    CHROMIUM_ARGUMENTS,
    PATIENCE_S,
    TOKEN,
    chromium,
    free_port,
    start_server,
    stop_server,
    wait_until_up,
)


@contextmanager
def one_page(notebook: str, runs: Path | None = None, init_script: str = "") -> Iterator[Page]:
    """Serve and open a page at 1280 × 800; it is usable.

    Parameters
    ----------
    runs : path, optional
        Folder of the runs that the page knows; by default an empty one.
    init_script : str
        Runs before anything of the page.
    """
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        port = free_port()
        server = start_server(port, runs or Path(folder), Path(folder) / "server.log")
        try:
            wait_until_up(port, server)
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=CHROMIUM_ARGUMENTS
            )
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.set_default_timeout(PATIENCE_S * 1000)
            if init_script:
                page.add_init_script(init_script)
            page.goto(f"http://127.0.0.1:{port}/voila/render/{notebook}.ipynb?token={TOKEN}")
            page.wait_for_selector("body.ssdx-ready")
            yield page
            browser.close()
        finally:
            stop_server(server)
