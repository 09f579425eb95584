from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from explorer.config import MatchConfig, recipe
from explorer.datasets import RecordDataset, epoch_batches, open_dataset
from explorer.engine import Engine
from explorer.ssd.not_finite import NotFiniteError
from explorer.training.loop import Training
from explorer.training.tripwire import DivergedError, forget_tripwire, write_tripwire
from tests.datasets.record_files import write_records
from tests.training.runs import new_training, tiny_config, weights, write_tiny_dataset


def test_the_records_of_a_run_come_in_order_and_are_json(dataset: Path) -> None:
    config = tiny_config(dataset)
    training = new_training(config)
    records = list(training.records())
    one_epoch = ["step", "film"] * 3 + ["step", "film", "epoch"]
    assert [record["kind"] for record in records] == ["film", *one_epoch, *one_epoch]
    steps = [record for record in records if record["kind"] == "step"]
    assert [step["step"] for step in steps] == list(range(1, 9))
    assert [step["epoch"] for step in steps] == [1] * 4 + [2] * 4
    assert [step["learning_rate"] for step in steps] == [
        config.learning_rate_at(step, 8) for step in range(8)
    ]
    assert all(step["num_samples"] == 4 for step in steps)
    assert all(sum(step["positives_per_layer"]) == step["num_positives"] for step in steps)
    assert {len(step["positives_per_layer"]) for step in steps} == {5}
    assert all(0 < step["positive_box_error_px"] <= 64 for step in steps)
    resident = psutil.Process().memory_info().rss / 1e6
    assert all(0.2 * resident < step["memory_mb"] < 5 * resident for step in steps)
    assert not any("gpu_memory_mb" in step for step in steps)
    assert set(steps[0]["seconds"]) == {"data", "forward", "backward", "update"}
    epochs = [record for record in records if record["kind"] == "epoch"]
    assert [(epoch["epoch"], epoch["step"], epoch["num_images"]) for epoch in epochs] == [
        (1, 4, 4),
        (2, 8, 4),
    ]
    assert json.loads(json.dumps(records, allow_nan=False)) == records


def test_the_same_seed_trains_the_same_weights_and_another_does_not(dataset: Path) -> None:
    trained = []
    for seed in (3, 3, 4):
        training = new_training(tiny_config(dataset, epochs=1, seed=seed))
        assert [r["step"] for r in training.records() if r["kind"] == "epoch"] == [4]
        trained.append(weights(training))
    assert all(np.array_equal(trained[0][name], trained[1][name]) for name in trained[0])
    assert any(not np.array_equal(trained[0][name], trained[2][name]) for name in trained[0])


def test_a_data_set_smaller_than_a_batch_gives_small_batches(tmp_path: Path) -> None:
    write_tiny_dataset(tmp_path, num_train=3, num_val=1)
    training = new_training(tiny_config(tmp_path, batch_size=16))
    steps = [record for record in training.records() if record["kind"] == "step"]
    assert [step["num_samples"] for step in steps] == [3, 3]


def test_boxes_too_large_to_be_numbers_do_not_end_a_run(dataset: Path) -> None:
    training = new_training(tiny_config(dataset, epochs=1))
    for name, parameter in training.engine.net._collect_params_with_prefix().items():
        if name.endswith("bias") and parameter.shape[0] % 16 == 0:
            parameter.set_data(np.full(parameter.shape, 500.0, np.float32))
    frame = next(training.records())
    boxes = [box for image in frame["images"] for box in image["boxes"]]
    assert boxes
    assert np.isfinite(boxes).all()


@pytest.mark.parametrize("recipe_name", ["fast", "tutorial"])
def test_a_run_that_diverges_says_when_and_what_to_do(dataset: Path, recipe_name: str) -> None:
    config = recipe(recipe_name).model_dump(include={"class_loss", "loss_average", "match"})
    training = new_training(
        tiny_config(dataset, epochs=20, optimizer="sgd", learning_rate=1e6, **config)
    )
    with pytest.raises(NotFiniteError, match="lower learning rate") as caught:
        for _ in training.records():
            pass
    assert training.step < 80
    assert f"step {training.step}" in str(caught.value) or (
        f"step {training.step + 1}" in str(caught.value)
    )
    assert all(np.isfinite(values).all() for values in weights(training).values())


def test_a_loss_that_is_not_finite_names_batch_and_term(dataset: Path) -> None:
    training = new_training(tiny_config(dataset))
    records = training.records()
    next(records)
    training.engine.net._collect_params_with_prefix()["class_preds.0.bias"].set_data(
        np.full(8, np.nan, np.float32)
    )
    with pytest.raises(NotFiniteError) as caught:
        next(records)
    for words in ("step 1", "batch of records", "not finite", "lower learning rate"):
        assert words in str(caught.value)
    assert training.step == 0


@pytest.mark.parametrize(
    ("done", "asked", "expected"),
    [(0, 1, 1), (0, 9, 9), (3, 1, 1), (4, 1, 1), (5, 1, 2), (5, 2, 2), (5, 3, 3), (8, 1, 2)],
)
def test_a_run_gets_as_many_epochs_as_asked_but_none_is_broken_off(
    dataset: Path, done: int, asked: int, expected: int
) -> None:
    training = new_training(tiny_config(dataset, epochs=5))
    training.step = done
    for _ in range(2):  # asking twice is asking once
        training.set_epochs(asked)
        assert (training.epochs, training.num_steps) == (expected, 4 * expected)


