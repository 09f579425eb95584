"""The losses against the tutorial's formulas, written in numpy."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.net.losses import FocalLoss, MinedCrossEntropyLoss, SmoothL1Loss
from explorer.net.runtime import mx


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def focal(
    scores: np.ndarray, target: np.ndarray, alpha: float = 0.25, gamma: float = 2.0
) -> np.ndarray:
    """Return the tutorial's formula: pick from the softmax, then take the logarithm."""
    index = np.clip(target, 0, None).astype(int)[..., None]
    pt = np.take_along_axis(softmax(scores.astype(np.float64)), index, axis=-1)
    return (-alpha * (1 - pt) ** gamma * np.log(pt)).mean(axis=(1, 2))


def smooth_l1(offsets: np.ndarray, target: np.ndarray, mask: np.ndarray) -> np.ndarray:
    error = np.abs((offsets.astype(np.float64) - target) * mask)
    return np.where(error < 1, 0.5 * error**2, error - 0.5).mean(axis=1)


def mined_cross_entropy(scores: np.ndarray, target: np.ndarray) -> np.ndarray:
    prob = softmax(scores.astype(np.float64))
    losses = np.zeros(target.shape)
    for place in zip(*np.nonzero(target >= 0), strict=True):
        losses[place] = -np.log(prob[(*place, int(target[place]))])
    return losses.mean(axis=1)


def random_case(seed: int, scale: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    num_classes = int(rng.integers(1, 5))
    scores = rng.normal(0, scale, (3, 17, num_classes + 1)).astype(np.float32)
    target = rng.integers(-1, num_classes + 1, (3, 17)).astype(np.float32)
    return scores, target


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("hybridized", [False, True])
def test_focal_loss_is_the_tutorials(seed: int, hybridized: bool) -> None:
    scores, target = random_case(seed)
    loss = FocalLoss()
    if hybridized:
        loss.hybridize(static_alloc=True, static_shape=True)
    value = loss(mx.nd.array(scores), mx.nd.array(target)).asnumpy()
    np.testing.assert_allclose(value, focal(scores, target), rtol=2e-5)


def test_losses_are_printed_as_in_the_tutorial() -> None:
    assert repr(FocalLoss()) == "FocalLoss(batch_axis=0, w=None)"
    assert repr(SmoothL1Loss()) == "SmoothL1Loss(batch_axis=0, w=None)"


@pytest.mark.parametrize(("alpha", "gamma"), [(1.0, 0.0), (0.5, 1.0), (0.25, 3.5)])
def test_focal_loss_with_other_parameters(alpha: float, gamma: float) -> None:
    scores, target = random_case(9)
    value = FocalLoss(alpha=alpha, gamma=gamma)(mx.nd.array(scores), mx.nd.array(target))
    np.testing.assert_allclose(value.asnumpy(), focal(scores, target, alpha, gamma), rtol=2e-5)


def test_focal_loss_stays_finite_where_the_tutorials_underflows() -> None:
    # The right class has probability e^-200, which is 0 in float32: the tutorial's loss is inf.
    scores = mx.nd.array([[[200.0, 0.0], [0.0, 200.0]]])
    target = mx.nd.array([[1.0, 1.0]])
    value = FocalLoss()(scores, target).asscalar()
    assert value == pytest.approx(0.25 * 200 / 2)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_focal_loss_has_a_finite_gradient_everywhere(gamma: float) -> None:
    # (1 - p)^gamma has an infinite slope, or 0/0, where p is exactly 1 and gamma below 1.
    scores = mx.nd.array([[[0.0, 200.0], [200.0, 0.0], [1.0, 1.0]]])
    scores.attach_grad()
    with mx.autograd.record():
        loss = FocalLoss(gamma=gamma)(scores, mx.nd.array([[1.0, 1.0, 0.0]]))
    loss.backward()
    assert np.isfinite(scores.grad.asnumpy()).all()


def test_focal_loss_gradient_is_the_slope_of_the_formula() -> None:
    scores, target = random_case(3, scale=1.0)
    x = mx.nd.array(scores)
    x.attach_grad()
    with mx.autograd.record():
        loss = FocalLoss()(x, mx.nd.array(target))
    loss.backward()
    for place in [(0, 0, 0), (1, 5, 1), (2, 16, 0)]:
        step = np.zeros(scores.shape)
        step[place] = 1e-5
        exact = scores.astype(np.float64)
        slope = (focal(exact + step, target) - focal(exact - step, target)).sum() / 2e-5
        assert x.grad.asnumpy()[place] == pytest.approx(slope, rel=1e-3, abs=1e-7)


@pytest.mark.parametrize("seed", range(5))
def test_smooth_l1_loss_is_the_tutorials(seed: int) -> None:
    rng = np.random.default_rng(seed)
    offsets, target = rng.normal(0, 2, (2, 3, 40)).astype(np.float32)
    mask = np.repeat(rng.integers(0, 2, (3, 10)), 4, axis=1).astype(np.float32)
    value = SmoothL1Loss()(mx.nd.array(offsets), mx.nd.array(target), mx.nd.array(mask))
    assert value.shape == (3,)
    np.testing.assert_allclose(value.asnumpy(), smooth_l1(offsets, target, mask), rtol=1e-5)


def test_smooth_l1_loss_by_hand() -> None:
    offsets = mx.nd.array([[0.5, -2.0, 1.0, 7.0]])
    mask = mx.nd.array([[1.0, 1.0, 1.0, 0.0]])
    # 0.5²/2, 2 − 0.5, 1 − 0.5 and a masked one: 2.125 / 4.
    assert SmoothL1Loss()(offsets, mx.nd.zeros((1, 4)), mask).asscalar() == 0.53125


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("hybridized", [False, True])
def test_mined_cross_entropy(seed: int, hybridized: bool) -> None:
    scores, target = random_case(seed)
    loss = MinedCrossEntropyLoss()
    if hybridized:
        loss.hybridize(static_alloc=True, static_shape=True)
    value = loss(mx.nd.array(scores), mx.nd.array(target)).asnumpy()
    np.testing.assert_allclose(value, mined_cross_entropy(scores, target), rtol=2e-5)


def test_mined_cross_entropy_ignores_the_ignored() -> None:
    scores, target = random_case(1)
    x = mx.nd.array(scores)
    x.attach_grad()
    with mx.autograd.record():
        loss = MinedCrossEntropyLoss()(x, mx.nd.array(target))
    loss.backward()
    gradient = x.grad.asnumpy()
    assert (gradient[target < 0] == 0).all()
    assert (np.abs(gradient[target >= 0]).sum(axis=-1) > 0).all()


def test_an_image_with_nothing_but_ignored_anchors_costs_nothing() -> None:
    loss = MinedCrossEntropyLoss()(mx.nd.array(np.ones((1, 5, 2))), mx.nd.full((1, 5), -1))
    assert loss.asscalar() == 0


def test_mined_cross_entropy_stays_finite_at_probability_zero() -> None:
    value = MinedCrossEntropyLoss()(mx.nd.array([[[200.0, 0.0]]]), mx.nd.array([[1.0]])).asscalar()
    assert value == pytest.approx(200)
