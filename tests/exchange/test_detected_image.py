"""Detections in pixels of their image."""

from __future__ import annotations

import numpy as np

from explorer.engine import Engine
from explorer.exchange.detected_image import DetectedImage
from explorer.ssd.detection import detect
from tests.decoding import detect_config


def test_boxes_are_scaled_to_the_image_and_anchors_keep_their_layer() -> None:
    grid = Engine().anchors()
    last = len(grid) - 1  # of the layer that has one cell
    prob = np.tile(np.float32([1, 0]), (len(grid), 1))
    prob[last], prob[7] = (0.1, 0.9), (0.4, 0.6)
    found = detect(grid.boxes, prob, np.zeros((len(grid), 4)), detect_config())
    image = DetectedImage.of("x", (100, 300), found, grid)
    assert len(image) == 2
    assert image.anchor.tolist() == [last, 7]
    assert image.layer.tolist() == [4, 0]
    expected = np.clip(grid.boxes[[last, 7]], 0, 1).astype(np.float64) * (300, 100, 300, 100)
    np.testing.assert_allclose(image.boxes_px, expected, rtol=1e-6)


def test_nothing_found() -> None:
    grid = Engine().anchors()
    prob = np.tile(np.float32([1, 0]), (len(grid), 1))
    found = detect(grid.boxes, prob, np.zeros((len(grid), 4)), detect_config())
    image = DetectedImage.of("x", (100, 300), found, grid)
    assert len(image) == 0
    assert image.boxes_px.shape == (0, 4)
