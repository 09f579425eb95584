from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from explorer.config import recipe
from explorer.net.learning import NotFiniteError, learning_rate_at
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
        learning_rate_at(config, step, 8) for step in range(8)
    ]
    assert all(step["num_samples"] == 4 for step in steps)
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
    for name, parameter in training.net._collect_params_with_prefix().items():
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
    training.net._collect_params_with_prefix()["class_preds.0.bias"].set_data(
        np.full(8, np.nan, np.float32)
    )
    with pytest.raises(NotFiniteError) as caught:
        next(records)
    for words in ("step 1", "batch of records", "not finite", "lower learning rate"):
        assert words in str(caught.value)
    assert training.step == 0
