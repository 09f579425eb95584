"""Evaluating real networks on real record files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from explorer.config import AnchorConfig, DetectorConfig, MatchConfig, recipe
from explorer.datasets import RecordDataset, open_dataset
from explorer.datasets.records.detection_record import pack
from explorer.datasets.records.recordio import RecordWriter
from explorer.evaluation.average_precision import average_precision
from explorer.evaluation.evaluate import EVALUATION, detect_batch, evaluate
from explorer.net.learning import Learner, forward, new_network
from explorer.net.runtime import choose_device
from explorer.net.toy_ssd import Predictions, ToySSD
from explorer.ssd.detection import detect, softmax
from explorer.ssd.offsets import decode
from tests.decoding import detect_config
from tests.places import SAMPLE

CPU = choose_device("cpu")
ANCHORS = AnchorConfig.of(sizes=[[0.3, 0.4], [0.8]], ratios=[1, 2, 0.5])
SQUARES = DetectorConfig(class_names=("square",), anchors=ANCHORS, input_size=64)


def image_with(label: np.ndarray) -> np.ndarray:
    image = np.full((64, 64, 3), 110, np.uint8)
    for _, *box in label:
        x, y, x2, y2 = (round(v * 64) for v in box)
        image[y:y2, x:x2] = (40, 60, 230)
    return image


def labels_of_squares() -> list[np.ndarray]:
    """Return labels of five images: one square each, none, and two."""
    boxes = [[(4, 8, 24, 28)], [(30, 30, 52, 50)], [], [(8, 36, 30, 60)], []]
    boxes[4] = [(2, 2, 22, 22), (38, 36, 60, 58)]
    return [
        np.array([(0, *(v / 64 for v in box)) for box in each], np.float32).reshape(-1, 5)
        for each in boxes
    ]


def write(path: Path, labels: list[np.ndarray], shown: list[np.ndarray]) -> RecordDataset:
    with RecordWriter(path) as writer:
        for number, (label, other) in enumerate(zip(labels, shown, strict=True)):
            encoded = cv2.imencode(".png", image_with(other)[..., ::-1])[1].tobytes()
            writer.write(pack(label, encoded, number))
    return RecordDataset(path, ("square",))


@pytest.fixture(scope="module")
def trained() -> ToySSD:
    """A network that has overfitted the five images."""
    return trained_for(SQUARES)


def trained_for(detector: DetectorConfig, box_weight: float = 1.0) -> ToySSD:
    match = MatchConfig(negative_mining_ratio=3.0, variances=detector.variances)
    config = recipe("fast", anchors=ANCHORS, input_size=64, match=match, box_weight=box_weight)
    net = new_network(detector, CPU)
    labels = labels_of_squares()
    images = np.stack([image_with(label) for label in labels])
    padded = np.full((len(labels), 2, 5), -1, np.float32)
    for row, label in zip(padded, labels, strict=True):
        row[: len(label)] = label
    learner = Learner(net, detector, config, CPU)
    for _ in range(60):
        learner.step(images, padded, 0.01)
    return net


def test_a_network_that_knows_the_set_gets_full_marks(trained: ToySSD, tmp_path: Path) -> None:
    labels = labels_of_squares()
    result = evaluate(trained, SQUARES, write(tmp_path / "val.rec", labels, labels), CPU)
    assert (result.num_images, result.num_objects) == (5, 5)
    assert result.precision.ap50 > 0.99
    assert result.precision.ap75 > 0.7
    assert result.seconds > 0


def test_a_network_is_judged_with_the_variances_that_it_learned_with(tmp_path: Path) -> None:
    detector = SQUARES.with_(variances=(1, 1, 1, 1))
    labels = labels_of_squares()
    dataset = write(tmp_path / "val.rec", labels, labels)
    net = trained_for(detector, box_weight=10)
    result = evaluate(net, detector, dataset, CPU)
    assert result.precision.ap50 > 0.99
    images = np.stack([sample.image for sample in dataset])
    predictions = forward(net, images, CPU)
    (found, *_others) = detect_batch(predictions, detector, EVALUATION)
    np.testing.assert_allclose(found.boxes[0], labels[0][0, 1:], atol=0.08)
    tutorials = EVALUATION.with_(variances=(0.1, 0.1, 0.2, 0.2))  # an override is obeyed
    (other, *_others) = detect_batch(predictions, detector, tutorials)
    np.testing.assert_array_equal(
        other.boxes[0],
        decode(
            predictions.anchors[other.anchor[:1]],
            predictions.offsets[0, other.anchor[:1]],
            (0.1, 0.1, 0.2, 0.2),
            clip=True,
        )[0],
    )
    overridden = evaluate(net, detector, dataset, CPU, config=tutorials)
    assert overridden.precision.map < result.precision.map


def test_the_same_images_with_other_labels_get_none(trained: ToySSD, tmp_path: Path) -> None:
    labels = labels_of_squares()
    moved = [np.float32(label * [1, 0.3, 0.3, 0.3, 0.3] + [0, 0.6, 0, 0.6, 0]) for label in labels]
    result = evaluate(trained, SQUARES, write(tmp_path / "val.rec", moved, labels), CPU)
    assert result.num_objects == 5
    assert result.precision.ap50 < 0.1


def test_figures_are_those_of_the_parts_by_hand(trained: ToySSD, tmp_path: Path) -> None:
    labels = labels_of_squares()
    dataset = write(tmp_path / "val.rec", labels, labels)
    images = np.stack([sample.image for sample in dataset])
    predictions = forward(trained, images, CPU)
    config = detect_config(score_threshold=0.2, nms_iou_threshold=0.9)
    found = [
        detect(predictions.anchors, softmax(scores), offsets, config)
        for scores, offsets in zip(predictions.class_scores, predictions.offsets, strict=True)
    ]
    by_hand = average_precision(found, labels, 1, (64, 64))
    # Batches of two: the last one is not full.
    result = evaluate(trained, SQUARES, dataset, CPU, config=config, batch_size=2)
    assert result.precision.map == pytest.approx(by_hand.map, abs=1e-6)
    assert result.num_images == 5


def test_every_image_of_the_sample_is_judged_and_progress_told() -> None:
    dataset = open_dataset(SAMPLE, "val")
    detector = DetectorConfig(class_names=("creature",), anchors=ANCHORS, input_size=64)
    net = new_network(detector, CPU)
    told: list[tuple[int, int]] = []
    result = evaluate(
        net,
        detector,
        dataset,
        CPU,
        batch_size=20,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(20, 48), (40, 48), (48, 48)]
    assert result.num_images == 48
    assert result.num_objects == sum(len(label) for label in dataset.labels)
    assert 0 <= result.precision.map <= result.precision.ap50 <= 1


def test_other_classes_are_refused(trained: ToySSD) -> None:
    sentence = "the data set has classes creature, the detector knows square"
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        evaluate(trained, SQUARES, open_dataset(SAMPLE, "val"), CPU)


def test_a_set_without_objects_is_refused(trained: ToySSD, tmp_path: Path) -> None:
    nothing = [np.zeros((0, 5), np.float32)] * 3
    dataset = write(tmp_path / "val.rec", nothing, nothing)
    with pytest.raises(ValueError, match="needs at least one ground truth"):
        evaluate(trained, SQUARES, dataset, CPU)


def predictions_with(offset: float) -> Predictions:
    anchors = np.array([[0.2, 0.2, 0.6, 0.6], [0.5, 0.5, 0.9, 0.9]], np.float32)
    offsets = np.zeros((1, 2, 4), np.float32)
    offsets[0, 0, 2:] = offset
    return Predictions(anchors, np.array([[[0, 5], [0, 4]]], np.float32), offsets)


def test_a_box_that_overflows_is_the_whole_image() -> None:
    (found,) = detect_batch(predictions_with(1e30), SQUARES, EVALUATION)
    np.testing.assert_array_equal(found.boxes[0], [0, 0, 1, 1])
    (same,) = detect_batch(predictions_with(100.0), SQUARES, EVALUATION)
    np.testing.assert_array_equal(found.boxes, same.boxes)


def test_usual_offsets_are_left_alone() -> None:
    predictions = predictions_with(1.5)
    (found,) = detect_batch(predictions, SQUARES, EVALUATION)
    same = detect(
        predictions.anchors,
        softmax(predictions.class_scores[0]),
        predictions.offsets[0],
        SQUARES.complete(EVALUATION),
    )
    np.testing.assert_array_equal(found.boxes, same.boxes)
    np.testing.assert_array_equal(found.score, same.score)


@pytest.mark.parametrize("offset", [np.nan, np.inf])
def test_an_output_that_is_not_finite_is_an_error(offset: float) -> None:
    with pytest.raises(ValueError, match="model output is not finite"):
        detect_batch(predictions_with(offset), SQUARES, EVALUATION)
