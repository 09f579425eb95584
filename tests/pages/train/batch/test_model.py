"""The state of “the next batch”, with a batch computed by hand in the place of a network."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.config import CREATURE, TrainConfig, recipe
from explorer.pages.shared.anchor_kind import AnchorKind
from explorer.pages.train.batch.model import COSTLIEST, MOST_DRAWN, AnchorCounts, BatchModel
from explorer.pages.train.batch.words import (
    after_text,
    augmentation_text,
    batch_summary,
    before_text,
    caption,
    loss_text,
    small_numbers,
    state_text,
)
from explorer.pages.train.model import TrainLiveModel
from explorer.pages.train.run_curves import RunCurves
from explorer.training.batch_inspection import BatchInspection, InspectedImage
from explorer.training.run.directory import RunDirectory
from tests.maps import toy_grid
from tests.pages.train.test_model import step_record

GRID = toy_grid(CREATURE, (64, 64))
NUM = len(GRID)
COARSEST = NUM - 1


def image(record_id: int, kinds: dict[int, int], losses: dict[int, tuple[float, float]]) -> Any:
    """Return an image whose anchors are ignored but for those named, with their losses."""
    kind = np.full(NUM, -1, np.int8)
    class_loss, box_loss = np.zeros(NUM, np.float32), np.zeros(NUM, np.float32)
    for anchor, value in kinds.items():
        kind[anchor] = value
        class_loss[anchor], box_loss[anchor] = losses.get(anchor, (0.0, 0.0))
    labels = np.array([[1, 0.1, 0.2, 0.5, 0.6]] * (max(kinds.values(), default=0) > 0), np.float32)
    return InspectedImage(
        record_id=record_id,
        original=np.zeros((30, 40, 3), np.uint8),
        original_labels=labels.reshape(-1, 5),
        image=np.zeros((64, 64, 3), np.uint8),
        labels=labels.reshape(-1, 5),
        kind=kind,
        gt_index=np.where(kind > 0, 0, -1).astype(np.int32),
        target_prob=np.full(NUM, 0.25, np.float32),
        class_loss=class_loss,
        box_loss=box_loss,
    )


def batch(config: TrainConfig, *images: Any) -> BatchInspection:
    settings = config.with_(input_size=64, class_names=("left", "<right>"))
    return BatchInspection(17, settings, GRID, images)


FULL = image(7, {3: 2, COARSEST: 1, 5: 0, 6: 0}, {3: (0.5, 0.25), COARSEST: (0.125, 0), 6: (1, 0)})
EMPTY = image(9, {}, {})


def looked_at(found: BatchInspection, root: Path, curves: RunCurves | None = None) -> BatchModel:
    run = RunDirectory.create(recipe("fast"), root)
    model = BatchModel(curves or RunCurves(), lambda _run, _progress: found)
    model.follow(run)
    asyncio.run(model.look())
    return model


def test_anchors_come_with_what_each_adds_to_the_loss(tmp_path: Path) -> None:
    model = looked_at(batch(recipe("fast"), FULL, EMPTY), tmp_path)
    first, second, third, last = model.anchors()
    assert (first.kind, first.target, first.class_loss) == (AnchorKind.MINED, "", 1.0)
    assert (second.kind, second.target) == (AnchorKind.OVER_THRESHOLD, "<right>")
    assert (second.class_loss, second.box_loss, second.share) == (0.5, 0.25, 0.75 / 1.875)
    assert second.box_px == pytest.approx((GRID.boxes[3] * 64).tolist())
    assert (second.map_shape, second.target_prob) == ((8, 8), 0.25)
    assert (third.kind, third.map_shape) == (AnchorKind.FORCED, (1, 1))
    assert (last.kind, last.share) == (AnchorKind.MINED, 0.0)


def test_which_anchors_are_drawn_is_a_choice(tmp_path: Path) -> None:
    crowd = image(1, {a: 0 if a > 60 else 2 for a in range(300)}, {a: (a, 0) for a in range(300)})
    model = looked_at(batch(recipe("fast"), crowd), tmp_path)
    negatives, positives = list(range(299, 60, -1)), list(range(60, -1, -1))

    def losses() -> list[float]:
        return [anchor.class_loss for anchor in model.anchors()]

    assert losses() == negatives[:COSTLIEST] + positives[:COSTLIEST]
    model.shown = "counted"
    assert losses() == negatives[:MOST_DRAWN]
    model.shown = "positive"
    assert losses() == positives
    model.shown = "negative"
    assert losses() == negatives[:MOST_DRAWN]


def test_the_negatives_of_the_focal_loss_are_not_mined(tmp_path: Path) -> None:
    model = looked_at(batch(recipe("tutorial"), FULL), tmp_path)
    assert not model.mines
    assert model.anchors()[0].kind == AnchorKind.BACKGROUND
    mining = recipe("tutorial", match=recipe("fast").match)
    assert not looked_at(batch(mining, FULL), tmp_path).mines
    assert looked_at(batch(recipe("fast"), FULL), tmp_path).mines


def test_images_are_walked_through_and_no_further(tmp_path: Path) -> None:
    model = looked_at(batch(recipe("fast"), FULL, EMPTY), tmp_path)
    assert caption(model) == "Image 1 of 2 · record 7 · 100.0% of the batch’s loss"
    model.go_to(1)
    assert caption(model) == "Image 2 of 2 · record 9 · 0.0% of the batch’s loss"
    model.go_to(2)
    assert model.image == 1
    model.go_to(-1)
    assert model.image == 0


def test_the_words_say_who_pays(tmp_path: Path) -> None:
    model = looked_at(batch(recipe("fast"), FULL, EMPTY), tmp_path)
    assert model.counts(FULL, EMPTY) == AnchorCounts(2, 2, 2 * NUM - 4)
    assert model.positive_share() == pytest.approx(0.875 / 1.875)
    assert batch_summary(model) == (
        f"Anchors of this image: 2 positive, 2 mined negative, {NUM - 4} ignored. Of the batch: "
        f"2 positive, 2 mined negative, {2 * NUM - 4} ignored. 47% of its loss comes from the "
        "positive ones."
    )
    assert before_text(model) == "In the data set, 40 × 30 px"
    assert after_text(model) == "As the network sees it, 64 × 64 px"
    augmented = "Augmented: a random part of the image, perhaps mirrored, in other colours."
    kept = " Its object is kept: no crop may lose more than 5% of one."
    assert augmentation_text(model) == augmented + kept
    model.go_to(1)
    assert "It has no object: every anchor is ignored, so it adds nothing to" in batch_summary(
        model
    )
    assert augmentation_text(model) == augmented


def test_losses_below_each_other_have_the_same_decimals() -> None:
    assert small_numbers([0.02487, 0.0011, 0.0]) == ["0.0249", "0.0011", "0.0000"]
    assert small_numbers([3.14159, 12.5]) == ["3.1", "12.5"]
    assert small_numbers([4.5678e-6]) == ["0.00000457"]
    assert small_numbers([1234.5, 1.0]) == ["1234", "1"]
    assert small_numbers([0.0]) == ["0"]
    assert small_numbers([]) == []


def test_a_batch_without_objects_has_no_loss_but_a_focal_one(tmp_path: Path) -> None:
    model = looked_at(batch(recipe("fast"), EMPTY), tmp_path)
    assert model.positive_share() is None
    assert model.anchors() == []
    assert batch_summary(model).endswith("Nothing in it adds to the loss.")
    background = image(2, {4: 0}, {4: (0.5, 0)})
    focal = looked_at(batch(recipe("tutorial", overfit=True), background), tmp_path)
    assert "this loss treats them as background, so they count" in batch_summary(focal)
    assert focal.anchors()[0].share == 1.0
    assert augmentation_text(focal).startswith("This run does not augment")
    cropped = looked_at(batch(recipe("tutorial"), background), tmp_path)
    assert augmentation_text(cropped) == "Augmented: a random part of the image, cut out."


def test_the_runs_own_record_appears_as_soon_as_it_is_there(tmp_path: Path) -> None:
    config = recipe("fast", box_weight=2.0)
    run = RunDirectory.create(config, tmp_path)
    page = TrainLiveModel(root=tmp_path)
    page.batch = BatchModel(page.curves, lambda _run, _progress: batch(config, FULL))
    page.follow(run)
    asyncio.run(page.batch.look())
    assert page.batch.recorded is None
    assert loss_text(page.batch) == (
        "The batch of step 17, with the weights after step 16. Loss of this batch: 1.875 = "
        "classes 1.625 + boxes 0.25. The run has no record of this step yet."
    )
    run.append_record(step_record(16, class_loss=9.0))
    page.poll()
    assert page.batch.recorded is None
    run.append_record(step_record(17, class_loss=1.625, box_loss=0.125))
    page.poll()
    assert page.batch.recorded == 1.875
    assert loss_text(page.batch).endswith("The run’s own record of step 17: 1.875.")
    run.append_record({"kind": "resume", "step": 16, "time": 200.0})
    run.append_record(step_record(17, class_loss=1.7, box_loss=0.125))
    page.poll()
    assert loss_text(page.batch).endswith(
        "record of step 17: 1.95. They differ: the run computes on another device, or on several."
    )


def test_what_there_is_to_do_is_said(tmp_path: Path) -> None:
    page = TrainLiveModel(root=tmp_path)
    assert state_text(page.batch).startswith("Start a run first")
    run = RunDirectory.create(recipe("fast"), tmp_path)
    page.follow(run)
    assert not page.batch.has_checkpoint
    assert "no checkpoint yet" in state_text(page.batch)
    (run.checkpoints / "epoch-0001.params").touch()
    page.poll()
    assert page.batch.has_checkpoint
    assert state_text(page.batch).startswith("Looks at what comes after the newest checkpoint")


@pytest.mark.parametrize("error", [ValueError("no good\ncheckpoint"), FileNotFoundError("no data")])
def test_what_goes_wrong_is_one_sentence_until_it_works(tmp_path: Path, error: Exception) -> None:
    outcomes: list[Any] = [error, batch(recipe("fast"), FULL)]

    def inspect(_run: RunDirectory, _progress: Callable[[float], None]) -> BatchInspection:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    model = BatchModel(RunCurves(), inspect)
    model.follow(RunDirectory.create(recipe("fast"), tmp_path))
    asyncio.run(model.look())
    assert model.problem == " ".join(str(error).split())
    assert (model.inspection, model.works) == (None, False)
    asyncio.run(model.look())
    assert model.problem == ""
    assert model.inspection.step == 17


def test_one_look_at_a_time_and_none_of_a_run_that_was_left(tmp_path: Path) -> None:
    go_on, calls = threading.Event(), []

    def inspect(run: RunDirectory, progress: Callable[[float], None]) -> BatchInspection:
        calls.append(run)
        progress(0.5)
        go_on.wait(60)
        return batch(recipe("fast"), FULL)

    model = BatchModel(RunCurves(), inspect)
    model.follow(RunDirectory.create(recipe("fast"), tmp_path))

    async def leave_meanwhile() -> None:
        looking = asyncio.create_task(model.look())
        while model.progress != 0.5:
            await asyncio.sleep(0.01)
        assert model.works
        assert state_text(model) == "Augmenting the images and asking the network…"
        await model.look()
        model.follow(None)
        assert model.works  # until the thread has ended
        go_on.set()
        await looking

    asyncio.run(leave_meanwhile())
    assert len(calls) == 1
    assert (model.inspection, model.works, model.problem) == (None, False, "")


def test_anchors_of_a_batch_without_loss_have_no_share_of_it(tmp_path: Path) -> None:
    free = image(7, {3: 2, 5: 0}, {})
    model = looked_at(batch(recipe("fast"), free), tmp_path)
    assert model.shown == "costliest"
    assert [anchor.share for anchor in model.anchors()] == [0.0, 0.0]
    assert model.counts(free) == (1, 1, NUM - 2)
