"""What can go wrong with a run, on the training page: said in one sentence, and nothing lost."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from explorer.datasets import dataset_path
from explorer.training.run.directory import RunDirectory, list_runs
from tests.browser.conftest import OpenPage, Server
from tests.browser.train_page import (
    choose,
    choose_sample,
    column,
    newest,
    start,
    start_on_the_sample,
    wait_for_rows,
)

LIMIT = psutil.RLIMIT_FSIZE


def start_on_folder(page: Page, runs: Path, folder: Path, epochs: int) -> RunDirectory:
    page.get_by_label("Data set").select_option(label="A folder of yours…")
    field = page.get_by_label("Its folder, with train.rec and val.rec")
    field.fill(str(folder))
    field.press("Enter")
    expect(page.get_by_text("32 images to learn from")).to_be_visible()
    choose(page, epochs)
    start(page, runs)
    return newest(runs)


@pytest.fixture
def own_data(tmp_path: Path) -> Path:
    return Path(shutil.copytree(dataset_path("sample"), tmp_path / "own data ü"))


def test_a_killed_worker_is_said_with_its_last_step_and_resumed(
    open_page: OpenPage, runs: Path
) -> None:
    page = open_page("train_live")
    start_on_the_sample(page, runs, epochs=3)
    wait_for_rows(page, runs, 9)  # an epoch has 8 steps and ends with a checkpoint
    run = newest(runs)
    psutil.Process(run.read_status().pid).kill()
    expect(page.get_by_text("Died · step")).to_be_visible()
    step = run.read_status().step
    said = f"The worker died (code -9, killed, or out of memory) at step {step}; the last"
    expect(page.get_by_text(said)).to_be_visible()
    page.get_by_role("button", name="Resume this run").click()
    expect(page.get_by_text("Finished · step 24 of 24")).to_be_visible()
    assert wait_for_rows(page, runs, 24)
    assert column(page, "step") == list(range(1, 25))
    expect(page.get_by_text("The worker died")).to_be_hidden()


def test_without_a_checkpoint_a_run_begins_again_only_if_that_is_chosen(
    open_page: OpenPage, runs: Path
) -> None:
    page = open_page("train_live")
    start_on_the_sample(page, runs, epochs=1)
    wait_for_rows(page, runs, 1)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused · step")).to_be_visible()
    run = newest(runs)
    assert list(run.checkpoints.glob("*.params")) == []
    psutil.Process(run.read_status().pid).kill()
    step = run.read_status().step
    said = f"The worker died (code -9, killed, or out of memory) at step {step}, and there is no"
    expect(page.get_by_text(said)).to_be_visible()
    resume = page.get_by_role("button", name="Resume this run")
    asked = page.get_by_text("has no checkpoint: it can only begin again from step 0.")
    resume.click()
    expect(asked).to_be_visible()
    page.get_by_role("button", name="Leave it as it is").click()
    expect(asked).to_be_hidden()
    assert not run.read_status().active
    resume.click()
    page.get_by_role("button", name="Begin again from step 0").click()
    expect(page.get_by_text("Finished · step 8 of 8")).to_be_visible()
    said = "There is no checkpoint: the run begins again from step 0."
    expect(page.get_by_text(said)).to_be_visible()
    assert wait_for_rows(page, runs, 8)
    assert column(page, "step") == list(range(1, 9))


@pytest.mark.slow
def test_a_full_disk_pauses_and_room_lets_it_go_on(open_page: OpenPage, runs: Path) -> None:
    page = open_page("train_live")
    start_on_the_sample(page, runs, epochs=3)
    wait_for_rows(page, runs, 1)
    run = newest(runs)
    process = psutil.Process(run.read_status().pid)
    size = (run.path / "records.jsonl").stat().st_size
    process.rlimit(LIMIT, (size, psutil.RLIM_INFINITY))  # the system refuses to write more
    expect(page.get_by_text("Paused · step")).to_be_visible()
    said = re.compile(r"Disk full: step \d+ is kept in memory and training is paused; free some")
    expect(page.get_by_text(said)).to_be_visible()
    process.rlimit(LIMIT, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Finished · step 24 of 24")).to_be_visible()
    steps = [record["step"] for record in run.records() if record["kind"] == "step"]
    assert steps == list(range(1, 25))
    assert wait_for_rows(page, runs, 24)


@pytest.mark.slow
def test_data_are_never_written_and_that_they_moved_or_shrank_is_said(
    open_page: OpenPage, runs: Path, own_data: Path
) -> None:
    before = {path.name: path.read_bytes() for path in own_data.iterdir()}
    for path in (*own_data.iterdir(), own_data):
        path.chmod(path.stat().st_mode & ~0o222)
    page = open_page("train_live")
    run = start_on_folder(page, runs, own_data, epochs=50)
    wait_for_rows(page, runs, 9)
    assert {path.name: path.read_bytes() for path in own_data.iterdir()} == before

    # Its files are open, so moving them away disturbs no run; a resume finds none.
    elsewhere = own_data.with_name("elsewhere")
    own_data.rename(elsewhere)
    wait_for_rows(page, runs, run.read_status().step + 2)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped · step")).to_be_visible()
    resume = page.get_by_role("button", name="Resume this run")
    resume.click()
    alert = page.get_by_role("alert")
    expect(alert.filter(has_text=str(own_data))).to_be_visible()
    assert list(run.checkpoints.glob("*.params"))

    elsewhere.rename(own_data)
    resume.click()
    expect(page.get_by_text("Training · step")).to_be_visible()
    train = own_data / "train.rec"
    train.chmod(0o644)
    os.truncate(train, 1000)
    expect(page.get_by_text("Failed · step")).to_be_visible()
    expect(alert.filter(has_text="train.rec became shorter while it was read")).to_be_visible()
    assert list(run.checkpoints.glob("*.params"))


def test_two_pages_that_press_start_make_one_run(open_page: OpenPage, runs: Path) -> None:
    first, second = (open_page("train_live") for _page in range(2))
    before = len(list_runs(runs))
    for page in (first, second):
        choose_sample(page, epochs=50)
    buttons = [page.get_by_role("button", name="Start training") for page in (first, second)]
    for button in buttons:
        button.dblclick(no_wait_after=True)
    for page in (first, second):
        expect(page.get_by_text(re.compile(r"^Training · step"))).to_be_visible()
    assert len(list_runs(runs)) == before + 1
    assert all(button.is_disabled() for button in buttons)


def test_a_dead_kernel_is_said_and_ends_no_run(
    open_page: OpenPage, runs: Path, server: Server
) -> None:
    page = open_page("train_live")
    start_on_the_sample(page, runs, epochs=50)
    wait_for_rows(page, runs, 1)
    run, kernel = newest(runs), page.evaluate("ssdx.kernelId()")
    server.kernel_process(kernel).kill()
    banner = page.locator("#ssdx-ended")
    expect(banner).to_contain_text("Session ended. Training continues in the background.")
    step = run.read_status().step
    banner.get_by_role("button", name="Reload the page").click()
    page.wait_for_selector("body.ssdx-ready")
    expect(page.get_by_text("Training · step")).to_be_visible()
    assert len(wait_for_rows(page, runs, step + 1)) > step
    assert column(page, "step")[: step + 1] == list(range(1, step + 2))
