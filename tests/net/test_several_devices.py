"""A step that several devices share, against the same step on one: two CPU contexts are enough.

Batch norm looks at each device's images alone. Where it must not matter, all images are the same
and only their labels differ.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.config import DetectorConfig, MatchConfig, TrainConfig
from explorer.engine.checkpoint import load_checkpoint, save_checkpoint
from explorer.net.data_parallel import divide
from explorer.net.learning import Learner, forward, new_network
from explorer.net.runtime import Device, mx
from explorer.net.step_metrics import StepRecord
from explorer.ssd.not_finite import NotFiniteError
from tests.net.test_learning import ANCHORS, CLASSES, IMAGES, LABELS, settings

DEVICES = [Device("cpu", mx.cpu(number)) for number in range(4)]
SAME = np.repeat(IMAGES[:1], 4, axis=0)
OTHERS = np.concatenate([IMAGES, IMAGES[::-1, ::-1]])
ONE_OBJECT = [[0, 0.2, 0.2, 0.7, 0.5], [-1] * 5]
FOUR = np.stack([*LABELS, np.array(ONE_OBJECT, np.float32), LABELS[0, ::-1]])


def learner(config: TrainConfig, num_devices: int) -> Learner:
    devices = DEVICES[:num_devices]
    detector = config.detector(CLASSES)
    net = new_network(detector, *devices, seed=config.seed)
    return Learner(net, detector, config, *devices)


def gradients(subject: Learner) -> dict[str, np.ndarray]:
    return {name: each.list_grad()[0].asnumpy() for name, each in subject._learned.items()}


def on_each(subject: Learner) -> list[dict[str, np.ndarray]]:
    """Return the weights and statistics that each device has."""
    mx.nd.waitall()
    found = subject.net._collect_params_with_prefix()
    return [
        {name: each.list_data()[number].asnumpy() for name, each in found.items()}
        for number in range(len(subject.devices))
    ]


def assert_all_devices_agree(subject: Learner) -> None:
    first, *others = on_each(subject)
    for other in others:
        for name, values in first.items():
            np.testing.assert_array_equal(values, other[name], err_msg=name)


def assert_same_figures(one: StepRecord, other: StepRecord) -> None:
    for name, value in vars(one).items():
        if name != "seconds":
            assert vars(other)[name] == pytest.approx(value, rel=1e-3), name


@pytest.mark.parametrize("name", ["fast", "tutorial"])
@pytest.mark.parametrize(("num_devices", "num_images"), [(2, 4), (3, 4), (4, 3), (2, 1)])
def test_a_shared_step_is_the_step_of_one_device(
    name: str, num_devices: int, num_images: int
) -> None:
    one, several = learner(settings(name), 1), learner(settings(name), num_devices)
    images, labels = SAME[:num_images], FOUR[:num_images]
    records = [each.step(images, labels, 0.01) for each in (one, several)]
    assert_same_figures(*records)
    assert records[1].num_samples == num_images
    expected, found = gradients(one), gradients(several)
    for key, values in expected.items():
        # Before batch norm a bias changes nothing: its gradient is rounding alone.
        is_rounding = key.startswith("body") and key.endswith("bias")
        within = 1e-3 if is_rounding else 2e-3 * np.abs(values).max()
        np.testing.assert_allclose(found[key], values, rtol=0, atol=within, err_msg=key)
    assert_all_devices_agree(several)
    expected, (found, *_) = on_each(one)[0], on_each(several)
    for key, values in expected.items():
        np.testing.assert_allclose(found[key], values, rtol=2e-3, atol=2e-4, err_msg=key)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_devices_stay_one_network_also_when_a_batch_is_small(optimizer: str) -> None:
    subject = learner(settings(optimizer=optimizer), 3)
    losses = [subject.step(OTHERS[:n], FOUR[:n], 0.002).class_loss for n in (4, 1, 2, 4, 4, 4)]
    assert losses[-1] < losses[0]
    assert_all_devices_agree(subject)


def test_batch_norm_s_running_statistics_are_the_mean_over_the_images() -> None:
    # Each part on a device of its own leaves the statistics that the shared step averages.
    alone = []
    for part in (slice(0, 2), slice(2, 3)):
        subject = learner(settings(), 1)
        subject.step(OTHERS[part], FOUR[part], 0.01)
        alone.append(on_each(subject)[0])
    subject = learner(settings(), 2)
    subject.step(OTHERS[:3], FOUR[:3], 0.01)
    (found, _) = on_each(subject)
    names = [name for name in found if "running" in name]
    assert len(names) == 12
    assert any(np.abs(alone[0][name] - alone[1][name]).max() > 1e-3 for name in names)
    for name in names:
        expected = (2 * alone[0][name] + alone[1][name]) / 3
        np.testing.assert_allclose(found[name], expected, rtol=1e-4, atol=1e-5, err_msg=name)


def test_what_is_not_finite_is_numbered_in_the_whole_batch() -> None:
    subject = learner(settings(match=MatchConfig(variances=(1e-45, 0.1, 0.2, 0.2))), 2)
    labels = FOUR.copy()
    labels[[0, 1, 3]] = -1
    with pytest.raises(NotFiniteError, match="the box loss is") as caught:
        subject.step(OTHERS, labels, 0.01)
    assert (caught.value.images, caught.value.gt_index) == ((2,), 0)


@pytest.mark.parametrize(
    ("parameter", "factor", "term"),
    [("body.0.0.weight", 1e30, "gradient"), ("class_preds.0.bias", np.nan, "output")],
)
def test_a_diverged_step_leaves_every_device_as_it_was(
    parameter: str, factor: float, term: str
) -> None:
    subject = learner(settings(), 2)
    subject.step(OTHERS, FOUR, 0.001)
    spoiled = subject.net._collect_params_with_prefix()[parameter]
    good = spoiled.list_data()[0].copy()
    spoiled.set_data(good * factor)
    before = on_each(subject)
    with pytest.raises(NotFiniteError) as caught:
        subject.step(OTHERS, FOUR, 0.01)
    assert caught.value.term == term
    for former, now in zip(before, on_each(subject), strict=True):
        for name, values in former.items():
            np.testing.assert_array_equal(now[name], values, err_msg=name)
    spoiled.set_data(good)
    subject.step(OTHERS[:1], FOUR[:1], 0.001)  # nothing of the failed step is left on the other
    assert_all_devices_agree(subject)


def test_a_checkpoint_of_several_devices_is_the_first_s(tmp_path: Path) -> None:
    subject = learner(settings(), 3)
    subject.step(OTHERS, FOUR, 0.01)
    detector = DetectorConfig(class_names=("a", "b"), anchors=ANCHORS, input_size=64)
    save_checkpoint(tmp_path / "net.params", subject.net, detector)
    for devices in (DEVICES[:1], DEVICES[:2]):
        net, _ = load_checkpoint(tmp_path / "net.params", *devices)
        for name, values in on_each(subject)[0].items():
            for copy in net._collect_params_with_prefix()[name].list_data():
                np.testing.assert_array_equal(copy.asnumpy(), values)
        for device in devices:
            scores = forward(net, IMAGES, device).class_scores
            expected = forward(subject.net, IMAGES, DEVICES[0]).class_scores
            np.testing.assert_allclose(scores, expected, rtol=1e-5, atol=1e-5)


@given(st.integers(0, 40), st.integers(1, 4))
def test_a_batch_is_divided_evenly_and_in_order(num_images: int, num_devices: int) -> None:
    parts = list(divide(num_images, DEVICES[:num_devices]))
    assert [device for device, _ in parts] == DEVICES[: min(num_images, num_devices)]
    rows = [row for _, part in parts for row in range(num_images)[part]]
    assert rows == list(range(num_images))
    sizes = [part.stop - part.start for _, part in parts]
    assert sizes == sorted(sizes, reverse=True)
    assert not sizes or max(sizes) - min(sizes) <= 1
