"""Runs that begin at a later epoch, as the tutorial does with its own weights at the 148th."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from explorer.config import TrainConfig
from explorer.training import launch
from explorer.training.batch_inspection import inspect_batch
from explorer.training.loop import Training
from explorer.training.run.history import summarise_run
from tests.training.runs import (
    new_training,
    of_kind,
    stop,
    tiny_config,
    wait_for_end,
    wait_for_step,
    weights,
)

SGD = {"optimizer": "sgd", "momentum": 0.0, "warmup_steps": 3}  # nothing is lost with its states


def _figures(training: Training, kind: str, *names: str) -> list[tuple[float, ...]]:
    return [
        tuple(record[name] for name in names)
        for record in training.records()
        if record["kind"] == kind
    ]


def test_two_halves_are_the_whole_run_bit_by_bit(dataset: Path, tmp_path: Path) -> None:
    config = tiny_config(dataset, epochs=4, augment="full", **SGD)
    whole = new_training(config)
    rates, figures = [], []
    for record in whole.records():
        if record["kind"] == "step":
            rates.append(record["learning_rate"])
        elif record["kind"] == "epoch":
            figures.append((record["epoch"], record["ap50"], record["map"]))
            if record["epoch"] == 2:
                whole.engine.save(tmp_path / "half.params")
    begun = {"pretrained": str(tmp_path / "half.params"), "first_epoch": 2}
    rest = new_training(config.with_(**begun))
    assert (rest.step, rest.epoch, rest.num_steps) == (0, 2, 8)
    assert rest.scheduled_rate() == rates[8]
    found = list(rest.records())
    steps = [record for record in found if record["kind"] == "step"]
    assert [record["learning_rate"] for record in steps] == rates[8:]
    assert [(record["step"], record["epoch"]) for record in steps] == [
        (step, 3 + (step - 1) // 4) for step in range(1, 9)
    ]
    validations = [record for record in found if record["kind"] == "epoch"]
    assert [(each["epoch"], each["ap50"], each["map"]) for each in validations] == figures[2:]
    assert (rest.epoch, rest.step) == (4, 8)
    for name, values in weights(whole).items():
        np.testing.assert_array_equal(values, weights(rest)[name], err_msg=name)


def test_a_worker_stops_resumes_and_is_lengthened_there(dataset: Path, root: Path) -> None:
    config = tiny_config(dataset, epochs=150, first_epoch=147, **SGD)
    run = launch.start_run(config, root)
    wait_for_step(run, 2)
    stop(run)
    status = run.read_status()
    assert (status.num_steps, status.num_epochs) == (12, 150)
    launch.resume_run(run)
    status = wait_for_end(run)
    assert (status.state, status.step, status.epoch, status.progress) == ("finished", 12, 150, 1.0)
    assert [record["epoch"] for record in of_kind(run, "epoch")] == [148, 149, 150]
    rates = [record["learning_rate"] for record in of_kind(run, "step")]
    assert rates == [config.learning_rate_at(147 * 4 + step, 600) for step in range(12)]
    assert sorted(path.stem for path in run.checkpoints.glob("*.params"))[-1] == "epoch-0150"
    with pytest.raises(ValueError, match="ask for more than 150 epochs, not 150"):
        launch.set_epochs(run, 150)
    launch.set_epochs(run, 151)
    assert wait_for_end(run).step == 16
    summary = summarise_run(run)
    assert (summary.epochs, summary.first_epoch, summary.num_steps) == (151, 147, 16)
    assert summary.epochs_planned == "147 + 4"


def test_it_is_not_made_shorter_than_what_has_begun(dataset: Path) -> None:
    training = new_training(tiny_config(dataset, epochs=150, first_epoch=148))
    training.set_epochs(3)
    assert (training.epochs, training.num_steps) == (149, 4)
    training.set_epochs(151)
    assert (training.epochs, training.num_steps) == (151, 12)


def test_the_next_batch_from_outside_is_the_one_it_learns_from(dataset: Path, root: Path) -> None:
    config = tiny_config(dataset, epochs=9, first_epoch=7, augment="full")
    run = launch.start_run(config, root)
    wait_for_end(run)
    (run.checkpoints / "epoch-0009.params").unlink()
    inspected = inspect_batch(run)
    (step,) = (record for record in of_kind(run, "step") if record["step"] == 5)
    assert inspected.step == 5
    assert inspected.class_loss == pytest.approx(step["class_loss"], rel=1e-4)


def test_it_is_below_the_number_of_epochs() -> None:
    assert TrainConfig(epochs=150, first_epoch=149).first_epoch == 149
    assert TrainConfig().first_epoch == 0
    with pytest.raises(ValidationError, match="below epochs, which counts those before it too: 8"):
        TrainConfig(epochs=8, first_epoch=8)
    with pytest.raises(ValidationError):
        TrainConfig(epochs=8, first_epoch=-1)
