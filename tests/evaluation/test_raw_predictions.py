"""What is kept of a network's output over a data set."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.config import DetectorConfig
from explorer.datasets import CancelledError, open_dataset
from explorer.engine import Engine
from explorer.evaluation.raw_predictions import predict_dataset, raw_predictions
from explorer.ssd.predictions import Predictions
from explorer.ssd.probabilities import softmax
from tests.places import SAMPLE

ANCHORS = np.array(
    [[0.2, 0.2, 0.6, 0.6], [0.5, 0.5, 0.9, 0.9], [0, 0, 0.3, 0.3], [0, 0, 1, 1]], np.float32
)


class Brightness(Engine):
    """Says something that depends on each image alone."""

    def predict(self, images: np.ndarray) -> Predictions:
        brightness = images.reshape(len(images), -1, 3).mean(axis=1).astype(np.float32) / 64
        scores = np.zeros((len(images), 4, 2), np.float32)
        scores[:, :3, 1] = brightness
        scores[:, 3, 1] = -9
        offsets = np.repeat(brightness[:, :1, None], 4, axis=1).repeat(4, axis=2)
        return Predictions(ANCHORS, scores, offsets)


ENGINE = Brightness(("creature",), input_size=64)


def test_batches_make_no_difference_and_progress_is_told() -> None:
    dataset = open_dataset(SAMPLE, "val")
    told: list[tuple[int, int]] = []
    raw, whole = (
        predict_dataset(ENGINE, dataset, batch_size=size, progress=each)
        for size, each in ((20, lambda done, total: told.append((done, total))), (48, None))
    )
    assert told == [(20, 48), (40, 48), (48, 48)]
    for name in ("anchors", "image", "anchor", "class_id", "score", "offsets"):
        np.testing.assert_array_equal(getattr(raw, name), getattr(whole, name))
    assert raw.num_images == 48
    assert raw.num_objects == sum(map(len, dataset.labels))
    for mine, theirs in zip(raw.labels, dataset.labels, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    # Three anchors of each image are sure enough, and the surest comes first.
    assert raw.image.tolist() == np.repeat(np.arange(48), 3).tolist()
    assert (np.diff(raw.score.reshape(48, 3), axis=1) <= 0).all()


def test_candidates_by_hand() -> None:
    scores = np.array([[[0, 1, 3], [0, 2, 2], [9, 0, 0], [0, 3, 1]]], np.float32)
    offsets = np.arange(16, dtype=np.float32).reshape(1, 4, 4)
    labels = (np.array([[1, 0, 0, 1, 1], [-1, -1, -1, -1, -1]], np.float32),)
    detector = DetectorConfig(class_names=("a", "b"))
    raw = raw_predictions(Predictions(ANCHORS, scores, offsets), labels, detector, 0.01)
    assert raw.anchor.tolist() == [0, 3, 1]  # of equal scores the earlier anchor first
    assert raw.class_id.tolist() == [1, 0, 0]
    np.testing.assert_array_equal(raw.score, softmax(scores)[0, [0, 3, 1], [2, 1, 1]])
    np.testing.assert_array_equal(raw.offsets, offsets[0, [0, 3, 1]])
    assert raw.labels[0].tolist() == [[1, 0, 0, 1, 1]]
    assert (raw.num_images, raw.num_objects) == (1, 1)


def test_a_score_at_the_lowest_is_a_candidate_compared_as_float32() -> None:
    scores = np.zeros((1, 4, 2), np.float32)
    detector = DetectorConfig(class_names=("a",), class_activation="sigmoid")
    said = Predictions(ANCHORS, scores, np.zeros((1, 4, 4), np.float32))
    none = (np.zeros((0, 5), np.float32),)
    (score,) = set(raw_predictions(said, none, detector, 0.01).score.tolist())
    assert len(raw_predictions(said, none, detector, score).anchor) == 4
    above = float(np.nextafter(np.float32(score), np.float32(1)))
    assert len(raw_predictions(said, none, detector, above).anchor) == 0


def test_padding_is_known_by_its_class_not_by_its_box() -> None:
    said = Predictions(ANCHORS, np.zeros((1, 4, 2), np.float32), np.zeros((1, 4, 4), np.float32))
    rows = [[0, -0.25, 0, 0.5, 1], [-1, 0.5, 0.5, 0.75, 1]]
    detector = DetectorConfig(class_names=("a",))
    raw = raw_predictions(said, (np.array(rows, np.float32),), detector, 0.01)
    assert raw.labels[0].tolist() == rows[:1]


def test_it_stops_when_it_is_asked_to() -> None:
    told: list[int] = []
    with pytest.raises(CancelledError, match="stopped after 16 of 48 images"):
        predict_dataset(
            ENGINE,
            open_dataset(SAMPLE, "val"),
            batch_size=16,
            progress=lambda done, _total: told.append(done),
            cancelled=lambda: told == [16],
        )


def test_other_classes_are_refused() -> None:
    other = Brightness(("square", "circle"), input_size=64)
    dataset = open_dataset(SAMPLE, "val")
    with pytest.raises(ValueError, match="has classes creature, the detector knows square, circle"):
        predict_dataset(other, dataset)
    dataset.class_names = ("circle", "square")
    with pytest.raises(ValueError, match="has classes circle, square, the detector knows square, "):
        predict_dataset(other, dataset)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("where", ["class_scores", "offsets"])
def test_an_output_that_is_not_finite_is_an_error(bad: float, where: str) -> None:
    images = np.zeros((2, 64, 64, 3), np.uint8)
    predictions = ENGINE.predict(images)
    getattr(predictions, where)[1, 3, 0] = bad  # of an anchor that is no candidate
    labels = (np.zeros((0, 5), np.float32),) * 2
    with pytest.raises(ValueError, match="model output is not finite"):
        raw_predictions(predictions, labels, DetectorConfig(class_names=("a",)), 0.01)
