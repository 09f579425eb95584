"""The next batch from outside, against a real training that goes on to learn from it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.config import MatchConfig, TrainConfig, recipe
from explorer.datasets import epoch_batches, open_dataset
from explorer.datasets.records.detection_record import pack
from explorer.datasets.records.recordio import RecordWriter
from explorer.ssd.boxes import iou
from explorer.ssd.matching import MatchKind
from explorer.training import checkpoints
from explorer.training.batch_inspection import LARGEST_SIDE_PX, inspect_batch
from explorer.training.loop import Training
from explorer.training.run.directory import RunDirectory
from tests.datasets.record_files import BOX, jpeg, write_records
from tests.training.runs import new_training, of_kind

EMPTY = 3
"""The record without an object."""

LOSSES: dict[str, dict[str, Any]] = {
    "fast": {},
    "tutorial": recipe("tutorial").model_dump(include={"match", "class_loss", "loss_average"}),
    "no mining": {"match": MatchConfig()},
    "focal by positives": {"class_loss": "focal", "focal_gamma": 1.5, "box_weight": 2.5},
    "mined by anchors": {"loss_average": "anchors", "box_weight": 0.5, "augment": "none"},
    "overfit": {"overfit": True},
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten records of one, two or no objects; two batches of four an epoch."""
    folder = tmp_path_factory.mktemp("batches")
    one, other = [0, 0.1, 0.2, 0.5, 0.7], [1, 0.4, 0.3, 0.9, 0.8]
    labels = [[one, other] if number % 2 else [one] for number in range(10)]
    labels[EMPTY] = []
    write_records(folder / "train.rec", labels)
    write_records(folder / "val.rec", [[one, other]])
    return folder


def settings(data: Path, **changes: Any) -> TrainConfig:
    small = {"dataset": str(data), "input_size": 64, "batch_size": 4, "device": "cpu"}
    return TrainConfig.model_validate({**small, "epochs": 9, "learning_rate": 0.002, **changes})


def train(training: Training, num_steps: int) -> list[dict[str, Any]]:
    steps = (record for record in training.records() if record["kind"] == "step")
    return list(itertools.islice(steps, num_steps))


def saved_after(num_steps: int, config: TrainConfig, root: Path) -> tuple[RunDirectory, Training]:
    run = RunDirectory.create(config, root)
    training = new_training(config)
    if num_steps:
        train(training, num_steps)
    fingerprint = training.train_set.fingerprint
    run.append_record({"kind": "start", "step": 0, "fingerprint": fingerprint, "time": 1.0})
    checkpoints.save(training, run.checkpoints)
    return run, training


@pytest.mark.parametrize("name", LOSSES)
def test_the_loss_is_the_one_that_the_run_then_records(
    data: Path, tmp_path: Path, name: str
) -> None:
    config = settings(data, **LOSSES[name])
    for num_steps in (0, 2, 5):  # the beginning, the end and the middle of an epoch
        run, training = saved_after(num_steps, config, tmp_path)
        seen = inspect_batch(run)
        (record,) = train(training, 1)
        assert seen.step == record["step"] == num_steps + 1
        assert seen.class_loss == pytest.approx(record["class_loss"], rel=1e-5)
        assert seen.box_loss == pytest.approx(config.box_weight * record["box_loss"], rel=1e-5)
        assert seen.loss == pytest.approx(sum(each.loss for each in seen.images))
        kinds = np.stack([each.kind for each in seen.images])
        assert (kinds > 0).sum() == record["num_positives"] > 0


def test_a_real_worker_recorded_the_loss_of_the_step_after_its_checkpoint(
    finished: RunDirectory,
) -> None:
    # Without its last checkpoint, the run has gone on beyond the one that is left.
    folder = finished.path.parent / "shortened"
    RunDirectory(folder).path.mkdir()
    for path in finished.path.rglob("*"):
        if path.is_file() and path.stem != "epoch-0002":
            target = folder / path.relative_to(finished.path)
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(path.read_bytes())
    run = RunDirectory(folder)
    seen = inspect_batch(run)
    assert seen.step == 5
    record = of_kind(run, "step")[4]
    assert record["step"] == 5
    assert seen.class_loss == pytest.approx(record["class_loss"], rel=1e-4)
    assert seen.box_loss == pytest.approx(record["box_loss"], rel=1e-4)

    beyond = inspect_batch(finished)
    assert beyond.step == 9  # nobody will learn it, unless the run gets more epochs


