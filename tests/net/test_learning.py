"""One training step against numpy: losses, divisions, metrics, and what a failure leaves."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from explorer.config import AnchorConfig, MatchConfig, TrainConfig, recipe
from explorer.net.learning import Learner, forward, new_network
from explorer.net.networks import NETWORKS
from explorer.net.preprocessing import preprocess
from explorer.net.runtime import choose_device, mx
from explorer.net.step_metrics import StepRecord
from explorer.net.toy_ssd import ToySSD, down_sample
from explorer.ssd.not_finite import NotFiniteError
from explorer.ssd.offsets import decode
from explorer.ssd.predictions import Predictions
from explorer.ssd.targets import Targets, assign_targets

CPU = choose_device("cpu")
CLASSES = ("a", "b")
ANCHORS = AnchorConfig.of(sizes=[[0.3, 0.4], [0.8]], ratios=[1, 2, 0.5])
"""Two layers: an 8×8 map with 4 anchors per cell and one cell with 3, 259 anchors at 64 px."""

LABELS = np.array(
    [
        [[0, 0.1, 0.2, 0.5, 0.6], [1, 0.6, 0.6, 0.9, 0.95]],
        [[1, 0.3, 0.1, 0.8, 0.9], [-1, -1, -1, -1, -1]],
    ],
    np.float32,
)
TWO_MORE = np.array([2, 0, 0, 0, 0], np.float32)
NO_OBJECTS = np.full((2, 1, 5), -1, np.float32)


def images_of(labels: np.ndarray, side_px: int = 64) -> np.ndarray:
    """Paint each object's box in its class's colour on grey noise."""
    rng = np.random.default_rng(0)
    images = rng.integers(90, 130, (len(labels), side_px, side_px, 3), np.uint8)
    for image, rows in zip(images, labels, strict=True):
        for class_id, *box in rows[rows[:, 0] >= 0]:
            x, y, x2, y2 = (int(v * side_px) for v in box)
            image[y:y2, x:x2] = (230, 40, 40) if class_id == 0 else (40, 40, 230)
    return images


IMAGES = images_of(LABELS)


def settings(name: str = "fast", **changes: Any) -> TrainConfig:
    """Return a recipe, with the optimiser pinned: its best settings may change, laws do not."""
    pinned = {"optimizer": "sgd", "momentum": 0.9, "weight_decay": 5e-4} if name == "fast" else {}
    return recipe(name, **{**pinned, "anchors": ANCHORS, "input_size": 64, **changes})


def learner(config: TrainConfig, *, hybridize: bool = True) -> Learner:
    detector = config.detector(CLASSES)
    net = new_network(detector, CPU, seed=config.seed, hybridize=hybridize)
    return Learner(net, detector, config, CPU)


def weights(net: ToySSD) -> dict[str, np.ndarray]:
    mx.nd.waitall()
    return {k: p.data().asnumpy() for k, p in net._collect_params_with_prefix().items()}


def output_in_training(net: ToySSD, images: np.ndarray) -> Predictions:
    """Return what the step sees: batch norm uses the batch's own mean and variance."""
    with mx.autograd.train_mode():
        anchors, scores, offsets = net(mx.nd.array(preprocess(images, net.pixels)))
    return Predictions(
        anchors[0].asnumpy(),
        scores.asnumpy().astype(np.float64),
        offsets.asnumpy().reshape(len(images), -1, 4).astype(np.float64),
    )


def targets_of(predictions: Predictions, labels: np.ndarray, match: MatchConfig) -> list[Targets]:
    return [
        assign_targets(predictions.anchors, rows, match, scores)
        for rows, scores in zip(labels, predictions.class_scores, strict=True)
    ]


def log_softmax(scores: np.ndarray) -> np.ndarray:
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def smooth_l1(error: np.ndarray) -> np.ndarray:
    size = np.abs(error)
    return np.where(size < 1, 0.5 * size**2, size - 0.5)


def class_target_of(targets: list[Targets]) -> np.ndarray:
    return np.stack([each.cls_target for each in targets])


