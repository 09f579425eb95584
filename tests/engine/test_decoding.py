"""Predictions decoded again, without another forward pass, as the detector means them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer import Engine
from explorer.config import AnchorConfig, DetectConfig, DetectorConfig, MatchConfig, recipe
from explorer.engine.decoding import class_probabilities, decode_predictions
from explorer.ssd.detection import detect
from explorer.ssd.predictions import Predictions
from explorer.ssd.probabilities import softmax

SMALL = AnchorConfig.of(sizes=[[0.3, 0.4], [0.8]], ratios=[1, 2, 0.5])
VARIANCES = (1.0, 1.0, 0.5, 0.5)
MATCH = MatchConfig(negative_mining_ratio=3.0, variances=VARIANCES)
ENGINE = Engine(("cat", "dog"), SMALL, 64, "cpu", train=recipe("fast", match=MATCH))
IMAGES = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)


@pytest.fixture(scope="module")
def said() -> Predictions:
    return ENGINE.predict(IMAGES)


def boxes_with(said: Predictions, variances: tuple[float, ...]) -> list[np.ndarray]:
    config = DetectConfig(score_threshold=0.3, variances=variances)
    return [
        detect(said.anchors, softmax(scores), offsets, config).boxes
        for scores, offsets in zip(said.class_scores, said.offsets, strict=True)
    ]


def test_all_images_are_decoded_with_the_variances_that_were_learned(said: Predictions) -> None:
    found = ENGINE.decode(said, score_threshold=0.3)
    for mine, theirs in zip(found, boxes_with(said, VARIANCES), strict=True):
        np.testing.assert_array_equal(mine.boxes, theirs)
    (alone, _other) = found
    np.testing.assert_array_equal(ENGINE.detect(IMAGES[0], score_threshold=0.3).boxes, alone.boxes)


def test_other_variances_are_obeyed(said: Predictions) -> None:
    usual = (0.1, 0.1, 0.2, 0.2)
    (mine, _other) = ENGINE.decode(said, score_threshold=0.3, variances=usual)
    np.testing.assert_array_equal(mine.boxes, boxes_with(said, usual)[0])
    assert not np.array_equal(mine.boxes, boxes_with(said, VARIANCES)[0])


def test_a_saved_detector_keeps_its_variances(said: Predictions, tmp_path: Path) -> None:
    ENGINE.save(tmp_path / "pets.params")
    loaded = Engine.load(tmp_path / "pets.params", "cpu")
    assert loaded.detector == ENGINE.detector
    assert loaded.train_config.match.variances == VARIANCES
    np.testing.assert_array_equal(
        loaded.detect(IMAGES[1], score_threshold=0.3).boxes,
        ENGINE.decode(said, score_threshold=0.3)[1].boxes,
    )


def test_scores_of_a_sigmoid_are_probabilities_each_for_itself() -> None:
    detector = DetectorConfig(class_names=("a", "b"), class_activation="sigmoid")
    scores = np.array([[[0, np.log(3), -200], [1000, -np.log(3), 0]]], np.float32)
    anchors = np.array([[0.1, 0.1, 0.4, 0.4], [0.5, 0.5, 0.9, 0.9]], np.float32)
    said = Predictions(anchors, scores, np.zeros((1, 2, 4), np.float32))
    np.testing.assert_allclose(
        class_probabilities(detector, said), [[[0.5, 0.75, 0], [1, 0.25, 0.5]]], atol=1e-6
    )
    (found,) = decode_predictions(detector, said, DetectConfig(score_threshold=0.5))
    assert (found.class_id.tolist(), found.anchor.tolist()) == ([0, 1], [0, 1])


def test_numbers_that_are_not_finite_are_refused(said: Predictions) -> None:
    for name in ("class_scores", "offsets"):
        spoiled = said._replace(**{name: getattr(said, name) * np.nan})
        with pytest.raises(ValueError, match=r"^model output is not finite"):
            ENGINE.decode(spoiled)


def test_an_engine_of_a_run_is_what_its_config_says() -> None:
    config = recipe("tutorial", class_names=("cat",), input_size=64, anchors=SMALL, device="cpu")
    engine = Engine.of(config)
    assert (engine.train_config, engine.detector) == (config, config.detector(("cat",)))
    assert [device.name for device in engine.devices] == ["cpu"]
    with pytest.raises(ValueError, match="class_names"):
        Engine.of(recipe("fast"))
