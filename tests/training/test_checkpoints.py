from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from explorer.config import CREATURE, TOY_SSD, TrainConfig
from explorer.config.optimizers import OPTIMIZERS as KNOWN
from explorer.config.optimizers import Optimizer
from explorer.engine.checkpoint_files import CheckpointError
from explorer.net.runtime import Device, mx
from explorer.training import checkpoints
from explorer.training.loop import Training
from tests.training.runs import files_no_larger_than, new_training, tiny_config, weights

OPTIMIZERS = {
    "sgd": {"optimizer": "sgd"},
    "plain-sgd": {"optimizer": "sgd", "momentum": 0.0},
    "adam": {"optimizer": "adam"},
    "rmsprop": {"optimizer": "rmsprop"},  # none of ours
}


@pytest.fixture(autouse=True)
def another_optimizer(monkeypatch: pytest.MonkeyPatch) -> None:
    """One entry is all that a new optimiser needs; this one keeps its state in a tuple of one."""
    rmsprop = Optimizer(title="RMSProp", about="RMSProp does, too", largest_rate=0.01)
    monkeypatch.setitem(KNOWN, "rmsprop", rmsprop)


def _train(training: Training, num_steps: int) -> list[float]:
    """Return the losses of that many steps."""
    steps = (record for record in training.records() if record["kind"] == "step")
    return [r["class_loss"] + r["box_loss"] for r in itertools.islice(steps, num_steps)]


def _equal(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[n], other[n]) for n in one)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_restored_training_goes_on_to_the_last_bit(
    dataset: Path, tmp_path: Path, optimizer: str
) -> None:
    config = tiny_config(dataset, augment="full", **OPTIMIZERS[optimizer])
    whole = new_training(config)
    broken_off = new_training(config)
    losses = _train(whole, 8)
    first = _train(broken_off, 3)  # in the middle of the first epoch of four steps
    path = checkpoints.save(broken_off, tmp_path)

    resumed = new_training(config)
    checkpoints.restore(resumed, path)
    assert resumed.step == 3
    assert first + _train(resumed, 5) == losses
    assert _equal(weights(resumed), weights(whole))
    assert checkpoints.save(whole, tmp_path / "whole").with_suffix(".states").read_bytes() == (
        checkpoints.save(resumed, tmp_path / "resumed").with_suffix(".states").read_bytes()
    )


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("num_devices", [2, 3])
def test_a_training_on_several_devices_is_restored_to_the_last_bit(
    dataset: Path, tmp_path: Path, optimizer: str, num_devices: int
) -> None:
    devices = [Device("cpu", mx.cpu(number)) for number in range(num_devices)]
    config = tiny_config(dataset, augment="full", **OPTIMIZERS[optimizer])
    whole, broken_off = new_training(config, *devices), new_training(config, *devices)
    losses = _train(whole, 8)
    first = _train(broken_off, 3)
    resumed = new_training(config, *devices)
    checkpoints.restore(resumed, checkpoints.save(broken_off, tmp_path))
    assert first + _train(resumed, 5) == losses
    assert _equal(weights(resumed), weights(whole))
    for parameter in resumed.engine.net.collect_params().values():
        one, *others = (array.asnumpy() for array in parameter.list_data())
        assert len(others) == num_devices - 1
        assert all(np.array_equal(one, other) for other in others)
    on_one = new_training(config)  # a checkpoint knows nothing of devices
    checkpoints.restore(on_one, checkpoints.save(whole, tmp_path / "whole"))
    assert _equal(weights(on_one), weights(whole))


def test_an_overridden_learning_rate_is_restored(dataset: Path, tmp_path: Path) -> None:
    training = new_training(tiny_config(dataset))
    training.learning_rate = 0.003
    resumed = new_training(tiny_config(dataset))
    checkpoints.restore(resumed, checkpoints.save(training, tmp_path))
    assert resumed.learning_rate == 0.003
    record = next(r for r in resumed.records() if r["kind"] == "step")
    assert record["learning_rate"] == 0.003


def test_a_changed_number_of_epochs_is_restored_to_the_last_bit(
    dataset: Path, tmp_path: Path
) -> None:
    whole, broken_off = (new_training(tiny_config(dataset)) for _ in range(2))
    first = _train(broken_off, 2)
    assert _train(whole, 2) == first
    for training in (whole, broken_off):
        training.set_epochs(3)
    resumed = new_training(tiny_config(dataset))
    path = checkpoints.save(broken_off, tmp_path)
    checkpoints.restore(resumed, path)
    assert (resumed.epochs, resumed.num_steps) == (3, 12)
    assert _train(whole, 99) == (rest := _train(resumed, 99))
    assert len(rest) == 10
    assert _equal(weights(resumed), weights(whole))


def test_a_checkpoint_of_old_has_the_epochs_of_the_configuration(
    dataset: Path, tmp_path: Path
) -> None:
    training = new_training(tiny_config(dataset))
    path = checkpoints.save(training, tmp_path)
    content = json.loads(path.with_suffix(".json").read_text())
    del content["about"]["epochs"], content["json_sha256"]
    path.with_suffix(".json").write_text(json.dumps(content))
    training.set_epochs(7)
    checkpoints.restore(training, path)
    assert training.epochs == 2


