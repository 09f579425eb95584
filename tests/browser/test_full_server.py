"""A server for two pages: who comes third waits, and whose tab dies makes room."""

from __future__ import annotations

import re
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browsing import (
    ARTIFACTS,
    CHROMIUM_ARGUMENTS,
    PATIENCE_S,
    SIZES,
    TOKEN,
    Server,
    chromium,
    free_port,
    start_server,
    stop_server,
    wait_until_up,
)

WITHIN_S = 60.0
"""How long a kernel may live on whose page is silent: what is promised, not a measure of speed."""
BREAK_S = 20.0
"""A break of the network that a page survives."""
FULL = "The server is full: 2 of 2 pages are open."


@pytest.fixture
def small_server(tmp_path: Path) -> Iterator[Server]:
    port = free_port()
    process = start_server(port, tmp_path, tmp_path / "log", max_pages=2)
    wait_until_up(port, process)
    yield Server(port, tmp_path, process)
    stop_server(process)


def ask(server: Server, browser: Browser, name: str = "anchors", size: str = "desktop") -> Page:
    """Ask for a page in a browser of its own, without cookies of others."""
    width, height = SIZES[size]
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    page.goto(server.address(f"voila/render/{name}.ipynb"), wait_until="commit")
    return page


def opened(server: Server, browser: Browser, name: str = "anchors") -> Page:
    page = ask(server, browser, name)
    page.wait_for_selector("body.ssdx-ready")
    return page


def close(page: Page) -> None:
    """Close a tab as a user does: its page says that it goes."""
    page.close(run_before_unload=True)


def test_a_third_page_waits_and_enters_when_one_closes(
    small_server: Server, browser: Browser
) -> None:
    first = opened(small_server, browser)
    opened(small_server, browser, "data")
    third = ask(small_server, browser, "detect")
    assert third.locator("h1").inner_text() == FULL
    turn = third.get_by_role("status")
    expect(turn).to_have_text("You are next.")
    fourth = ask(small_server, browser, size="mobile")
    expect(fourth.get_by_role("status")).to_have_text("1 visitor is before you.")
    assert fourth.evaluate("document.documentElement.scrollWidth") <= SIZES["mobile"][0]
    for page, name in ((third, "desktop"), (fourth, "mobile")):
        page.screenshot(path=ARTIFACTS / f"full-{name}.png")

    # What needs no page of its own stays: the cards, and what they are made of.
    assert small_server.get()[0] == 200
    assert small_server.get("voila/templates/base/static/voila.js")[0] == 200
    # Who loads the page again keeps the turn.
    third.reload()
    expect(turn).to_have_text("You are next.")

    close(first)
    third.wait_for_selector("body.ssdx-ready")
    assert third.locator("h1").inner_text() == "Detect"
    assert "ticket" not in third.url
    assert "token=" in third.url
    expect(fourth.get_by_role("status")).to_have_text("You are next.")
    assert fourth.locator("h1").inner_text() == FULL
    for page in (third, fourth):
        page.context.close()


def test_who_goes_on_to_another_page_keeps_the_place(
    small_server: Server, browser: Browser
) -> None:
    first = opened(small_server, browser)
    opened(small_server, browser)
    third = ask(small_server, browser)
    first.get_by_role("link", name="Detect").click()
    expect(first.locator("h1")).to_have_text("Detect")
    first.wait_for_selector("body.ssdx-ready")
    expect(third.locator("h1")).to_have_text(FULL)
    first.reload()
    first.wait_for_selector("body.ssdx-ready")
    expect(third.locator("h1")).to_have_text(FULL)


def status_of(server: Server, path: str, token: str = TOKEN) -> int:
    return server.get(path, token)[0]


def test_many_requests_at_once_get_no_more_places_than_there_are(small_server: Server) -> None:
    paths = ["voila/render/anchors.ipynb"] * 8
    with ThreadPoolExecutor(len(paths)) as pool:
        statuses = list(pool.map(lambda path: status_of(small_server, path), paths))
    assert sorted(statuses) == [200] * 2 + [503] * 6