def test_the_images_are_those_of_the_loader_and_their_originals(data: Path, tmp_path: Path) -> None:
    config = settings(data)
    seen = inspect_batch(saved_after(3, config, tmp_path)[0])
    dataset = open_dataset(data, "train")
    batch = list(epoch_batches(dataset, 4, 64, seed=0, epoch=1, augment_mode="full"))[1]
    assert [each.record_id for each in seen.images] == batch.record_ids.tolist()
    for each, image, labels in zip(seen.images, batch.images, batch.labels, strict=True):
        sample = dataset[each.record_id]
        np.testing.assert_array_equal(each.image, image)
        np.testing.assert_array_equal(each.labels, labels[labels[:, 0] >= 0])
        np.testing.assert_array_equal(each.original, sample.image)
        np.testing.assert_array_equal(each.original_labels, sample.labels)
        assert len(each.labels) == len(sample.labels)


def test_mining_keeps_three_negatives_a_positive_the_least_sure(data: Path, tmp_path: Path) -> None:
    seen = inspect_batch(saved_after(4, settings(data, batch_size=10), tmp_path)[0])
    full = [each for each in seen.images if len(each.labels)]
    assert len(full) == 9
    for each in full:
        positive, mined = each.kind > 0, each.kind == MatchKind.NEGATIVE
        assert mined.sum() == 3 * positive.sum()
        ignored = each.kind == MatchKind.IGNORED
        below = iou(seen.grid.boxes, each.labels[:, 1:]).max(axis=1) < 0.5
        assert each.target_prob[mined].max() <= each.target_prob[ignored & below].min()
        assert (each.class_loss[ignored] == 0).all()
        assert (each.class_loss[~ignored] > 0).all()
        assert (each.box_loss[~positive] == 0).all()
        assert ((each.gt_index >= 0) == positive).all()
        expected = -np.log(each.target_prob) / sum((other.kind > 0).sum() for other in full)
        np.testing.assert_allclose(each.class_loss[positive], expected[positive], rtol=1e-4)


@pytest.mark.parametrize("name", ["fast", "tutorial"])
def test_an_image_without_object_adds_nothing_but_under_the_focal_loss(
    data: Path, tmp_path: Path, name: str
) -> None:
    config = settings(data, batch_size=10, **LOSSES[name])
    seen = inspect_batch(saved_after(1, config, tmp_path)[0])
    (empty,) = [each for each in seen.images if each.record_id == EMPTY]
    assert empty.labels.shape == (0, 5)
    if name == "fast":
        assert (empty.kind == MatchKind.IGNORED).all()
        assert empty.loss == 0
    else:  # it takes all that is not positive for background
        assert (empty.kind == MatchKind.NEGATIVE).all()
        assert 0 < empty.loss < seen.loss


def test_looking_changes_no_file_and_no_weight(data: Path, tmp_path: Path) -> None:
    run, training = saved_after(3, settings(data), tmp_path)
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    first, second = inspect_batch(run), inspect_batch(run)
    assert first.loss == second.loss
    assert {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()} == before
    resumed = new_training(training.config)
    path = checkpoints.latest(run.checkpoints)
    assert path is not None
    checkpoints.restore(resumed, path)
    assert train(resumed, 1)[0]["class_loss"] == train(training, 1)[0]["class_loss"]


def test_a_large_original_is_kept_small(tmp_path: Path) -> None:
    with RecordWriter(tmp_path / "train.rec") as writer:
        writer.write(pack(np.array([BOX], np.float32), jpeg(0, height=300, width=1200), 0))
    write_records(tmp_path / "val.rec", [[BOX]])
    run, _ = saved_after(0, settings(tmp_path), tmp_path / "runs")
    (only,) = inspect_batch(run).images
    assert only.original.shape == (128, LARGEST_SIDE_PX, 3)
    assert only.image.shape == (64, 64, 3)


def test_progress_rises(data: Path, tmp_path: Path) -> None:
    told: list[float] = []
    inspect_batch(saved_after(0, settings(data), tmp_path)[0], told.append)
    assert told == sorted(told)
    assert 0 < told[0] < told[-1] < 1


def test_what_is_missing_is_one_sentence(data: Path, tmp_path: Path) -> None:
    run = RunDirectory.create(settings(data), tmp_path)
    with pytest.raises(ValueError, match="no good checkpoint yet"):
        inspect_batch(run)
    run, _ = saved_after(1, settings(data), tmp_path)
    (run.path / "records.jsonl").write_text(
        json.dumps({"kind": "start", "step": 0, "fingerprint": "another", "time": 1.0}) + "\n"
    )
    with pytest.raises(ValueError, match="data set has changed"):
        inspect_batch(run)
    run, _ = saved_after(1, settings(data), tmp_path)
    content = json.loads((run.path / "config.json").read_text())
    content["config"]["dataset"] = str(tmp_path / "gone")
    (run.path / "config.json").write_text(json.dumps(content))
    with pytest.raises(FileNotFoundError, match=r"no train\.rec"):
        inspect_batch(run)