def test_an_epoch_that_was_stopped_at_its_last_step_gets_its_figures(
    dataset: Path, tmp_path: Path
) -> None:
    config = tiny_config(dataset, epochs=1)
    training = new_training(config)
    _train(training, 4)
    resumed = new_training(config)
    checkpoints.restore(resumed, checkpoints.save(training, tmp_path))
    records = list(resumed.records())
    assert [record["kind"] for record in records] == ["film", "epoch"]
    assert records[1]["epoch"] == 1
    again = new_training(config)
    checkpoints.restore(again, checkpoints.save(resumed, tmp_path))
    assert list(again.records()) == []


@pytest.fixture
def two(dataset: Path, tmp_path: Path) -> tuple[TrainConfig, Path, Path, Path]:
    """A configuration, the folder, and the checkpoints of steps 1 and 2."""
    config = tiny_config(dataset)
    training = new_training(config)
    _train(training, 1)
    first = checkpoints.save(training, tmp_path)
    next(r for r in training.records() if r["kind"] == "step")
    return config, tmp_path, first, checkpoints.save(training, tmp_path)


def test_the_newest_undamaged_checkpoint_is_taken(
    two: tuple[TrainConfig, Path, Path, Path],
) -> None:
    _, folder, first, second = two
    assert (first.stem, second.stem) == ("epoch-0000-step-0001", "epoch-0000-step-0002")
    assert checkpoints.latest(folder) == second
    for suffix in (".params", ".states"):
        path = second.with_suffix(suffix)
        good = path.read_bytes()
        flipped = bytearray(good)
        flipped[len(good) // 2] ^= 1
        for bad in (bytes(flipped), good[:-1], b""):
            path.write_bytes(bad)
            assert checkpoints.latest(folder) == first
        path.unlink()
        assert checkpoints.latest(folder) == first
        path.write_bytes(good)
    assert checkpoints.latest(folder) == second
    description = second.with_suffix(".json").read_text()
    for text in ("{", "{}", '{"about": {"step": null}}', description.replace("0.15", "0.17")):
        second.with_suffix(".json").write_text(text)
        assert checkpoints.latest(folder) == first
    first.with_suffix(".json").unlink()  # as after a crash between weights and description
    assert checkpoints.latest(folder) is None


def test_no_folder_has_no_checkpoint(tmp_path: Path) -> None:
    assert checkpoints.latest(tmp_path / "absent") is None


def test_a_checkpoint_that_does_not_fit_changes_nothing(
    two: tuple[TrainConfig, Path, Path, Path],
) -> None:
    config, _, _, second = two
    assert config.anchors == CREATURE
    other = new_training(config.with_(anchors=TOY_SSD))
    before = weights(other)
    with pytest.raises(CheckpointError, match="other anchors"):
        checkpoints.restore(other, second)
    assert _equal(weights(other), before)
    assert other.step == 0


def test_three_checkpoints_are_kept(dataset: Path, tmp_path: Path) -> None:
    training = new_training(tiny_config(dataset))
    for record in training.records():
        if record["kind"] == "step":
            checkpoints.save(training, tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    kept = ("epoch-0001-step-0002", "epoch-0001-step-0003", "epoch-0002")
    assert names == sorted(f"{name}.{end}" for name in kept for end in ("json", "params", "states"))


def test_weights_that_are_not_finite_are_not_saved(dataset: Path, tmp_path: Path) -> None:
    training = new_training(tiny_config(dataset))
    good = checkpoints.save(training, tmp_path)
    before = good.read_bytes()
    parameter = training.engine.net._collect_params_with_prefix()["body.0.1.gamma"]
    poisoned = parameter.data().asnumpy()
    poisoned.flat[0] = np.nan
    parameter.set_data(poisoned)
    training.step = 1
    with pytest.raises(CheckpointError, match="not finite"):
        checkpoints.save(training, tmp_path)
    assert good.read_bytes() == before
    assert checkpoints.latest(tmp_path) == good
    assert list(tmp_path.glob("*.params")) == [good]


def test_a_full_disk_leaves_the_checkpoint_before(dataset: Path, tmp_path: Path) -> None:
    training = new_training(tiny_config(dataset))
    good = checkpoints.save(training, tmp_path)
    training.step = 1
    sizes = [good.stat().st_size, good.with_suffix(".states").stat().st_size]
    for limit in (4096, min(sizes) - 1, max(sizes) - 1):
        with files_no_larger_than(limit), pytest.raises((CheckpointError, OSError)):
            checkpoints.save(training, tmp_path)
        assert checkpoints.latest(tmp_path) == good
    assert not list(tmp_path.glob(".*"))  # no temporary file stays
    assert checkpoints.latest(tmp_path) == good
    assert checkpoints.latest(tmp_path) != checkpoints.save(
        training, tmp_path
    )  # there is room again


def test_a_checkpoint_says_what_it_is(two: tuple[TrainConfig, Path, Path, Path]) -> None:
    content = json.loads(two[3].with_suffix(".json").read_text())
    about = content["about"]
    assert (about["step"], about["epoch"], about["recipe"]) == (2, 0, "fast")
    assert content["detector"]["class_names"] == ["class 0"]
