"""How much memory the dashboards take: each page by itself, and 24 of them at once.

``python -m benchmarks.memory`` opens all pages in turn in a headless browser and asks the kernel
for the memory of the server and of all its processes. PSS shares what several processes have in
common among them, so the sum counts it once; USS is what one process alone has, and gives back
when it ends. The browser is not counted.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

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

PAGES = ("anchors", "train_live", "detect", "data")
IDLE_LIMIT_MIB = 140
"""PSS of a page that is open and has nothing to do."""
_SETTLE_S = 15.0
_MIB = 2**20


def main(quick: bool = False) -> None:
    """Print the memory of each page and of all; `quick` opens each page once."""
    num_pages = len(PAGES) if quick else 24
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        port = free_port()
        process = start_server(port, Path(folder), Path(folder) / "server.log")
        server = Server(port, Path(folder), process)
        try:
            wait_until_up(port, process)
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=CHROMIUM_ARGUMENTS
            )
            kernels: dict[str, list[psutil.Process]] = {name: [] for name in PAGES}
            for number in range(num_pages):
                name = PAGES[number % len(PAGES)]
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                page.set_default_timeout(PATIENCE_S * 1000)
                page.goto(server.address(f"voila/render/{name}.ipynb"))
                page.wait_for_selector("body.ssdx-ready")
                kernels[name].append(server.kernel_process(page.evaluate("ssdx.kernelId()")))
            time.sleep(_SETTLE_S)
            _report(kernels, psutil.Process(process.pid))
            browser.close()
        finally:
            stop_server(process)


def _report(kernels: dict[str, list[psutil.Process]], server: psutil.Process) -> None:
    print(f"{'page':<12}{'RSS':>10}{'PSS':>10}{'USS':>10}   limit of PSS {IDLE_LIMIT_MIB} MiB")
    for name, processes in kernels.items():
        used = [process.memory_full_info() for process in processes]
        means = (sum(getattr(each, kind) for each in used) for kind in ("rss", "pss", "uss"))
        print(f"{name:<12}" + "".join(f"{mean / len(used) / _MIB:>10.0f}" for mean in means))
    everything = [server, *server.children(recursive=True)]
    total = sum(process.memory_full_info().pss for process in everything)
    num_pages = sum(map(len, kernels.values()))
    print(f"{num_pages} pages, the server and its warm kernels: {total / _MIB:,.0f} MiB of PSS")


if __name__ == "__main__":
    main()
