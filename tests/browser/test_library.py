"""A page on a line that stops in the middle of it: of its library, or for good."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
from playwright.sync_api import Browser

import explorer.pages

SHELL = (Path(explorer.pages.__file__).parent / "template" / "shell.js").read_text()
LINES = 2000
HEAD = f"""<!DOCTYPE html><html><head><script>{SHELL}</script>
<script async src="voila.js" onload="ssdx.hasCome('voila'); window.voilaSeen = true"></script>
</head><body><div id="ssdx-cells"></div><script type="text/plain" id="ssdx-library">window.read = 0;
"""
TAIL = '</script><script>ssdx.hasCome("library");</script></body></html>'


class SlowLine(ThreadingHTTPServer):
    """Sends the page's first half, and the second when told; the other script likewise."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.second_half = Event()
        self.voila = Event()
        self.num_pages = 0


class _Handler(BaseHTTPRequestHandler):
    server: SlowLine

    def do_GET(self) -> None:
        self.send_response(200)
        if self.path == "/page":
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.server.num_pages += 1
            script = "window.read += 1;\n" * LINES
            middle = len(script) // 2 + 3  # in the middle of a word
            self.wfile.write((HEAD + script[:middle]).encode())
            self.wfile.flush()
            self.server.second_half.wait(60)
            self.wfile.write((script[middle:] + TAIL).encode())
        else:
            self.send_header("Content-Type", "text/javascript")
            self.end_headers()
            self.server.voila.wait(60)
            self.wfile.write(b"window.voila = true;")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 its name there
        pass


@pytest.fixture
def slow_line() -> Iterator[SlowLine]:
    line = SlowLine()
    thread = Thread(target=line.serve_forever, daemon=True)
    thread.start()
    yield line
    line.second_half.set()
    line.voila.set()
    line.shutdown()
    line.server_close()
    thread.join()


@pytest.mark.parametrize("first", ["voila", "library"])
def test_the_library_is_read_whole_whichever_comes_first(
    browser: Browser, slow_line: SlowLine, first: str
) -> None:
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"http://127.0.0.1:{slow_line.server_port}/page", wait_until="commit")
    page.wait_for_selector("#ssdx-library", state="attached")
    if first == "voila":
        slow_line.voila.set()
        page.wait_for_function("window.voilaSeen")
        slow_line.second_half.set()
    else:
        slow_line.second_half.set()
        page.wait_for_load_state("domcontentloaded")
        assert page.evaluate("window.read") is None  # Voila's parts are asked for first
        slow_line.voila.set()
    page.wait_for_function(f"window.read === {LINES}")
    assert errors == []
    page.close()


def test_a_page_that_does_not_come_is_asked_for_once_more(
    browser: Browser, slow_line: SlowLine
) -> None:
    page = browser.new_page()
    page.clock.install()
    page.goto(f"http://127.0.0.1:{slow_line.server_port}/page", wait_until="commit")
    page.wait_for_selector("#ssdx-library", state="attached")
    assert slow_line.num_pages == 1
    for _minute in range(3):
        page.clock.fast_forward(61_000)
        page.wait_for_timeout(300)
        page.wait_for_selector("#ssdx-library", state="attached")
    assert slow_line.num_pages == 2  # once, not for ever
    page.evaluate("ssdx.ready()")
    assert page.evaluate("sessionStorage.length") == 0
    page.close()
