"""What befalls a server: its own death, a HOME that cannot be written, no network."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.anchor_figures import expected_model, until_boxes
from tests.browser.browsing import (
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
from tests.browser.conftest import OpenPage
from tests.browser.train_page import newest, start_on_the_sample, wait_for_rows
from tests.training.runs import stop, wait_for_step


@contextmanager
def a_server(folder: Path, **variables: str) -> Iterator[Server]:
    port = free_port()
    process = start_server(port, folder, folder / "log", **variables)
    try:
        wait_until_up(port, process)
        yield Server(port, folder, process)
    finally:
        if process.poll() is None:
            stop_server(process)


def opened(browser: Browser, server: Server, name: str) -> Page:
    width, height = SIZES["desktop"]
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    page.goto(server.address(f"voila/render/{name}.ipynb"), wait_until="commit")
    page.wait_for_selector("body.ssdx-ready")
    return page


def test_a_dead_server_is_said_leaves_no_process_and_ends_no_run(
    browser: Browser, tmp_path: Path
) -> None:
    with a_server(tmp_path) as server:
        page = opened(browser, server, "train_live")
        start_on_the_sample(page, tmp_path, epochs=50)
        wait_for_rows(page, tmp_path, 1)
        run = newest(tmp_path)
        processes = psutil.Process(server.process.pid).children(recursive=True)
        of_pages = [each for each in processes if each.pid != run.read_status().pid]
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        banner = page.locator("#ssdx-ended")
        expect(banner).to_contain_text("Session ended. Training continues in the background.")
        _gone, alive = psutil.wait_procs(of_pages, timeout=PATIENCE_S)
        assert alive == []
        wait_for_step(run, run.read_status().step + 1)
        stop(run)
        page.context.close()


def test_a_home_that_cannot_be_written_is_no_obstacle(browser: Browser, tmp_path: Path) -> None:
    with a_server(tmp_path, HOME="/dev/null/home") as server:
        page = opened(browser, server, "anchors")
        until_boxes(page, "anchors", expected_model().scene.boxes_px)
        page.context.close()
    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.mark.parametrize("name", ["anchors", "train_live", "detect", "data"])
def test_a_machine_without_a_network_has_all_pages(
    browser: Browser, server: Server, name: str
) -> None:
    nowhere = [*CHROMIUM_ARGUMENTS, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    started = browser.browser_type.launch(executable_path=chromium(), args=nowhere)
    failed: list[str | None] = []
    page = started.new_page()
    page.on("requestfailed", lambda request: failed.append(urlsplit(request.url).hostname))
    page.goto(server.address(f"voila/render/{name}.ipynb"), wait_until="commit")
    page.wait_for_selector("body.ssdx-ready", timeout=PATIENCE_S * 1000)
    assert set(failed) <= {"127.0.0.1"}  # a page that is left may drop its own requests
    started.close()


def test_a_hundred_keys_at_once_end_where_the_last_one_says(open_page: OpenPage) -> None:
    page = open_page("anchors")
    handle = page.get_by_label("Size 1", exact=True).first
    for key in ["ArrowRight"] * 100 + ["ArrowLeft"] * 95:
        handle.press(key, no_wait_after=True)
    expected = expected_model()
    expected.set_shapes(0, (0.205, 0.272), (1, 2, 0.5))
    until_boxes(page, "anchors", expected.scene.boxes_px)
    expect(page.get_by_label("Sizes, relative to the image")).to_have_value("0.205, 0.272")


@pytest.mark.slow
def test_hours_of_use_leave_the_memory_as_it_is(open_page: OpenPage, server: Server) -> None:
    page = open_page("anchors")
    devtools = page.context.new_cdp_session(page)
    kernel = server.kernel_process(page.evaluate("ssdx.kernelId()"))
    handle = page.get_by_label("Size 1", exact=True).first

    def use(updates: int) -> tuple[float, float]:
        """Change the size that often, a drawn frame each; return MB of the kernel and the tab."""
        for number in range(updates):
            handle.press("ArrowRight" if number % 2 else "ArrowLeft")
            page.wait_for_timeout(100)
        devtools.send("HeapProfiler.collectGarbage")
        tab = devtools.send("Runtime.getHeapUsage")["usedSize"]
        return kernel.memory_full_info().uss / 1e6, tab / 1e6

    before = use(100)
    after = use(500)
    assert after[0] - before[0] <= 40
    assert after[1] - before[1] <= 40