def test_who_has_no_token_takes_no_place(small_server: Server) -> None:
    for _ in range(3):
        _status, text = small_server.get("voila/render/anchors.ipynb", token="wrong")
        assert "The server is full" not in text
    assert status_of(small_server, "voila/render/nowhere.ipynb") in (404, 500)
    for _ in range(2):  # neither did a page that is not there keep one
        assert status_of(small_server, "voila/render/anchors.ipynb") == 200
    status, text = small_server.get("voila/render/anchors.ipynb")
    assert status == 503
    assert FULL in text
    ticket = re.search(r'data-ticket="([\w-]+)"', text)
    assert ticket is not None
    listen = urllib.request.Request(
        f"http://127.0.0.1:{small_server.port}/voila/places/{ticket[1]}",
        headers={
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        },
    )
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        urllib.request.urlopen(listen)
    refused.value.close()


@contextmanager
def another_browser(browser: Browser) -> Iterator[tuple[Browser, psutil.Process]]:
    """Start a browser of its own; yield it with its main process."""
    before = set(psutil.Process().children(recursive=True))
    started = browser.browser_type.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
    new = set(psutil.Process().children(recursive=True)) - before
    (main,) = [each for each in new if "--type=" not in " ".join(each.cmdline())]
    yield started, main
    started.close()


def signal_all(processes: list[psutil.Process], number: int) -> None:
    for process in processes:
        process.send_signal(number)


def kernel_runs(server: Server, kernel_id: str) -> bool:
    return server.get(f"api/kernels/{kernel_id}")[0] == 200


def seconds_until_gone(server: Server, kernel_id: str) -> float:
    """Wait for the end of a kernel; give up after ten minutes."""
    start = time.monotonic()
    while kernel_runs(server, kernel_id) and time.monotonic() < start + 600:
        time.sleep(0.5)
    return time.monotonic() - start


@pytest.mark.slow
def test_a_tab_that_is_killed_frees_its_kernel_and_one_in_the_background_stays(
    small_server: Server, browser: Browser
) -> None:
    stays = opened(small_server, browser)
    kernel_of_stays = stays.evaluate("ssdx.kernelId()")
    with another_browser(browser) as (dying, main):
        dies = opened(small_server, dying)
        kernel_of_dies = dies.evaluate("ssdx.kernelId()")
        third = ask(small_server, browser)
        expect(third.get_by_role("status")).to_have_text("You are next.")
        # What Chromium does to a tab that nobody looks at for long: all its timers sleep.
        session = stays.context.new_cdp_session(stays)
        session.send("Page.setWebLifecycleState", {"state": "frozen"})
        for process in main.children(recursive=True):
            if "--type=renderer" in process.cmdline():
                process.kill()
        assert seconds_until_gone(small_server, kernel_of_dies) < WITHIN_S
        third.wait_for_selector("body.ssdx-ready")
    time.sleep(WITHIN_S)
    assert kernel_runs(small_server, kernel_of_stays)
    session.send("Page.setWebLifecycleState", {"state": "active"})
    assert not stays.locator("#ssdx-ended").is_visible()
    assert stays.evaluate("fetch(ssdx.kernelAddress()).then(answer => answer.status)") == 200


@pytest.mark.slow
def test_a_lost_network_frees_the_kernel_and_a_short_break_does_not(
    small_server: Server, browser: Browser
) -> None:
    page = opened(small_server, browser)
    kernel = page.evaluate("ssdx.kernelId()")
    # A stopped browser answers nothing, and closes nothing: as if the cable were pulled.
    with another_browser(browser) as (silent, main):
        lost = opened(small_server, silent)
        kernel_of_lost = lost.evaluate("ssdx.kernelId()")
        browser_processes = [main, *main.children(recursive=True)]
        signal_all(browser_processes, signal.SIGSTOP)
        time.sleep(BREAK_S)
        signal_all(browser_processes, signal.SIGCONT)
        time.sleep(WITHIN_S)
        assert kernel_runs(small_server, kernel_of_lost)
        assert not lost.locator("#ssdx-ended").is_visible()
        signal_all(browser_processes, signal.SIGSTOP)
        assert seconds_until_gone(small_server, kernel_of_lost) < WITHIN_S
        signal_all(browser_processes, signal.SIGCONT)
        lost.locator("#ssdx-ended").wait_for(state="visible")
    assert kernel_runs(small_server, kernel)
    # A place that was left so is free.
    assert opened(small_server, browser).locator("h1").inner_text() == "Anchors"