class Slim(ToySSD):
    """ToySSD with fewer filters before its first map."""

    def __init__(self, num_classes: int, anchors: AnchorConfig, **kwargs: Any) -> None:
        super().__init__(num_classes, anchors, **kwargs)
        with self.name_scope():
            self.body = mx.gluon.nn.HybridSequential()
            for num_filters in (4, 8, 12):
                self.body.add(down_sample(num_filters))


def test_another_network_learns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NETWORKS, "slim", Slim)
    config = settings()
    maps = config.detector(CLASSES).feature_maps
    detector = config.detector(CLASSES).with_(architecture="slim", feature_maps=maps)
    subject = Learner(new_network(detector, CPU), detector, config, CPU)
    before = weights(subject.net)
    losses = [subject.step(IMAGES, LABELS, 0.01).class_loss for _step in range(4)]
    assert losses[-1] < losses[0]
    after = weights(subject.net)
    assert all((before[name] != after[name]).any() for name in before)


@pytest.mark.parametrize("name", ["fast", "tutorial"])
def test_metrics_and_losses_are_those_computed_by_hand(name: str) -> None:
    config = settings(name)
    subject = learner(config)
    seen = output_in_training(subject.net, IMAGES)
    targets = targets_of(seen, LABELS, config.match)
    record = subject.step(IMAGES, LABELS, 0.01)

    target = class_target_of(targets)
    positive, counted = target > 0, target >= 0
    right = seen.class_scores.argmax(axis=-1) == target
    mask = np.stack([each.mask for each in targets])
    error = (seen.offsets - np.stack([each.offsets for each in targets])) * mask
    log_prob = np.take_along_axis(
        log_softmax(seen.class_scores), np.clip(target, 0, None)[..., None], axis=-1
    )[..., 0]
    if name == "fast":
        class_loss = -(log_prob * counted).sum() / positive.sum()
        box_loss = smooth_l1(error).sum() / positive.sum()
    else:
        class_loss = (-0.25 * (1 - np.exp(log_prob)) ** 2 * log_prob).mean()
        box_loss = smooth_l1(error).mean()

    assert positive.sum() > 5
    assert record.num_positives == positive.sum()
    assert record.num_samples == 2
    assert record.learning_rate == 0.01
    assert record.class_loss == pytest.approx(class_loss, rel=1e-3)
    assert record.box_loss == pytest.approx(box_loss, rel=1e-3)
    assert record.accuracy == pytest.approx(right[counted].mean())
    assert record.background_accuracy == pytest.approx((target[counted] == 0).mean())
    assert record.positive_accuracy == pytest.approx(right[positive].mean())
    assert record.box_mae == pytest.approx(np.abs(error).mean(), rel=1e-3)
    assert record.positive_box_mae == pytest.approx(np.abs(error[mask > 0]).mean(), rel=1e-3)
    boxes = [decode(seen.anchors, each, config.match.variances, clip=True) for each in seen.offsets]
    truth = [decode(seen.anchors, t.offsets, config.match.variances, clip=True) for t in targets]
    error_px = 64 * np.abs(np.stack(boxes) - np.stack(truth))[positive].mean()
    assert record.positive_box_error_px == pytest.approx(error_px, rel=1e-3)
    assert record.positives_per_layer == [positive[:, :256].sum(), positive[:, 256:].sum()]
    assert record.seconds.keys() == {"forward", "backward", "update"}
    assert min(record.seconds.values()) > 0


