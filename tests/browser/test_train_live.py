"""The training page in a real browser, with real runs of the small sample."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from explorer.training.batch_inspection import inspect_batch
from explorer.training.run.directory import list_runs
from tests.browser.conftest import PATIENCE_S, OpenPage
from tests.browser.train_page import column, newest, start_on_the_sample, wait_for_rows

BAR_PX = 40
EDGE = """([name, edge]) => {
  for (const doc of Bokeh.documents) {
    const drawn = doc.get_model_by_name(name)
    if (drawn) return Array.from(drawn.data_source.data[edge])
  }
}"""


@pytest.mark.timeout(600)
def test_a_run_starts_grows_survives_a_reload_stops_and_resumes(
    open_page: OpenPage, runs: Path
) -> None:
    page = open_page("train_live")
    start_on_the_sample(page, runs, epochs=8)  # it must not end before the page is there again
    before = len(wait_for_rows(page, runs, 3))
    expect(page.get_by_role("button", name="Start training")).to_be_disabled()
    run = newest(runs)

    page.reload()
    page.wait_for_selector("body.ssdx-ready")
    wait_for_rows(page, runs, before)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped · step")).to_be_visible(timeout=PATIENCE_S * 1000)

    stopped_at = run.read_status().step
    assert len(wait_for_rows(page, runs, stopped_at)) == stopped_at
    assert column(page, "step") == list(range(1, stopped_at + 1))

    page.get_by_role("button", name="Resume this run").click()
    known = re.compile(rf"^(Starting|Preparing) · step {stopped_at} of 64")
    expect(page.get_by_text(known)).to_be_visible()
    expect(page.get_by_text("Finished · step 64 of 64")).to_be_visible(
        timeout=2 * PATIENCE_S * 1000
    )
    wait_for_rows(page, runs, 64)
    assert column(page, "step") == list(range(1, 65))
    assert column(page, "ap50") == [r["ap50"] for r in run.records() if r["kind"] == "epoch"]
    assert newest(runs).run_id == run.run_id


def test_pause_holds_and_continue_goes_on(open_page: OpenPage, runs: Path) -> None:
    page = open_page("train_live")
    start_on_the_sample(page, runs, epochs=50)
    wait_for_rows(page, runs, 1)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused · step")).to_be_visible(timeout=PATIENCE_S * 1000)
    held = newest(runs).read_status().step
    page.wait_for_timeout(1500)
    assert newest(runs).read_status().step == held
    page.get_by_role("button", name="Continue").click()
    wait_for_rows(page, runs, held + 1)


def test_a_run_is_steered_while_it_runs(open_page: OpenPage, runs: Path) -> None:
    page = open_page("train_live")
    start_on_the_sample(page, runs, epochs=50)
    wait_for_rows(page, runs, 1)
    run = newest(runs)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused · step")).to_be_visible()
    held = run.read_status().step

    for done in (1, 2):
        page.get_by_role("button", name="One step").click()
        expect(page.get_by_text(f"Paused · step {held + done} of 400")).to_be_visible()
    rate = page.get_by_label("Learning rate now")
    expect(rate).to_have_value(re.compile(r"0\.00"))
    rate.fill("0.00037")  # at no step the recipe's own: half its rate is, at step 8 of 16
    rate.press("Enter")
    page.get_by_role("button", name="Set rate").click()
    page.get_by_role("button", name="One step").click()
    expect(page.get_by_text(f"Paused · step {held + 3} of 400")).to_be_visible()
    rates = [record["learning_rate"] for record in run.records() if record["kind"] == "step"]
    assert rates[-1] == 0.00037 != rates[-2]

    page.get_by_role("button", name="Recipe's rate").click()
    epochs = page.get_by_label("Total epochs")
    expect(epochs).to_have_value("50")
    epochs.fill("2")
    epochs.press("Enter")
    page.get_by_role("button", name="Set epochs").click()
    expect(page.get_by_text(f"Paused · step {held + 3} of 16")).to_be_visible()
    page.get_by_role("button", name="Save checkpoint").click()
    deadline = time.monotonic() + PATIENCE_S
    while not list(run.checkpoints.glob("*.params")):
        assert time.monotonic() < deadline, "no checkpoint was saved"
        page.wait_for_timeout(100)

    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Finished · step 16 of 16")).to_be_visible()
    rates = [record["learning_rate"] for record in run.records() if record["kind"] == "step"]
    assert rates[held + 3] != 0.00037
    expect(page.get_by_label("Learning rate now")).to_be_hidden()


def test_a_second_page_follows_the_same_run_and_starts_no_other(
    open_page: OpenPage, runs: Path
) -> None:
    first = open_page("train_live")
    start_on_the_sample(first, runs, epochs=50)
    count = len(list_runs(runs))
    second = open_page("train_live", "mobile")
    shown = [wait_for_rows(page, runs, 2) for page in (first, second)]
    assert shown[0][:2] == shown[1][:2]
    expect(second.get_by_role("button", name="Start training")).to_be_disabled()
    assert len(list_runs(runs)) == count

    table = second.get_by_role("table").filter(has_text=newest(runs).run_id)
    heads = table.get_by_role("columnheader").all_inner_texts()
    assert heads == ["Run", "State", "Data set", "AP50"]  # what a phone has room for
    assert table.evaluate("each => each.scrollWidth <= each.parentElement.clientWidth")


def test_the_learned_boxes_are_drawn_over_the_watched_images(
    open_page: OpenPage, runs: Path
) -> None:
    page = open_page("train_live")
    start_on_the_sample(page, runs, epochs=1)
    expect(page.get_by_text("Finished · step 8 of 8")).to_be_visible(timeout=PATIENCE_S * 1000)
    expect(page.get_by_text("Six validation images after step 8")).to_be_visible()
    frames = sorted(newest(runs).film.glob("frame-*.json"))
    assert len(frames) == 5  # before the first step, three within the epoch, and at its end


def test_the_film_is_wound_back_and_beside_another_run(open_page: OpenPage, runs: Path) -> None:
    page = open_page("train_live")
    start_on_the_sample(page, runs, epochs=1)
    expect(page.get_by_text("Finished · step 8 of 8")).to_be_visible()
    run = newest(runs)
    frames = [json.loads(path.read_text()) for path in sorted(run.film.glob("frame-*.json"))]
    steps = [frame["step"] for frame in frames]
    assert len(steps) == 5

    def bars() -> list[float]:
        """Heights as shares of a full bar."""
        top, bottom = (page.evaluate(EDGE, ["anchor_scores", edge]) for edge in ("top", "bottom"))
        return [(low - high) / BAR_PX for high, low in zip(top, bottom, strict=True)]

    def shows(step: int) -> None:
        expect(page.get_by_text(f"Six validation images after step {step}")).to_be_visible()
        scores = [s for image in frames[steps.index(step)]["images"] for s in image["anchor_score"]]
        deadline = time.monotonic() + PATIENCE_S
        while bars() != pytest.approx(scores, abs=1e-6):
            assert time.monotonic() < deadline, (bars(), scores)
            page.wait_for_timeout(100)

    shows(8)
    newest_button = page.get_by_role("button", name="Latest")
    expect(newest_button).to_be_disabled()
    handle = page.get_by_label("Frame", exact=True)
    handle.press("Home")
    shows(0)
    handle.press("ArrowRight")
    shows(steps[1])
    newest_button.click()
    shows(8)
    page.get_by_role("button", name="Play").click()  # from the end: all of it
    expect(page.get_by_text("Six validation images after step 0")).to_be_visible()
    shows(8)

    others = [other.run_id for other in list_runs(runs) if other.run_id != run.run_id]
    if not others:  # alone, this test is the first to make a run
        start_on_the_sample(page, runs, epochs=1)
        expect(page.get_by_text("Finished · step 8 of 8")).to_be_visible()
        others = [run.run_id]
        page.reload()
        page.wait_for_selector("body.ssdx-ready")
    page.get_by_label("Compare with").select_option(others[0])
    expect(page.get_by_text(f"Run {others[0]} after step")).to_be_visible()


def test_runs_are_listed_compared_exported_and_deleted(open_page: OpenPage, runs: Path) -> None:
    page = open_page("train_live")
    start_on_the_sample(page, runs, epochs=1)
    expect(page.get_by_text("Finished · step 8 of 8")).to_be_visible()
    first = newest(runs)
    seed = page.get_by_label("Seed")
    seed.fill("5")
    seed.press("Enter")
    start_on_the_sample(page, runs, epochs=1)
    second = newest(runs)
    expect(page.get_by_text("Finished · step 8 of 8")).to_be_visible()

    table = page.get_by_role("table").filter(has_text=first.run_id)
    expect(table.get_by_role("row").nth(1)).to_contain_text(f"{second.run_id} ◂finished")
    ap50 = [r["ap50"] for r in first.records() if r["kind"] == "epoch"][-1]
    expect(table.get_by_role("row", name=first.run_id)).to_contain_text(f"{ap50:.3f}")

    choice = page.get_by_label("Run", exact=True)
    expect(choice).to_have_value(second.run_id)  # so Export and Delete… are about that one
    choice.select_option(first.run_id)
    expect(page.get_by_role("row", name=f"Setting {second.run_id} {first.run_id}")).to_be_visible()
    expect(page.get_by_role("row", name="Seed 5 0")).to_be_visible()
    page.get_by_role("button", name="Open this run").click()
    expect(page.get_by_role("row", name=f"{first.run_id} ◂")).to_be_visible()
    losses = [r["class_loss"] for r in first.records() if r["kind"] == "step"]
    deadline = time.monotonic() + PATIENCE_S
    while column(page, "class_loss") != losses:
        assert time.monotonic() < deadline, "the page does not show the first run's curve"
        page.wait_for_timeout(100)

    page.get_by_role("button", name="Export CSV, TensorBoard").click()
    expect(page.get_by_text("curves.csv, curves-epochs.csv")).to_be_visible()
    written = (first.path / "export" / "step-8" / "curves.csv").read_text().splitlines()
    assert len(written) == 9
    assert written[0].startswith("step,epoch,class_loss,box_loss")

    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Keep it").click()
    assert first.path.is_dir()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text(f"Run {first.run_id} is deleted.")).to_be_visible()
    assert not first.path.exists()
    expect(page.get_by_role("row", name=f"{second.run_id} ◂")).to_be_visible()


def test_a_loss_that_is_not_finite_shows_the_images_and_the_good_checkpoint_stays(
    open_page: OpenPage, runs: Path
) -> None:
    page = open_page("train_live")
    page.get_by_label("Recipe").select_option("tutorial")  # Adam bears even such a rate
    rate = page.get_by_label("Learning rate", exact=True)
    expect(rate).to_have_value("0.1")
    rate.fill("1000000")
    rate.press("Enter")
    start_on_the_sample(page, runs, epochs=3)
    expect(page.get_by_text("Failed · step")).to_be_visible()
    expect(
        page.get_by_text(re.compile(r"Stopped (at|after) step \d+: .+ Try a lower learning rate"))
    ).to_be_visible()
    told = json.loads((newest(runs).path / "tripwire.json").read_text())
    figures = page.locator(".ssdx-tripwire figure")
    expect(figures).to_have_count(len(told["images"]))
    expect(figures.first).to_have_text(f"record {told['images'][0]['record_id']}")
    expect(figures.first.locator("rect")).to_have_count(len(told["images"][0]["labels"]))

    page.get_by_label("Overfit one batch (a check that learning works)").check()
    expect(page.get_by_text("32 images to learn from: 60 steps in total.")).to_be_visible()
    expect(page.get_by_text("costs 0.11 by cross-entropy, and 400 times less")).to_be_visible()
    page.get_by_label("γ").fill("0")
    page.get_by_label("γ").press("Enter")
    expect(page.get_by_text("and 4 times less by the focal loss")).to_be_visible()


def test_the_next_batch_is_the_one_that_the_run_then_learns(
    open_page: OpenPage, runs: Path
) -> None:
    page = open_page("train_live")
    look = page.get_by_role("button", name="Look at the next batch")
    start_on_the_sample(page, runs, epochs=50)
    expect(page.get_by_text("This run has no checkpoint yet.")).to_be_visible()
    expect(look).to_be_disabled()
    wait_for_rows(page, runs, 1)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused · step")).to_be_visible()
    run = newest(runs)
    step = run.read_status().step + 1
    page.get_by_role("button", name="Save checkpoint").click()
    deadline = time.monotonic() + PATIENCE_S
    while not any(record.get("event") == "checkpoint" for record in run.records()):
        assert time.monotonic() < deadline, "no checkpoint was saved"
        page.wait_for_timeout(100)
    look.click()
    seen = inspect_batch(run)
    assert seen.step == step
    sentence = page.get_by_text(f"The batch of step {step}, with the weights after step {step - 1}")
    expect(sentence).to_contain_text("The run has no record of this step yet.")

    def told(before: str) -> float:
        found = re.search(rf"{before} ([\d.e-]+?)\.?(\s|$)", sentence.inner_text())
        assert found, sentence.inner_text()
        return float(found[1])

    assert told("Loss of this batch:") == pytest.approx(seen.loss, rel=1e-3)
    assert told("= classes") == pytest.approx(seen.class_loss, rel=1e-3)
    assert told("\\+ boxes") == pytest.approx(seen.box_loss, rel=1e-3)

    def shows(number: int) -> None:
        """Both halves of the picture, and the table, are those of the image recomputed here."""
        image = seen.images[number]
        expect(
            page.get_by_text(f"Image {number + 1} of 4 · record {image.record_id} · ")
        ).to_be_visible()
        of_kind = (image.anchor_loss[image.kind > 0], image.anchor_loss[image.kind == 0])
        expected = sorted(loss for losses in of_kind for loss in np.sort(losses)[-6:].tolist())
        deadline = time.monotonic() + PATIENCE_S
        while page.evaluate(EDGE, ["batch_anchors", "loss"]) != pytest.approx(expected, rel=1e-4):
            assert time.monotonic() < deadline, expected
            page.wait_for_timeout(100)
        for name, labels in (("gt_before", image.original_labels), ("gt_after", image.labels)):
            assert page.evaluate(EDGE, [name, "left"]) == pytest.approx(labels[:, 1] * 256)
        table = page.get_by_role("table").filter(has_text="Should be")
        expect(table.get_by_role("row")).to_have_count(1 + len(expected))
        first = table.get_by_role("row").nth(1).get_by_role("cell").last
        share = float(first.inner_text().rstrip("%")) / 100
        assert share == pytest.approx(expected[-1] / seen.loss, abs=1.5e-4)
        expect(
            page.get_by_text(f"Anchors of this image: {(image.kind > 0).sum()} positive")
        ).to_contain_text(f"{(image.kind == 0).sum()} mined negative")

    shows(0)
    page.get_by_role("button", name="Next ▸").click()
    shows(1)

    page.get_by_role("button", name="One step").click()
    expect(sentence).to_contain_text(f"The run’s own record of step {step}:")
    (record,) = (r for r in run.records() if r["kind"] == "step" and r["step"] == step)
    own = record["class_loss"] + record["box_loss"]
    assert told(f"record of step {step}:") == pytest.approx(own, rel=1e-3)
    assert seen.loss == pytest.approx(own, rel=1e-4)


@pytest.mark.slow
def test_one_batch_is_learned_by_heart_and_the_finished_run_made_longer(
    open_page: OpenPage, runs: Path
) -> None:
    page = open_page("train_live")
    page.get_by_label("Overfit one batch (a check that learning works)").check()
    start_on_the_sample(page, runs, epochs=1)
    expect(page.get_by_text("Finished · step 20 of 20")).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_be_disabled()
    expect(page.get_by_label("Total epochs")).to_have_value("2")
    page.get_by_role("button", name="Continue to this total").click()
    expect(page.get_by_text("Finished · step 40 of 40")).to_be_visible()
    losses = wait_for_rows(page, runs, 40)
    assert column(page, "step") == list(range(1, 41))
    assert losses[-1] < losses[0] / 4
    assert newest(runs).read_config().overfit
