"""Evaluating real networks on real record files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from explorer.config import AnchorConfig, MatchConfig, recipe
from explorer.datasets import RecordDataset, open_dataset
from explorer.datasets.records.detection_record import pack
from explorer.datasets.records.recordio import RecordWriter
from explorer.engine import Engine
from explorer.evaluation.average_precision import average_precision
from explorer.evaluation.evaluate import EVALUATION, evaluate
from explorer.ssd.detection import detect
from explorer.ssd.offsets import decode
from explorer.ssd.predictions import Predictions
from explorer.ssd.probabilities import softmax
from tests.decoding import VARIANCES, detect_config
from tests.places import SAMPLE

ANCHORS = AnchorConfig.of(sizes=[[0.3, 0.4], [0.8]], ratios=[1, 2, 0.5])


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
def trained() -> Engine:
    """A detector that has overfitted the five images."""
    return learned()


def engine_for(*class_names: str, **changes: Any) -> Engine:
    return Engine(class_names, ANCHORS, 64, "cpu", train=recipe("fast", **changes))


def learned(**changes: Any) -> Engine:
    engine = engine_for("square", **changes)
    labels = labels_of_squares()
    images = np.stack([image_with(label) for label in labels])
    padded = np.full((len(labels), 2, 5), -1, np.float32)
    for row, label in zip(padded, labels, strict=True):
        row[: len(label)] = label
    for _ in range(60):
        engine.train_step(images, padded, 0.01)
    return engine


def test_a_network_that_knows_the_set_gets_full_marks(trained: Engine, tmp_path: Path) -> None:
    labels = labels_of_squares()
    result = evaluate(trained, write(tmp_path / "val.rec", labels, labels))
    assert (result.num_images, result.num_objects) == (5, 5)
    assert result.precision.ap50 > 0.99
    assert result.precision.ap75 > 0.7
    assert result.seconds > 0


def test_a_network_is_judged_with_the_variances_that_it_learned_with(tmp_path: Path) -> None:
    labels = labels_of_squares()
    dataset = write(tmp_path / "val.rec", labels, labels)
    match = MatchConfig(negative_mining_ratio=3.0, variances=(1, 1, 1, 1))
    engine = learned(match=match, box_weight=10)
    result = evaluate(engine, dataset)
    assert result.precision.ap50 > 0.99
    predictions = engine.predict([sample.image for sample in dataset])
    (found, *_others) = engine.decode(predictions, EVALUATION)
    np.testing.assert_allclose(found.boxes[0], labels[0][0, 1:], atol=0.08)
    tutorials = EVALUATION.with_(variances=(0.1, 0.1, 0.2, 0.2))  # an override is obeyed
    (other, *_others) = engine.decode(predictions, tutorials)
    np.testing.assert_array_equal(
        other.boxes[0],
        decode(
            predictions.anchors[other.anchor[:1]],
            predictions.offsets[0, other.anchor[:1]],
            (0.1, 0.1, 0.2, 0.2),
            clip=True,
        )[0],
    )
    overridden = evaluate(engine, dataset, config=tutorials)
    assert overridden.precision.map < result.precision.map


def test_the_same_images_with_other_labels_get_none(trained: Engine, tmp_path: Path) -> None:
    labels = labels_of_squares()
    moved = [np.float32(label * [1, 0.3, 0.3, 0.3, 0.3] + [0, 0.6, 0, 0.6, 0]) for label in labels]
    result = evaluate(trained, write(tmp_path / "val.rec", moved, labels))
    assert result.num_objects == 5
    assert result.precision.ap50 < 0.1


def test_figures_are_those_of_the_parts_by_hand(trained: Engine, tmp_path: Path) -> None:
    labels = labels_of_squares()
    dataset = write(tmp_path / "val.rec", labels, labels)
    predictions = trained.predict([sample.image for sample in dataset])
    config = detect_config(score_threshold=0.2, nms_iou_threshold=0.9)
    found = [
        detect(predictions.anchors, softmax(scores), offsets, config)
        for scores, offsets in zip(predictions.class_scores, predictions.offsets, strict=True)
    ]
    by_hand = average_precision(found, labels, 1, (64, 64))
    # Batches of two: the last one is not full.
    result = evaluate(trained, dataset, config=config, batch_size=2)
    assert result.precision.map == pytest.approx(by_hand.map, abs=1e-6)
    assert result.num_images == 5


def test_every_image_of_the_sample_is_judged_and_progress_told() -> None:
    dataset = open_dataset(SAMPLE, "val")
    told: list[tuple[int, int]] = []
    result = evaluate(
        engine_for("creature"),
        dataset,
        batch_size=20,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(20, 48), (40, 48), (48, 48)]
    assert result.num_images == 48
    assert result.num_objects == sum(len(label) for label in dataset.labels)
    assert 0 <= result.precision.map <= result.precision.ap50 <= 1


def test_other_classes_are_refused(trained: Engine) -> None:
    sentence = "the data set has classes creature, the detector knows square"
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        evaluate(trained, open_dataset(SAMPLE, "val"))


def test_a_set_without_objects_is_refused(trained: Engine, tmp_path: Path) -> None:
    nothing = [np.zeros((0, 5), np.float32)] * 3
    dataset = write(tmp_path / "val.rec", nothing, nothing)
    with pytest.raises(ValueError, match="needs at least one ground truth"):
        evaluate(trained, dataset)


def predictions_with(offset: float) -> Predictions:
    anchors = np.array([[0.2, 0.2, 0.6, 0.6], [0.5, 0.5, 0.9, 0.9]], np.float32)
    offsets = np.zeros((1, 2, 4), np.float32)
    offsets[0, 0, 2:] = offset
    return Predictions(anchors, np.array([[[0, 5], [0, 4]]], np.float32), offsets)


def test_a_box_that_overflows_is_the_whole_image() -> None:
    (found,) = engine_for("square").decode(predictions_with(1e30), EVALUATION)
    np.testing.assert_array_equal(found.boxes[0], [0, 0, 1, 1])
    (same,) = engine_for("square").decode(predictions_with(100.0), EVALUATION)
    np.testing.assert_array_equal(found.boxes, same.boxes)


def test_usual_offsets_are_left_alone() -> None:
    predictions = predictions_with(1.5)
    (found,) = engine_for("square").decode(predictions, EVALUATION)
    same = detect(
        predictions.anchors,
        softmax(predictions.class_scores[0]),
        predictions.offsets[0],
        EVALUATION.with_(variances=VARIANCES),
    )
    np.testing.assert_array_equal(found.boxes, same.boxes)
    np.testing.assert_array_equal(found.score, same.score)


@pytest.mark.parametrize("offset", [np.nan, np.inf])
def test_an_output_that_is_not_finite_is_an_error(offset: float) -> None:
    with pytest.raises(ValueError, match="model output is not finite"):
        engine_for("square").decode(predictions_with(offset), EVALUATION)