def test_the_schedule_follows_the_new_end(dataset: Path) -> None:
    config = tiny_config(dataset, epochs=4)
    training = new_training(config)
    rates = []
    for record in training.records():
        if record["kind"] == "step":
            rates.append(record["learning_rate"])
            if record["step"] == 3:
                training.set_epochs(2)
    expected = [config.learning_rate_at(step, 16) for step in range(3)]
    assert rates == expected + [config.learning_rate_at(step, 8) for step in range(3, 8)]


def test_one_batch_is_learned_by_heart(dataset: Path) -> None:
    config = tiny_config(dataset, overfit=True, epochs=2, learning_rate=0.003, schedule="constant")
    training = new_training(config)
    (batch, *_) = epoch_batches(training.train_set, 4, 64, seed=0, epoch=0, augment_mode="none")
    for epoch, done in ((0, 0), (0, 19), (1, 5)):
        batches = list(training._batches(epoch, done))
        assert len(batches) == 20 - done
        for each in batches:
            np.testing.assert_array_equal(each.images, batch.images)
            np.testing.assert_array_equal(each.labels, batch.labels)
    records = list(training.records())
    steps = [record for record in records if record["kind"] == "step"]
    assert (len(steps), training.num_steps) == (40, 40)
    assert [r["step"] for r in records if r["kind"] == "epoch"] == [20, 40]
    losses = [step["class_loss"] + step["box_loss"] for step in steps]
    assert max(losses[-5:]) < 0.2 * losses[0]
    assert max(step["positive_accuracy"] for step in steps[-5:]) > 0.9


def _diverged(training: Training) -> DivergedError:
    with pytest.raises(DivergedError) as caught:
        for _ in training.records():
            pass
    return caught.value


def test_a_box_that_cannot_be_learned_is_named_and_shown(dataset: Path, tmp_path: Path) -> None:
    match = MatchConfig(variances=(1e-45, 0.1, 0.2, 0.2))
    error = _diverged(new_training(tiny_config(dataset, match=match)))
    assert (error.step, error.term, error.split) == (1, "box loss", "train")
    record_id = error.record_ids[0]
    row = list(error.batch.record_ids).index(record_id)
    corners = (64 * error.batch.labels[row, 0, 1:]).round(2)
    for words in ("step 1:", "box loss", f"worst for the class 0 of record {record_id} at ("):
        assert words in str(error)
    (tmp_path / "tripwire-9.png").touch()  # of an earlier one
    forget_tripwire(tmp_path)
    write_tripwire(error, tmp_path)
    told = json.loads((tmp_path / "tripwire.json").read_text())
    assert told["box"] == {
        "record_id": record_id,
        "row": 0,
        "class_id": 0,
        "class_name": "class 0",
        "corners_px": pytest.approx(corners.tolist(), abs=0.011),
    }
    assert (told["parameter"], told["num_parameters"]) == (None, 0)
    for number, row in enumerate(error.rows[:4]):
        shown = cv2.imread(str(tmp_path / f"tripwire-{number}.png"))[:, :, ::-1]
        np.testing.assert_array_equal(shown, error.batch.images[row])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *(f"tripwire-{number}.png" for number in range(4)),
        "tripwire.json",
    ]


def test_an_infinite_gradient_names_its_parameters(dataset: Path) -> None:
    training = new_training(tiny_config(dataset))
    weight = training.engine.net._collect_params_with_prefix()["body.0.0.weight"]
    weight.set_data(weight.data() * 1e30)
    records = training.records()
    error = None
    while error is None:
        try:
            assert next(records)["kind"] == "film"  # running statistics hide it from the film
        except DivergedError as caught:
            error = caught
    assert error.term == "gradient"
    assert f"for the parameter {error.parameters[0]}" in str(error)
    assert len(error.rows) == 4  # any of the batch


def test_a_film_image_on_which_the_network_fails_is_named(dataset: Path) -> None:
    training = new_training(tiny_config(dataset))
    bias = training.engine.net._collect_params_with_prefix()["box_preds.0.bias"]
    bias.set_data(np.full(bias.shape, np.inf, np.float32))
    error = _diverged(training)
    assert (error.step, error.term, error.split, error.record_ids) == (
        *(0, "output", "val"),
        [0, 1, 2, 3],
    )
    np.testing.assert_allclose(error.batch.labels[2], training.val_set.labels[2])


def test_nothing_to_judge_by_is_said_before_the_first_step(tmp_path: Path) -> None:
    write_tiny_dataset(tmp_path)
    write_records(tmp_path / "val.rec", [[], []])
    with pytest.raises(ValueError, match="no image to validate on has an object"):
        new_training(tiny_config(tmp_path))


def test_nothing_to_learn_is_said_before_the_first_step(tmp_path: Path) -> None:
    write_tiny_dataset(tmp_path)
    for labels in ([], [[], []]):  # without an image, without an object
        dataset = RecordDataset(write_records(tmp_path / "train.rec", labels), ("a",))
        engine = Engine.of(tiny_config(tmp_path, class_names=("a",)))
        with pytest.raises(ValueError, match="no image to train on has an object"):
            Training(engine, dataset, open_dataset(tmp_path, "val"))
