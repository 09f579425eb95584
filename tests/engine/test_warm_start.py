"""Weights that are taken are the detector's to the last bit, and all others are the seed's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.config import AnchorConfig, DetectorConfig, TrainConfig, recipe
from explorer.engine.checkpoint import load_checkpoint, save_checkpoint
from explorer.engine.checkpoint_files import CheckpointError
from explorer.engine.transfer import Transfer, what_fits
from explorer.engine.warm_start import warm_start
from explorer.net.learning import Learner, forward, new_network
from explorer.net.runtime import Device, choose_device, mx
from explorer.net.toy_ssd import ToySSD

CPU = choose_device("cpu")
ANCHORS = AnchorConfig.of(sizes=[[0.3, 0.4], [0.5, 0.6], [0.8]], ratios=[1, 2, 0.5])
OTHER_ANCHORS = AnchorConfig.of(sizes=[[0.2, 0.3], [0.5], [0.8]], ratios=[1, 2, 0.5])
DEEPER = AnchorConfig.of(sizes=[[0.2, 0.3], [0.5, 0.6], [0.7], [0.8]], ratios=[1, 2, 0.5])
FOUND = DetectorConfig(class_names=("cat", "dog"), anchors=ANCHORS, input_size=64)
CARDS = ("nine", "ten", "jack", "queen", "king", "ace")
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (2, 64, 64, 3), np.uint8)
LABELS = np.array([[[0, 0.1, 0.1, 0.6, 0.6]], [[1, 0.3, 0.2, 0.9, 0.8]]], np.float32)

Arrays = dict[str, NDArray[np.float32]]


def settings(detector: DetectorConfig) -> TrainConfig:
    return recipe("fast", seed=7, anchors=detector.anchors, input_size=detector.input_size)


def fresh(detector: DetectorConfig, *devices: Device) -> ToySSD:
    return new_network(detector, *(devices or (CPU,)), seed=7)


def arrays(net: ToySSD, device: int = 0) -> Arrays:
    parameters = net._collect_params_with_prefix()
    return {name: each.list_data()[device].asnumpy() for name, each in parameters.items()}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A detector that has learned for two steps, so that no array is what it began as."""
    net = new_network(FOUND, CPU)
    learner = Learner(net, FOUND, settings(FOUND), CPU)
    for _ in range(2):
        learner.step(IMAGES, LABELS, 0.01)
    path = tmp_path_factory.mktemp("trained") / "pets.params"
    save_checkpoint(path, net, FOUND)
    return path


@pytest.mark.parametrize(
    "wanted",
    [
        FOUND,
        FOUND.with_(class_names=CARDS),
        FOUND.with_(class_names=("cow", "dog")),
        FOUND.with_(anchors=OTHER_ANCHORS),
        FOUND.with_(anchors=DEEPER, class_names=CARDS),
        FOUND.with_(anchors=AnchorConfig.of([[0.3, 0.4], [0.8]], [1, 2, 0.5]), input_size=96),
    ],
    ids=["same", "six-classes", "another-class", "other-anchors", "deeper", "shallower"],
)
def test_each_array_is_the_detectors_or_the_seeds(trained: Path, wanted: DetectorConfig) -> None:
    net = fresh(wanted)
    given, seeds = arrays(load_checkpoint(trained, CPU)[0]), arrays(net)
    transfer = warm_start(net, wanted, trained)
    assert transfer == what_fits(FOUND, wanted)
    found = arrays(net)
    assert found.keys() == seeds.keys()
    taken = {name for name in found if transfer.takes(name)}
    for name, values in found.items():
        source = given if name in taken else seeds
        np.testing.assert_array_equal(values, source[name], err_msg=name)
    moved = {name for name in taken if not np.array_equal(given[name], seeds[name])}
    assert moved == taken  # so that taken and new could not be told apart by chance
    assert {"body.0.1.running_mean", "body.2.4.running_var"} <= taken


def test_which_heads_these_are(trained: Path) -> None:
    def heads(wanted: DetectorConfig) -> Transfer:
        return warm_start(fresh(wanted), wanted, trained)

    six = heads(FOUND.with_(class_names=CARDS))
    assert (six.box_heads, six.class_heads) == ((True,) * 3, (False,) * 3)
    other = heads(FOUND.with_(anchors=OTHER_ANCHORS))
    assert other.box_heads == other.class_heads == (True, False, True)


def test_a_network_of_the_same_classes_predicts_and_learns_on_as_the_detector(
    trained: Path,
) -> None:
    detector, _ = load_checkpoint(trained, CPU)
    net = fresh(FOUND)
    before = forward(net, IMAGES, CPU)
    warm_start(net, FOUND, trained)
    assert not np.array_equal(forward(net, IMAGES, CPU).offsets, before.offsets)
    for each, same in zip(forward(net, IMAGES, CPU), forward(detector, IMAGES, CPU), strict=True):
        np.testing.assert_array_equal(each, same)
    for learning in (net, detector):
        Learner(learning, FOUND, settings(FOUND), CPU).step(IMAGES, LABELS, 0.01)
    one, other = arrays(net), arrays(detector)
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name], err_msg=name)


def test_all_devices_get_the_same(trained: Path) -> None:
    wanted = FOUND.with_(class_names=CARDS)
    devices = [Device("cpu", mx.cpu(number)) for number in range(2)]
    net = fresh(wanted, *devices)
    warm_start(net, wanted, trained)
    alone = fresh(wanted)
    warm_start(alone, wanted, trained)
    for name, values in arrays(alone).items():
        for device in range(2):
            np.testing.assert_array_equal(arrays(net, device)[name], values, err_msg=name)


def test_a_damaged_detector_leaves_the_network_as_it_was(trained: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "pets.params"
    content = bytearray(trained.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    damaged.with_suffix(".json").write_bytes(trained.with_suffix(".json").read_bytes())
    net = fresh(FOUND)
    before = arrays(net)
    with pytest.raises(CheckpointError, match=r"pets\.params is damaged"):
        warm_start(net, FOUND, damaged)
    with pytest.raises(CheckpointError, match=r"absent\.params does not exist"):
        warm_start(net, FOUND, tmp_path / "absent.params")
    for name, values in arrays(net).items():
        np.testing.assert_array_equal(values, before[name], err_msg=name)
