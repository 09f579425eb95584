"""A run that learned with other variances is judged, filmed and kept with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from explorer.config import DetectConfig, MatchConfig
from explorer.engine import Engine
from explorer.training import checkpoints
from tests.training.runs import new_training, tiny_config

VARIANCES = (1.0, 1.0, 1.0, 1.0)
MATCH = MatchConfig(negative_mining_ratio=3.0, variances=VARIANCES)


def test_film_and_checkpoint_know_the_variances(dataset: Path, tmp_path: Path) -> None:
    training = new_training(tiny_config(dataset, match=MATCH))
    frame = next(training.records())
    images = np.stack([each.image for each in training.watched])
    config = DetectConfig(score_threshold=0.05, nms_topk=200, variances=VARIANCES)
    expected = training.engine.decode(training.engine.predict(images), config)
    assert [image["boxes"] for image in frame["images"]] == [
        np.round(found.boxes, 4).tolist() for found in expected
    ]
    assert any(len(found) for found in expected)

    path = checkpoints.save(training, tmp_path)
    loaded = Engine.load(path, "cpu")
    assert loaded.detector == training.engine.detector
    assert loaded.detector.variances == VARIANCES