@pytest.mark.parametrize("average", ["positives", "anchors"])
def test_the_update_is_divided_as_the_recipe_says(average: str) -> None:
    # The slope of cross-entropy is p - 1 for the right class, p for others: so the step of the
    # class predictors' biases can be computed by hand, and shows the division.
    config = settings(loss_average=average, momentum=0.0, weight_decay=0.0, box_weight=3.0)
    subject = learner(config)
    seen = output_in_training(subject.net, IMAGES)
    targets = targets_of(seen, LABELS, config.match)
    before = weights(subject.net)
    subject.step(IMAGES, LABELS, 0.5)
    after = weights(subject.net)

    target = class_target_of(targets)
    num_anchors = target.shape[1]
    divisor = (target > 0).sum() if average == "positives" else 2 * num_anchors
    slope = np.exp(log_softmax(seen.class_scores))
    slope -= np.eye(3)[np.clip(target, 0, None)]
    slope *= (target >= 0)[..., None] / divisor
    mask = np.stack([each.mask for each in targets])
    error = (seen.offsets - np.stack([each.offsets for each in targets])) * mask
    box_slope = 3.0 * np.clip(error, -1, 1) / (divisor if average == "positives" else 4 * divisor)

    start = 0
    for layer, (cells, num_shapes) in enumerate(((64, 4), (1, 3))):
        part = slice(start, start + cells * num_shapes)
        start = part.stop
        for name, values in (("class_preds", slope), ("box_preds", box_slope)):
            expected = values[:, part].reshape(2, cells, -1).sum(axis=(0, 1))
            step = before[f"{name}.{layer}.bias"] - after[f"{name}.{layer}.bias"]
            np.testing.assert_allclose(step, 0.5 * expected, rtol=2e-3, atol=1e-5)
    assert start == num_anchors


def test_weight_decay_and_momentum_are_those_of_the_config() -> None:
    # Without an object nothing is learned, so that only the decay moves the weights.
    subject = learner(settings(momentum=0.5, weight_decay=0.1))
    before = weights(subject.net)["body.0.0.weight"]
    subject.step(IMAGES, NO_OBJECTS, 0.2)
    once = weights(subject.net)["body.0.0.weight"]
    subject.step(IMAGES, NO_OBJECTS, 0.2)
    twice = weights(subject.net)["body.0.0.weight"]
    np.testing.assert_allclose(once, before * (1 - 0.2 * 0.1), rtol=1e-5)
    momentum = 0.5 * (once - before)
    np.testing.assert_allclose(twice, once * (1 - 0.2 * 0.1) + momentum, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "changes", "rate"),
    [("fast", {}, 0.01), ("tutorial", {}, 0.5), ("fast", {"optimizer": "adam"}, 0.002)],
)
def test_a_fixed_batch_is_learned(name: str, changes: dict[str, Any], rate: float) -> None:
    subject = learner(settings(name, **changes))
    records = [subject.step(IMAGES, LABELS, rate) for _ in range(10)]
    losses = [record.class_loss + record.box_loss for record in records]
    assert max(losses[-2:]) < 0.3 * losses[0]


def test_a_batch_without_objects_has_no_positive_figures() -> None:
    record = learner(settings()).step(IMAGES, NO_OBJECTS, 0.01)
    assert record.num_positives == 0
    assert record.positive_accuracy is None
    assert record.positive_box_mae is None
    assert record.positive_box_error_px is None
    assert record.positives_per_layer == [0, 0]
    assert (record.class_loss, record.box_loss) == (0, 0)


def test_labels_with_no_row_at_all_are_a_batch_without_objects() -> None:
    one, other = learner(settings()), learner(settings())
    padded = one.step(IMAGES, NO_OBJECTS, 0.01)
    empty = other.step(IMAGES, np.zeros((2, 0, 5), np.float32), 0.01)
    assert (empty.class_loss, empty.num_positives) == (padded.class_loss, 0)
    for name, values in weights(one.net).items():
        np.testing.assert_array_equal(weights(other.net)[name], values)


