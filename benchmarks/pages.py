"""How soon a page shows its first text, and how soon it can be used.

``python -m benchmarks.pages`` prints both for each page: served plainly (``voila
apps/anchors.ipynb``) to a visitor who comes as soon as the server answers, when its first kernel
is only starting, and to one who comes later; and by ``ssd-explorer run``. Seconds from the start
of the navigation, on the browser's own clock: the first paint that has text, and the moment at
which all figures are drawn (`explorer/pages/shared/page/page.py`).
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Browser, sync_playwright

from tests.browser.browsing import (
    CHROMIUM_ARGUMENTS,
    PATIENCE_S,
    ROOT,
    TOKEN,
    chromium,
    free_port,
    plain_voila,
    start_server,
    stop_server,
    wait_until_up,
)

PAGES = ("anchors", "train_live", "detect", "data")
LIMITS_S = {"plain, at once": (1.5, 5.0), "plain, later": (1.5, 5.0), "run, later": (0.6, 3.0)}
"""First text and usable, on 2 cores that have nothing else to do."""

_CLOCK = """() => [
  performance.getEntriesByName("first-contentful-paint")[0].startTime / 1000,
  performance.getEntriesByName("ssdx-ready")[0].startTime / 1000,
]"""


@dataclass(frozen=True)
class Timing:
    """Median seconds of one page, served in one way."""

    page: str
    served: str
    first_text_s: float
    usable_s: float


def measure_pages(repeats: int = 3) -> list[Timing]:
    """Return six figures a page, each the median of `repeats` visits by a fresh browser."""
    timings: list[Timing] = []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:

        def visit(address: str) -> tuple[float, float]:
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=CHROMIUM_ARGUMENTS
            )
            try:
                return _visit(browser, address)
            finally:
                browser.close()

        for page in PAGES:
            notebook = ROOT / "apps" / f"{page}.ipynb"
            visits: dict[str, list[tuple[float, float]]] = {"at once": [], "later": []}
            for _ in range(repeats):
                with plain_voila(notebook, Path(folder) / "voila.log") as (address, server):
                    visits["at once"].append(visit(address))
                    visits["later"].append(_when_calm(server, visit, address))
            timings += [_median(page, f"plain, {when}", each) for when, each in visits.items()]
        with _our_server(Path(folder)) as (address, server):
            for page in PAGES:
                where = f"{address}voila/render/{page}.ipynb?token={TOKEN}"
                later = [_when_calm(server, visit, where) for _ in range(repeats)]
                timings.append(_median(page, "run, later", later))
    return timings


def _visit(browser: Browser, address: str) -> tuple[float, float]:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(address, wait_until="commit")
    page.wait_for_selector("body.ssdx-ready", timeout=PATIENCE_S * 1000)
    first_text_s, usable_s = page.evaluate(_CLOCK)
    return first_text_s, usable_s


def _median(page: str, served: str, visits: list[tuple[float, float]]) -> Timing:
    first_text, usable = zip(*visits, strict=True)
    return Timing(page, served, statistics.median(first_text), statistics.median(usable))


def _when_calm(
    server: subprocess.Popen[bytes], visit: Callable[[str], tuple[float, float]], address: str
) -> tuple[float, float]:
    """Visit when the server's kernels have started: their processes have nothing to do."""
    deadline = time.monotonic() + PATIENCE_S
    calm = 0
    while calm < 12 and time.monotonic() < deadline:
        before = _cpu_seconds(server)
        time.sleep(0.5)
        calm = calm + 1 if _cpu_seconds(server) - before < 0.05 else 0
    return visit(address)


def _cpu_seconds(server: subprocess.Popen[bytes]) -> float:
    parent = psutil.Process(server.pid)
    seconds = 0.0
    for process in (parent, *parent.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        seconds += times.user + times.system
    return seconds


@contextmanager
def _our_server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = free_port()
    process = start_server(port, folder, folder / "server.log")
    try:
        wait_until_up(port, process)
        yield f"http://127.0.0.1:{port}/", process
    finally:
        stop_server(process)


def main(quick: bool = False) -> None:
    """Print the figures and their limits; `quick` visits each page once."""
    print(f"{'page':<12}{'served':<16}{'first text':>12}{'usable':>10}{'limits':>14}")
    for timing in measure_pages(repeats=1 if quick else 3):
        first_s, usable_s = LIMITS_S[timing.served]
        print(
            f"{timing.page:<12}{timing.served:<16}{timing.first_text_s:>10.2f} s"
            f"{timing.usable_s:>8.2f} s{first_s:>8.1f} / {usable_s:.1f} s"
        )


if __name__ == "__main__":
    main()
