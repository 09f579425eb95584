"""A run of 100,000 steps on the training page: few points as a whole, every step when zoomed."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from benchmarks.long_run import NUM_STEPS, write_long_run
from explorer.pages.train.curves.decimation import MOST_BUCKETS
from explorer.training.run.directory import RunDirectory
from tests.browser.conftest import PATIENCE_S, OpenPage, Server
from tests.browser.test_train_live import column


@pytest.fixture
def run(server: Server) -> Iterator[RunDirectory]:
    """The newest run of the server, gone after the test."""
    made = write_long_run(server.runs, NUM_STEPS)
    yield made
    shutil.rmtree(made.path)


def wait_for_steps(page: Page, what: str, holds: Callable[[list[float]], bool]) -> list[float]:
    """Return the steps that the browser has, once they are as they should be."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        steps = column(page, "step")
        if steps and holds(steps):
            return steps
        page.wait_for_timeout(100)
    raise AssertionError(f"{what}: {len(steps)} steps, {steps[:2]} to {steps[-2:]}")


def every_step(steps: list[float]) -> bool:
    return steps == [*range(int(steps[0]), int(steps[-1]) + 1)]


@pytest.mark.slow
def test_a_long_run_is_scrolled_and_zoomed(open_page: OpenPage, run: RunDirectory) -> None:
    page = open_page("train_live")
    expect(page.get_by_text("Finished · step 100,000 of 100,000")).to_be_visible()
    whole = [*range(32, NUM_STEPS + 1, 32)]
    wait_for_steps(page, "the whole run", lambda steps: steps == whole)
    highest = [r["class_loss"] for r in run.records()[:32]]
    assert column(page, "class_loss")[0] == max(highest)

    losses = page.locator(".ssdx-plot .bk-events").first
    losses.hover()  # shows the tools
    page.locator(".bk-tool-icon-wheel-zoom").first.click()
    losses.hover()
    for _turn in range(50):
        if every_step(column(page, "step")):
            break
        page.mouse.wheel(0, -100)
        page.wait_for_timeout(300)
    near = wait_for_steps(page, "zoomed in", every_step)
    assert near[0] <= NUM_STEPS / 2 <= near[-1]
    assert len(near) <= MOST_BUCKETS

    rect = losses.bounding_box()
    assert rect is not None
    x, y = rect["x"] + rect["width"] / 2, rect["y"] + rect["height"] / 2
    page.mouse.down()
    page.mouse.move(x + 100, y, steps=5)  # earlier steps come into sight
    page.mouse.up()
    wait_for_steps(page, "panned", lambda steps: every_step(steps) and steps[0] < near[0])

    page.locator(".bk-tool-icon-reset").first.click()
    wait_for_steps(page, "reset", lambda steps: steps == whole)