def test_equal_seeds_train_equally_and_others_do_not() -> None:
    runs = []
    for seed in (3, 3, 4):
        subject = learner(settings(seed=seed))
        runs.append([subject.step(IMAGES, LABELS, 0.01).class_loss for _ in range(3)])
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_hybridized_training_equals_imperative_also_with_predictions_between() -> None:
    fast, plain = learner(settings()), learner(settings(), hybridize=False)
    equal = fast.net._collect_params_with_prefix()
    for name, parameter in plain.net._collect_params_with_prefix().items():
        parameter.set_data(equal[name].data())
    for _ in range(3):
        one, other = (each.step(IMAGES, LABELS, 1e-3) for each in (fast, plain))
        assert one.class_loss == pytest.approx(other.class_loss, rel=1e-3)
        assert one.box_loss == pytest.approx(other.box_loss, rel=1e-3)
        for count in (1, 2):
            a, b = (forward(each.net, IMAGES[:count], CPU) for each in (fast, plain))
            np.testing.assert_allclose(a.class_scores, b.class_scores, rtol=1e-2, atol=2e-2)
            np.testing.assert_allclose(a.offsets, b.offsets, rtol=1e-2, atol=2e-2)


def test_forward_gives_numpy_and_changes_nothing() -> None:
    net = new_network(settings().detector(CLASSES), CPU)
    before = weights(net)
    one, again = forward(net, IMAGES, CPU), forward(net, IMAGES, CPU)
    assert one.anchors.shape == (259, 4)
    assert one.class_scores.shape == (2, 259, 3)
    assert one.offsets.shape == (2, 259, 4)
    assert all(part.dtype == np.float32 for part in one)
    for part, same in zip(one, again, strict=True):
        np.testing.assert_array_equal(part, same)
    single = forward(net, IMAGES[1:], CPU)
    np.testing.assert_allclose(single.class_scores[0], one.class_scores[1], rtol=1e-4, atol=1e-4)
    for name, values in weights(net).items():
        np.testing.assert_array_equal(values, before[name])


@pytest.mark.parametrize(
    ("parameter", "factor", "shift", "what", "term"),
    [
        ("class_preds.0.bias", math.nan, 0.0, "the network's output is not finite", "output"),
        ("box_preds.1.bias", 0.0, math.inf, "the network's output is not finite", "output"),
        ("class_preds.0.bias", 0.0, (3e38, 0, 0), "the class loss is inf", "class loss"),
        ("box_preds.0.bias", 0.0, 3e38, "the box loss is inf", "box loss"),
        ("body.0.0.weight", 1e30, 0.0, "the gradient is not finite", "gradient"),
    ],
)
@pytest.mark.parametrize("name", ["fast", "tutorial"])
def test_a_diverged_step_leaves_the_network_as_it_was(
    name: str, parameter: str, factor: float, shift: Any, what: str, term: str
) -> None:
    subject = learner(settings(name))
    subject.step(IMAGES, LABELS, 0.001)  # so that the optimiser has a momentum
    spoiled = subject.net._collect_params_with_prefix()[parameter]
    added = np.broadcast_to(np.resize(shift, spoiled.shape), spoiled.shape)
    spoiled.set_data(spoiled.data() * factor + mx.nd.array(added))
    before = weights(subject.net)
    with pytest.raises(NotFiniteError) as caught:
        subject.step(IMAGES, LABELS, 0.01)
    error = caught.value
    assert (str(error), error.term) == (what, term)
    possible = {"output": [(0, 1)], "gradient": [()]}.get(term, [(0,), (1,), (0, 1)])
    assert error.images in possible
    assert (error.gt_index is not None) == (term == "box loss")
    assert bool(error.parameters) == (term == "gradient")
    assert set(error.parameters) <= before.keys()
    for key, values in weights(subject.net).items():
        np.testing.assert_array_equal(values, before[key], err_msg=key)


def test_a_box_whose_target_is_not_finite_is_named() -> None:
    # A variance next to 0 is allowed, and turns every shift of a positive anchor into infinity.
    subject = learner(settings(match=MatchConfig(variances=(1e-45, 0.1, 0.2, 0.2))))
    labels = LABELS.copy()
    labels[0] = -1
    with pytest.raises(NotFiniteError, match=r"^the box loss is (inf|nan)$") as caught:
        subject.step(IMAGES, labels, 0.01)
    assert (caught.value.images, caught.value.gt_index) == ((1,), 0)


