"""NMS over a whole data set against the detector's own, image by image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.config import DetectConfig, DetectorConfig
from explorer.evaluation import dataset_nms
from explorer.evaluation.dataset_nms import DatasetNms
from explorer.evaluation.raw_predictions import raw_predictions
from explorer.ssd.detection import detect
from explorer.ssd.predictions import Predictions
from explorer.ssd.probabilities import softmax
from tests.decoding import detect_config
from tests.ssd.inputs import random_boxes, random_scores


def random_predictions(seed: int, num_images: int, num_anchors: int, classes: int) -> Predictions:
    rng = np.random.default_rng(seed)
    anchors = random_boxes(rng, num_anchors, on_grid=True, least_size=0.125)
    scores = np.stack([random_scores(rng, num_anchors, classes) for _ in range(num_images)])
    # Mostly no offset at all: boxes of equal anchors are then equal, and IoUs whole fractions.
    offsets = rng.normal(0, 1, (num_images, num_anchors, 4)).astype(np.float32)
    offsets *= rng.random((num_images, num_anchors, 1)) < 0.3
    return Predictions(anchors, scores, offsets)


def assert_same_as_detect(
    nms: DatasetNms, predictions: Predictions, configs: list[DetectConfig]
) -> None:
    for config in configs:
        found = nms.detect(config).by_image()
        assert len(found) == len(predictions.class_scores)
        for image, scores, offsets in zip(
            found, predictions.class_scores, predictions.offsets, strict=True
        ):
            expected = detect(predictions.anchors, softmax(scores), offsets, config)
            np.testing.assert_array_equal(image.anchor, expected.anchor)
            np.testing.assert_array_equal(image.class_id, expected.class_id)
            np.testing.assert_array_equal(image.score, expected.score)
            np.testing.assert_array_equal(image.boxes, expected.boxes)


A, AB = (DetectorConfig(class_names=names) for names in (("a",), ("a", "b")))
CONFIGS = st.builds(
    detect_config,
    # Fractions that IoUs of boxes on a grid reach exactly.
    nms_iou_threshold=st.sampled_from([0.05, 0.25, 1 / 3, 0.45, 0.5, 0.75, 1.0]),
    score_threshold=st.sampled_from([0.05, 0.25, 1 / 3, 0.5, 0.9]),
    nms_topk=st.sampled_from([-1, 0, 1, 3, 10, 400]),
    force_suppress=st.booleans(),
    clip=st.booleans(),
)


@given(
    seed=st.integers(0, 2**32 - 1),
    num_anchors=st.integers(1, 60),
    num_images=st.integers(1, 4),
    classes=st.integers(1, 3),
    multi_label=st.booleans(),
    configs=st.lists(CONFIGS, min_size=1, max_size=4),
)
@settings(max_examples=150, deadline=None)
def test_detections_are_those_of_detect(
    seed: int,
    num_anchors: int,
    num_images: int,
    classes: int,
    multi_label: bool,
    configs: list[DetectConfig],
) -> None:
    predictions = random_predictions(seed, num_images, num_anchors, classes)
    labels = tuple(np.zeros((0, 5), np.float32) for _ in range(num_images))
    detector = DetectorConfig(class_names=tuple("abc"[:classes]), multi_label=multi_label)
    raw = raw_predictions(predictions, labels, detector, lowest_score=0.05)
    configs = [config.with_(multi_label=multi_label) for config in configs]
    assert_same_as_detect(DatasetNms(raw), predictions, configs)
    with pytest.raises(ValueError, match=f"multi_label must be {multi_label}"):
        DatasetNms(raw).detect(detect_config(multi_label=not multi_label))


@pytest.mark.parametrize(("paired", "most_pairs"), [(8, 10_000), (400, 300), (400, 0)])
def test_images_whose_overlaps_are_not_kept_are_no_different(
    monkeypatch: pytest.MonkeyPatch, paired: int, most_pairs: int
) -> None:
    monkeypatch.setattr(dataset_nms, "PAIRED", paired)
    monkeypatch.setattr(dataset_nms, "MOST_PAIRS", most_pairs)
    predictions = random_predictions(5, num_images=4, num_anchors=60, classes=2)
    labels = tuple(np.zeros((0, 5), np.float32) for _ in range(4))
    nms = DatasetNms(raw_predictions(predictions, labels, AB, lowest_score=0.05))
    configs = [
        detect_config(score_threshold=0.05, nms_topk=topk, nms_iou_threshold=0.3, force_suppress=f)
        for topk in (-1, 5, 20)
        for f in (False, True)
    ]
    assert_same_as_detect(nms, predictions, configs)


def test_a_cut_at_the_best_is_the_same_as_top_k() -> None:
    predictions = random_predictions(7, num_images=3, num_anchors=50, classes=2)
    labels = tuple(np.zeros((0, 5), np.float32) for _ in range(3))
    raw = raw_predictions(predictions, labels, AB, lowest_score=0.05, most_per_image=6)
    assert np.bincount(raw.image).tolist() == [6, 6, 6]
    config = detect_config(score_threshold=0.05, nms_topk=6)
    assert_same_as_detect(DatasetNms(raw), predictions, [config])


def test_below_the_lowest_score_nothing_can_be_found() -> None:
    predictions = random_predictions(9, num_images=2, num_anchors=50, classes=2)
    labels = tuple(np.zeros((0, 5), np.float32) for _ in range(2))
    nms = DatasetNms(raw_predictions(predictions, labels, AB, lowest_score=0.5))
    low, same = (nms.detect(detect_config(score_threshold=t)) for t in (0.1, 0.5))
    np.testing.assert_array_equal(low.anchor, same.anchor)
    assert low.score.min() >= 0.5


def test_images_without_a_candidate_have_no_detection() -> None:
    scores = np.zeros((3, 4, 2), np.float32)
    scores[..., 0] = 9
    scores[1, 2] = 0, 9
    anchors = random_boxes(np.random.default_rng(0), 4, on_grid=True, least_size=0.125)
    predictions = Predictions(anchors, scores, np.zeros((3, 4, 4), np.float32))
    labels = tuple(np.zeros((0, 5), np.float32) for _ in range(3))
    raw = raw_predictions(predictions, labels, A, lowest_score=0.1)
    found = DatasetNms(raw).detect(detect_config(score_threshold=0.1))
    assert [len(image) for image in found.by_image()] == [0, 1, 0]
    assert found.anchor.tolist() == [2]
    nothing = raw_predictions(predictions, labels, A, lowest_score=1.0)
    assert [len(image) for image in DatasetNms(nothing).detect(detect_config()).by_image()] == [
        0
    ] * 3


def test_a_box_that_overflows_is_an_error_where_it_is_not_cut() -> None:
    anchors = np.array([[0.2, 0.2, 0.6, 0.6]], np.float32)
    offsets = np.full((1, 1, 4), 1e30, np.float32)
    predictions = Predictions(anchors, np.array([[[0, 5]]], np.float32), offsets)
    raw = raw_predictions(predictions, (np.zeros((0, 5), np.float32),), A, 0.1)
    (found,) = DatasetNms(raw).detect(detect_config()).by_image()
    np.testing.assert_array_equal(found.boxes, [[0, 0, 1, 1]])
    with pytest.raises(ValueError, match="not finite"):
        DatasetNms(raw).detect(detect_config(variances=(0.1, 0.1, 9.0, 9.0)))
