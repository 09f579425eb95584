"""What a page draws while a run goes on: what is in sight at once, the rest when it is seen."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from playwright.sync_api import Page, expect

from benchmarks.long_run import step_line, write_long_run
from explorer.training.run.directory import RunDirectory, RunStatus
from tests.browser.conftest import OpenPage, Server

NUM_STEPS = 200
FIGURE = """const figure = title => {
  for (const doc of Bokeh.documents)
    for (const model of doc._all_models.values())
      if (model.type === "Figure" && model.title.text === title
          && Bokeh.index.find_one(model).el.offsetWidth > 0) return model
};
const picture = title =>
  Bokeh.index.find_one(figure(title)).canvas_view.primary.canvas.toDataURL();"""


@pytest.fixture
def run(server: Server) -> Iterator[RunDirectory]:
    """A run under way that does what the test says, gone after it."""
    made = write_long_run(server.runs, 20)
    write_status(made, 20)
    yield made
    shutil.rmtree(made.path)


def write_status(run: RunDirectory, step: int) -> None:
    me = psutil.Process()
    run.write_status(
        RunStatus(
            state="running",
            pid=me.pid,
            process_started=me.create_time(),
            step=step,
            num_steps=NUM_STEPS,
        )
    )


def do_steps(page: Page, run: RunDirectory, first: int, last: int) -> None:
    """Return when the page has the steps, too."""
    record_steps(run, first, last)
    write_status(run, last)
    expect(page.get_by_text(f"step {last} of {NUM_STEPS}")).to_be_visible()


def record_steps(run: RunDirectory, first: int, last: int) -> None:
    with (run.path / "records.jsonl").open("a") as stream:
        stream.writelines(step_line(step, 3.0 / step) for step in range(first, last + 1))


def picture(page: Page, title: str) -> str:
    drawn: str = page.evaluate(f"() => {{ {FIGURE} return picture({json.dumps(title)}) }}")
    return drawn


def wait_for(page: Page, condition: str, argument: Any = None) -> None:
    page.wait_for_function(f"argument => {{ {FIGURE} return {condition} }}", arg=argument)


def test_a_figure_out_of_sight_is_drawn_when_it_comes_into_sight_or_all_is_quiet(
    open_page: OpenPage, run: RunDirectory
) -> None:
    page = open_page("train_live")
    expect(page.get_by_text(f"step 20 of {NUM_STEPS}")).to_be_visible()
    wait_for(page, "figure('Learning rate').hold_render")
    wait_for(page, "figure('Loss').hold_render === false")
    loss, rate = picture(page, "Loss"), picture(page, "Learning rate")
    record_steps(run, 21, 60)
    wait_for(page, "picture('Loss') !== argument", loss)
    write_status(run, 60)  # the page has its records already
    expect(page.get_by_text(f"step 60 of {NUM_STEPS}")).to_be_visible()
    assert picture(page, "Learning rate") == rate  # though it has the data

    page.get_by_text("Where a step's time goes").scroll_into_view_if_needed()
    wait_for(page, "picture('Learning rate') !== argument", rate)
    wait_for(page, "figure('Learning rate').hold_render === false")

    page.evaluate("scrollTo(0, 0)")
    wait_for(page, "figure('Learning rate').hold_render")
    rate = picture(page, "Learning rate")
    do_steps(page, run, 61, 100)
    assert picture(page, "Learning rate") == rate
    wait_for(page, "picture('Learning rate') !== argument", rate)  # nothing comes any more
    wait_for(page, "figure('Learning rate').hold_render")


def test_the_film_waits_until_somebody_can_see_it(open_page: OpenPage, run: RunDirectory) -> None:
    page = open_page("train_live")
    wait_for(page, "figure('').hold_render")
    caption = page.get_by_text("Six validation images after step")
    (run.film / "frame-00000030.json").write_text(json.dumps({"step": 30, "images": []}))
    do_steps(page, run, 21, 60)
    page.wait_for_timeout(1500)  # three looks at the run's files
    expect(caption).to_have_count(0)
    page.get_by_role("button", name="Latest").scroll_into_view_if_needed()
    expect(caption).to_have_text("Six validation images after step 30")
    page.evaluate("scrollTo(0, 0)")
    wait_for(page, "figure('').hold_render")
    (run.film / "frame-00000060.json").write_text(json.dumps({"step": 60, "images": []}))
    page.wait_for_timeout(1500)
    expect(caption).to_have_text("Six validation images after step 30")
    run.write_status(RunStatus(state="finished", step=60, num_steps=NUM_STEPS))
    expect(caption).to_have_text("Six validation images after step 60")