def test_training_goes_on_after_a_diverged_step() -> None:
    subject = learner(settings())
    bias = subject.net.class_preds[0].bias
    good = bias.data().copy()
    bias.set_data(good * math.nan)
    with pytest.raises(NotFiniteError):
        subject.step(IMAGES, LABELS, 0.01)
    bias.set_data(good)
    record = subject.step(IMAGES, LABELS, 0.01)
    untroubled = learner(settings()).step(IMAGES, LABELS, 0.01)
    assert (record.class_loss, record.box_loss) == (untroubled.class_loss, untroubled.box_loss)


@pytest.mark.parametrize(
    ("images", "labels", "rate", "message"),
    [
        (IMAGES.astype(np.float32), LABELS, 0.1, "images must be (B, H, W, 3) uint8 RGB"),
        (IMAGES[0], LABELS, 0.1, "images must be (B, H, W, 3) uint8 RGB"),
        (IMAGES, LABELS[:1], 0.1, "labels must have shape (2, G, 5), got (1, 2, 5)"),
        (IMAGES, LABELS[0], 0.1, "labels must have shape (2, G, 5), got (2, 5)"),
        (IMAGES, LABELS + TWO_MORE, 0.1, "row 0 has class 2, but the model has 2"),
        (IMAGES, LABELS[..., [0, 3, 4, 1, 2]], 0.1, "xmin must not exceed xmax"),
        (IMAGES, LABELS, math.nan, "learning_rate must be a number above 0, got nan"),
        (IMAGES, LABELS, -0.1, "learning_rate must be a number above 0, got -0.1"),
    ],
)
def test_a_malformed_batch_is_refused_in_one_sentence(
    images: np.ndarray, labels: np.ndarray, rate: float, message: str
) -> None:
    subject = learner(settings())
    before = weights(subject.net)
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        subject.step(images, labels, rate)
    assert "\n" not in str(caught.value)
    np.testing.assert_array_equal(
        weights(subject.net)["body.0.1.running_mean"], before["body.0.1.running_mean"]
    )


def test_mining_that_finds_too_few_negatives_is_said() -> None:
    match = MatchConfig(negative_mining_ratio=3.0, negative_mining_threshold=1e-6)
    labels = np.array([[[0, 0, 0, 1, 1]]] * 2, np.float32)
    with pytest.raises(ValueError, match="mining wants more negatives than there are anchors"):
        learner(settings(match=match)).step(IMAGES, labels, 0.01)


def test_an_architecture_that_nobody_wrote_is_refused() -> None:
    toy = settings().detector(CLASSES)
    other = toy.with_(architecture="other", feature_maps=toy.feature_maps)
    with pytest.raises(ValueError, match="architecture 'other' cannot be built; known is toy-ssd"):
        new_network(other, CPU)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"schedule": "constant"}, {0: 0.4, 5: 0.4, 9: 0.4}),
        ({"schedule": "cosine"}, {0: 0.4, 5: 0.2, 10: 0.0, 12: 0.0}),
        (
            {"schedule": "cosine", "warmup_steps": 4},
            {0: 0.1, 1: 0.2, 2: 0.3, 3: 0.4, 4: 0.4, 7: 0.2, 10: 0.0},
        ),
        ({"schedule": "constant", "warmup_steps": 2}, {0: 0.2, 1: 0.4, 9: 0.4}),
        ({"schedule": "cosine", "warmup_steps": 20}, {0: 0.02, 9: 0.2}),
    ],
)
def test_learning_rate_at(changes: dict[str, Any], expected: dict[int, float]) -> None:
    config = settings(learning_rate=0.4, **changes)
    found = {step: config.learning_rate_at(step, num_steps=10) for step in expected}
    assert found == pytest.approx(expected, abs=1e-12)


def test_a_record_can_be_written_as_json() -> None:
    record = learner(settings()).step(IMAGES, LABELS, 0.01)
    assert isinstance(record, StepRecord)
    for name in ("class_loss", "box_loss", "accuracy", "positive_accuracy", "box_mae"):
        assert type(getattr(record, name)) is float
    assert type(record.num_positives) is int
