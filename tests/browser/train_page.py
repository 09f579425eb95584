"""What the tests of the training page read off it, and how they start a run."""

from __future__ import annotations

import time
from pathlib import Path

from playwright.sync_api import Page, expect

from explorer.training.run.directory import RunDirectory, list_runs
from tests.browser.browsing import PATIENCE_S

COLUMN = """name => {
  for (const doc of Bokeh.documents)
    for (const model of doc._all_models.values())
      if (model.type === "ColumnDataSource" && name in model.data)
        return Array.from(model.data[name], value => Number.isNaN(value) ? null : value)
  return []
}"""


def newest(runs: Path) -> RunDirectory:
    return list_runs(runs)[0]


def column(page: Page, name: str) -> list[float]:
    """Return a column of the figures' data as the browser has it."""
    values: list[float] = page.evaluate(COLUMN, name)
    return values


def wait_for_rows(page: Page, runs: Path, count: int) -> list[float]:
    """Return the class losses drawn, once they are at least `count` and the newest run's."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        drawn = column(page, "class_loss")
        written = [r["class_loss"] for r in newest(runs).records() if r["kind"] == "step"]
        if len(drawn) >= count and drawn == written[: len(drawn)]:
            return drawn
        page.wait_for_timeout(100)
    raise AssertionError(f"the page shows {drawn}, the run has {written}")


def choose(page: Page, epochs: int) -> None:
    page.get_by_label("Batch size (images)").select_option("4")
    field = page.get_by_label("Epochs", exact=True)
    field.fill(str(epochs))
    field.press("Enter")


def choose_sample(page: Page, epochs: int) -> None:
    page.get_by_label("Data set").select_option("sample")
    choose(page, epochs)


def start_on_the_sample(page: Page, runs: Path, epochs: int) -> None:
    choose_sample(page, epochs)
    start(page, runs)


def start(page: Page, runs: Path) -> None:
    before = len(list_runs(runs))
    page.get_by_role("button", name="Start training").click()
    deadline = time.monotonic() + PATIENCE_S
    while len(list_runs(runs)) == before:
        assert time.monotonic() < deadline, "no run was started"
        page.wait_for_timeout(100)
    # Until then the page may still say of the run before that it is finished.
    expect(page.get_by_role("row", name=f"{newest(runs).run_id} ◂")).to_be_visible()
