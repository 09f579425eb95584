"""The loss anchor by anchor, against the training step and against numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from explorer.config import MatchConfig
from explorer.net.batch_losses import batch_losses
from explorer.ssd.matching import MatchKind
from tests.net.test_learning import (
    CPU,
    IMAGES,
    LABELS,
    NO_OBJECTS,
    class_target_of,
    learner,
    log_softmax,
    output_in_training,
    settings,
    smooth_l1,
    targets_of,
    weights,
)

RECIPES: dict[str, Any] = {
    "mined": {},
    "all negatives": {"match": MatchConfig(), "box_weight": 3.0},
    "focal": {"class_loss": "focal", "focal_alpha": 0.5, "focal_gamma": 1.0},
    "tutorial": {"name": "tutorial"},
    "mined, over anchors": {"loss_average": "anchors", "box_weight": 0.25},
}


@pytest.mark.parametrize("name", RECIPES)
def test_the_sum_is_the_loss_of_the_step(name: str) -> None:
    config = settings(**RECIPES[name])
    subject = learner(config)
    losses = batch_losses(subject.net, config, IMAGES, LABELS, CPU)
    record = subject.step(IMAGES, LABELS, 0.01)
    assert losses.class_loss.sum() == pytest.approx(record.class_loss, rel=1e-5)
    assert losses.box_loss.sum() == pytest.approx(config.box_weight * record.box_loss, rel=1e-5)
    assert (losses.kind > 0).sum() == record.num_positives > 0


@pytest.mark.parametrize("name", ["mined", "tutorial"])
def test_each_anchor_has_what_is_computed_by_hand(name: str) -> None:
    config = settings(**RECIPES[name])
    subject = learner(config)
    seen = output_in_training(subject.net, IMAGES)
    targets = targets_of(seen, LABELS, config.match)
    losses = batch_losses(subject.net, config, IMAGES, LABELS, CPU)

    target = class_target_of(targets)
    log_prob = np.take_along_axis(
        log_softmax(seen.class_scores), np.clip(target, 0, None)[..., None], axis=-1
    )[..., 0]
    mask = np.stack([each.mask for each in targets])
    error = (seen.offsets - np.stack([each.offsets for each in targets])) * mask
    if name == "mined":
        divisor = (target > 0).sum()
        class_loss, box_loss = -log_prob * (target >= 0), smooth_l1(error).sum(axis=-1)
    else:
        divisor = target.size
        class_loss = -0.25 * (1 - np.exp(log_prob)) ** 2 * log_prob
        box_loss = smooth_l1(error).mean(axis=-1)
    np.testing.assert_allclose(losses.target_prob, np.exp(log_prob), rtol=1e-4)
    np.testing.assert_allclose(losses.class_loss, class_loss / divisor, rtol=1e-3, atol=1e-9)
    np.testing.assert_allclose(losses.box_loss, box_loss / divisor, rtol=1e-3, atol=1e-9)
    gt_index = np.stack([each.matching.gt_index for each in targets])
    np.testing.assert_array_equal(losses.gt_index, gt_index)
    left_out = losses.kind == MatchKind.IGNORED
    np.testing.assert_array_equal(left_out, (target < 0) & (name == "mined"))


def test_nothing_of_the_network_changes() -> None:
    config = settings()
    subject = learner(config)
    before = weights(subject.net)
    first = batch_losses(subject.net, config, IMAGES, LABELS, CPU)
    second = batch_losses(subject.net, config, IMAGES, LABELS, CPU)
    np.testing.assert_array_equal(first.class_loss, second.class_loss)
    after = weights(subject.net)
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_without_objects_there_is_no_loss_but_the_focal_one() -> None:
    for name in ("mined", "all negatives"):
        config = settings(**RECIPES[name])
        losses = batch_losses(learner(config).net, config, IMAGES, NO_OBJECTS, CPU)
        assert (losses.kind == MatchKind.IGNORED).all()
        assert losses.class_loss.sum() == losses.box_loss.sum() == 0
    config = settings("tutorial")
    subject = learner(config)
    losses = batch_losses(subject.net, config, IMAGES, NO_OBJECTS, CPU)
    assert (losses.kind == MatchKind.NEGATIVE).all()
    record = subject.step(IMAGES, NO_OBJECTS, 0.01)
    assert losses.class_loss.sum() == pytest.approx(record.class_loss, rel=1e-5)


def test_an_output_that_is_not_finite_is_said() -> None:
    config = settings()
    net = learner(config).net
    bias = net._collect_params_with_prefix()["class_preds.0.bias"]
    bias.set_data(bias.data() + np.inf)
    with pytest.raises(ValueError, match="not finite"):
        batch_losses(net, config, IMAGES, LABELS, CPU)
