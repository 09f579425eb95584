"""MXNet's operators are the oracle: `explorer.ssd` must say the same on any input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from explorer.config import TOY_SSD, AnchorConfig, AnchorLayer, DetectConfig, MatchConfig
from explorer.engine.operators import (
    multibox_detection,
    multibox_prior,
    multibox_target,
    per_class_detection,
)
from explorer.ssd.anchors import layer_anchors
from explorer.ssd.detection import Detections, detect
from explorer.ssd.probabilities import softmax
from explorer.ssd.targets import assign_targets
from tests.decoding import detect_config
from tests.maps import spread_grid, toy_grid, toy_shapes
from tests.ssd.inputs import GRID, random_boxes, random_labels, random_scores, read_only

SETTINGS = settings(max_examples=150, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)
sides = st.integers(1, 24)
sizes = st.lists(st.floats(0.01, 2.0), min_size=1, max_size=4)
ratios = st.lists(st.floats(0.05, 20.0), min_size=1, max_size=4)


@SETTINGS
@given(height=sides, width=sides, sizes=sizes, ratios=ratios)
def test_anchors(height: int, width: int, sizes: list[float], ratios: list[float]) -> None:
    layer = AnchorLayer(sizes=tuple(sizes), ratios=tuple(ratios))
    expected = multibox_prior((height, width), sizes, ratios)
    np.testing.assert_allclose(layer_anchors((height, width), layer), expected, rtol=0, atol=1e-6)


@SETTINGS
@given(height=sides, width=sides, steps=st.tuples(*[st.floats(0.01, 0.5)] * 2))
def test_anchors_of_cells_that_do_not_divide_the_input(
    height: int, width: int, steps: tuple[float, float]
) -> None:
    layer = AnchorLayer(sizes=(0.2, 0.3), ratios=(1.0, 2.0))
    expected = multibox_prior((height, width), layer.sizes, layer.ratios, steps)
    np.testing.assert_allclose(
        layer_anchors((height, width), layer, steps), expected, rtol=0, atol=2e-6
    )


def test_anchors_of_the_whole_pyramid() -> None:
    shapes = toy_shapes((256, 256), 5)
    expected = [
        multibox_prior(shape, layer.sizes, layer.ratios)
        for shape, layer in zip(shapes, TOY_SSD.layers, strict=True)
    ]
    grid = spread_grid(TOY_SSD, shapes)
    np.testing.assert_allclose(grid.boxes, np.concatenate(expected), rtol=0, atol=1e-7)


def some_anchors(rng: np.random.Generator, count: int, on_grid: bool) -> np.ndarray:
    """Return anchors of a small pyramid, or boxes on a grid (many equal IoUs)."""
    if on_grid:
        return random_boxes(rng, count, on_grid=True, least_size=1 / GRID)
    layers = AnchorConfig.of(
        sizes=[[0.2, 0.3], [0.5, 0.6]], ratios=[[1, 2], [1, 0.5, rng.uniform(0.3, 3)]]
    )
    height, width = rng.integers(1, 8, 2)
    return spread_grid(layers, ((2 * height, 2 * width), (height, width))).boxes


match_configs = st.builds(
    MatchConfig,
    match_iou_threshold=st.sampled_from([0.0, 0.2, 0.25, 0.5, 0.6, 1.0]) | st.floats(0.05, 0.95),
    negative_mining_ratio=st.sampled_from([-1.0, 0.0, 0.5, 1.0, 3.0, 3.7]),
    negative_mining_threshold=st.sampled_from([0.25, 0.5, 1.0]) | st.floats(0.05, 1.0),
    variances=st.just((0.1, 0.1, 0.2, 0.2)) | st.tuples(*[st.floats(0.05, 1.0)] * 4),
)


@SETTINGS
@given(
    seed=seeds,
    num_anchors=st.integers(1, 150),
    num_gt=st.integers(0, 20),
    padding=st.integers(0, 3),
    num_classes=st.integers(1, 4),
    on_grid=st.booleans(),
    config=match_configs,
)
def test_targets(
    seed: int,
    num_anchors: int,
    num_gt: int,
    padding: int,
    num_classes: int,
    on_grid: bool,
    config: MatchConfig,
) -> None:
    rng = np.random.default_rng(seed)
    anchors = some_anchors(rng, num_anchors, on_grid)
    labels = random_labels(rng, num_gt, num_classes, on_grid, padding)
    scores = random_scores(rng, len(anchors), num_classes)
    try:
        ours = assign_targets(anchors, labels, config, scores)
    except ValueError:
        with pytest.raises(ValueError, match="mining wants more negatives"):
            multibox_target(anchors, labels[None], scores[None], config)
        return
    offsets, mask, cls_target = multibox_target(anchors, labels[None], scores[None], config)
    np.testing.assert_array_equal(ours.cls_target, cls_target[0])
    np.testing.assert_array_equal(ours.mask, mask[0])
    np.testing.assert_allclose(ours.offsets, offsets[0], rtol=1e-4, atol=1e-5)


def test_targets_of_a_batch_at_full_size() -> None:
    rng = np.random.default_rng(5)
    anchors = toy_grid(TOY_SSD, (256, 256)).boxes
    labels = np.stack([random_labels(rng, num_gt, 2, False, 20 - num_gt) for num_gt in (20, 1, 0)])
    scores = np.stack([random_scores(rng, 5444, 2) for _ in range(3)])
    config = MatchConfig(negative_mining_ratio=3)
    offsets, mask, cls_target = multibox_target(anchors, labels, scores, config)
    assert (cls_target > 0).any(axis=1).tolist() == [True, True, False]
    for image in range(3):
        ours = assign_targets(anchors, labels[image], config, scores[image])
        np.testing.assert_array_equal(ours.cls_target, cls_target[image])
        np.testing.assert_array_equal(ours.mask, mask[image])
        np.testing.assert_allclose(ours.offsets, offsets[image], rtol=1e-4, atol=1e-5)


def assert_same_detections(ours: Detections, rows: np.ndarray) -> None:
    kept = rows[rows[:, 0] >= 0]
    assert ours.class_id.tolist() == kept[:, 0].tolist()
    np.testing.assert_array_equal(ours.score, kept[:, 1])
    np.testing.assert_allclose(ours.boxes, kept[:, 2:], rtol=1e-5, atol=1e-6)


detect_configs = st.builds(
    detect_config,
    score_threshold=st.integers(0, 16).map(lambda k: k / 16) | st.floats(1e-9, 1.0),
    nms_iou_threshold=st.sampled_from([0.2, 0.25, 1 / 3, 0.5, 0.75, 1.0]) | st.floats(0.01, 1.0),
    nms_topk=st.sampled_from([-1, 0, 1, 2, 10, 60, 400]),
    force_suppress=st.booleans(),
    clip=st.booleans(),
    variances=st.just((0.1, 0.1, 0.2, 0.2)) | st.tuples(*[st.floats(0.05, 1.0)] * 4),
)


@SETTINGS
@given(
    seed=seeds,
    num_anchors=st.integers(1, 150),
    num_classes=st.integers(1, 4),
    on_grid=st.booleans(),
    config=detect_configs,
)
@example(seed=0, num_anchors=100, num_classes=1, on_grid=True, config=detect_config(nms_topk=5))
def test_detections(
    seed: int, num_anchors: int, num_classes: int, on_grid: bool, config: DetectConfig
) -> None:
    rng = np.random.default_rng(seed)
    anchors = some_anchors(rng, num_anchors, on_grid)
    # Sixteenths are exact, so many scores tie, among each other and with the threshold.
    prob = read_only(rng.integers(0, 17, (len(anchors), num_classes + 1)).astype(np.float32) / 16)
    if on_grid:  # boxes stay on the grid too, where IoUs tie with each other and the threshold
        offsets = read_only(np.zeros((len(anchors), 4), dtype=np.float32))
    else:
        offsets = read_only(rng.normal(size=(len(anchors), 4)).astype(np.float32))
    ours = detect(anchors, prob, offsets, config)
    assert_same_detections(ours, multibox_detection(prob[None], offsets[None], anchors, config)[0])


@SETTINGS
@given(
    seed=seeds,
    num_anchors=st.integers(1, 60),
    num_classes=st.integers(1, 5),
    threshold=st.just(0.0) | st.floats(1e-9, 1),
    nms_iou_threshold=st.floats(0.01, 0.99),
    nms_topk=st.sampled_from([-1, 0, 1, 2, 10, 60, 400]),
    force_suppress=st.booleans(),
    clip=st.booleans(),
)
def test_detections_of_anchors_that_name_several_classes(
    seed: int, num_anchors: int, num_classes: int, threshold: float, **settings: Any
) -> None:
    rng = np.random.default_rng(seed)
    anchors = some_anchors(rng, num_anchors, on_grid=False)
    num_anchors = len(anchors)
    # No two scores are equal, and no IoU is the threshold: there the operator decides otherwise.
    scores = rng.permutation(num_anchors * (num_classes + 1)).astype(np.float32)
    prob = scores.reshape(num_anchors, -1) / np.float32(scores.size)
    offsets = rng.normal(size=(num_anchors, 4)).astype(np.float32)
    config = detect_config(score_threshold=threshold, multi_label=True, **settings)
    ours = detect(anchors, prob, offsets, config)
    assert_same_detections(ours, per_class_detection(prob[None], offsets[None], anchors, config)[0])


@pytest.mark.parametrize("threshold", [0.1, 0.01, 5.699613314982464e-06, 1e-9, 1e-12, 1e-300])
def test_a_score_threshold_is_read_to_the_last_bit(threshold: float) -> None:
    single = np.float32(threshold)
    scores = [single, np.nextafter(single, np.float32(1)), np.nextafter(single, np.float32(-1))]
    prob = np.float32([[[1, max(score, 0)] for score in scores]])
    anchors = random_boxes(np.random.default_rng(0), 3, on_grid=True, least_size=0.1)
    config = detect_config(score_threshold=threshold, nms_iou_threshold=1)
    rows = multibox_detection(prob, np.zeros((1, 3, 4)), anchors, config)
    assert_same_detections(detect(anchors, prob[0], np.zeros((3, 4)), config), rows[0])


def test_detections_of_a_batch_at_full_size() -> None:
    rng = np.random.default_rng(6)
    anchors = toy_grid(TOY_SSD, (256, 256)).boxes
    prob = softmax(rng.normal(size=(2, 5444, 3)) * 2)
    offsets = read_only(rng.normal(size=(2, 5444, 4)).astype(np.float32))
    config = detect_config(score_threshold=0.3)
    rows = multibox_detection(prob, offsets, anchors, config)
    for image in range(2):
        ours = detect(anchors, prob[image], offsets[image], config)
        assert len(ours) > 50
        assert_same_detections(ours, rows[image])


@SETTINGS
@given(
    seed=seeds,
    num_anchors=st.integers(1, 60),
    num_classes=st.integers(1, 4),
    config=detect_configs,
    bad=st.sampled_from([np.nan, np.inf, -np.inf]),
)
def test_probabilities_that_are_not_finite(
    seed: int, num_anchors: int, num_classes: int, config: DetectConfig, bad: float
) -> None:
    rng = np.random.default_rng(seed)
    anchors = some_anchors(rng, num_anchors, on_grid=True)
    prob = rng.integers(0, 17, (len(anchors), num_classes + 1)).astype(np.float32) / 16
    broken = rng.random(prob.shape) < 0.3
    broken[0, 0] = True
    prob[broken] = bad
    offsets = np.zeros((len(anchors), 4), np.float32)
    with pytest.raises(ValueError, match="model output is not finite"):
        detect(anchors, prob, offsets, config)
    if not np.isnan(bad):
        return
    # MXNet says nothing: to it NaN is less than any probability, so the class is passed over.
    rows = multibox_detection(prob[None], offsets[None], anchors, config)[0]
    passed_over = np.where(np.isnan(prob), np.float32(-1), prob)
    assert_same_detections(detect(anchors, passed_over, offsets, config), rows)


def test_offsets_that_are_not_finite() -> None:
    anchors = np.float32([[0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1]])
    prob = np.float32([[0.1, 0.9], [0.2, 0.8]])
    offsets = np.zeros((2, 4), np.float32)
    offsets[0] = np.nan
    with pytest.raises(ValueError, match="model output is not finite"):
        detect(anchors, prob, offsets, detect_config())
    # MXNet says nothing: NaN reaches its boxes, and clipping turns it into a box on the border.
    for clip, expected in ((False, [np.nan] * 4), (True, [1, 1, 1, 1])):
        rows = multibox_detection(prob[None], offsets[None], anchors, detect_config(clip=clip))[0]
        np.testing.assert_array_equal(rows[0], np.float32([0, 0.9, *expected]))
        np.testing.assert_array_equal(rows[1], np.float32([0, 0.8, *anchors[1]]))


GOOD = np.float32([[0, 0, 1, 1], [0, 0, 0.5, 0.5]])
LABELS = np.float32([[[0, 0, 0, 1, 1]]])
SCORES = np.zeros((1, 2, 2), dtype=np.float32)


def test_an_error_leaves_the_operator_usable() -> None:
    mining = MatchConfig(negative_mining_ratio=3, negative_mining_threshold=0.1)
    with pytest.raises(ValueError, match="lower negative_mining_ratio or raise"):
        multibox_target(GOOD, LABELS, SCORES, mining)
    assert multibox_target(GOOD, LABELS, SCORES, MatchConfig())[2].tolist() == [[1, 0]]


def test_labels_without_a_row_are_an_image_without_objects() -> None:
    offsets, mask, cls_target = multibox_target(GOOD, np.zeros((1, 0, 5)), SCORES, MatchConfig())
    assert cls_target.tolist() == [[-1, -1]]
    assert offsets.shape == mask.shape == (1, 2, 4)
    assert not mask.any()


@pytest.mark.parametrize(
    ("map_shape", "sizes", "ratios", "message"),
    [
        ((0, 4), [0.5], [1], r"map_shape must be positive numbers, got \[0, 4\]"),
        ((4, 4), [0.0], [1], r"sizes must be positive numbers, got \[0.0\]"),
        ((4, 4), [0.5], [1, -2], r"ratios must be positive numbers, got \[1, -2\]"),
        ((4, 4), [], [1], r"sizes must be positive numbers, got \[\]"),
        ((4, 4), [0.5], [float("nan")], "ratios must be positive numbers"),
    ],
)
def test_prior_refuses(
    map_shape: tuple[int, int], sizes: list[float], ratios: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        multibox_prior(map_shape, sizes, ratios)


@pytest.mark.parametrize(
    ("anchors", "labels", "scores", "message"),
    [
        (GOOD, LABELS[0], SCORES, r"labels must have shape \(1, G, 5\), got \(1, 5\)"),
        (GOOD, np.repeat(LABELS, 2, 0), SCORES, r"labels must have shape \(1, G, 5\)"),
        (GOOD, LABELS, SCORES[0], r"class_scores must have shape \(B, 2, C \+ 1\)"),
        (GOOD, LABELS + np.float32([1, 0, 0, 0, 0]), SCORES, "class 1, but the model has 1"),
        (GOOD, np.float32([[[-1, 0, 0, 1, 1]]]), SCORES, "padding must be -1 throughout"),
        (GOOD, LABELS, SCORES * np.nan, "class_scores must be finite"),
        (GOOD[:0], LABELS, SCORES[:, :0], "at least one image and one anchor"),
        (GOOD, LABELS[:0], SCORES[:0], "at least one image and one anchor"),
    ],
)
def test_target_refuses(
    anchors: np.ndarray, labels: np.ndarray, scores: np.ndarray, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        multibox_target(anchors, labels, scores, MatchConfig(negative_mining_ratio=1))


def test_detection_refuses() -> None:
    prob = np.zeros((1, 2, 2))
    with pytest.raises(ValueError, match=r"offsets must have shape \(1, 2, 4\), got \(1, 8\)"):
        multibox_detection(prob, np.zeros((1, 8)), GOOD, detect_config())
    with pytest.raises(ValueError, match=r"class_prob must have shape \(B, 2, C \+ 1\)"):
        multibox_detection(prob[:, :1], np.zeros((1, 1, 4)), GOOD, detect_config())
