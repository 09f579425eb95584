"""Readings of random output, without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from explorer.config import DetectConfig
from explorer.engine import Engine
from explorer.pages.detect.reading import NetworkOutput, Reading
from explorer.pages.shared.pictures.pictures import Picture
from explorer.ssd.predictions import Predictions

CLASSES = ("cat", "<b>dog</b>")
ENGINE = Engine(CLASSES, "creature", input_size=64, device="cpu")


def picture(width_px: int = 128, height_px: int = 64) -> Picture:
    return Picture(np.zeros((height_px, width_px, 3), np.uint8), "dark")


def reading_of(
    class_scores: np.ndarray, offsets: np.ndarray | None = None, **settings: Any
) -> Reading:
    """What becomes of an output on a wide picture of 128 × 64 px."""
    if offsets is None:
        offsets = np.zeros((len(class_scores), 4), np.float32)
    said = Predictions(ENGINE.anchors().boxes, class_scores[None], offsets[None])
    output = NetworkOutput(
        Path("none.params"), ENGINE, picture(), said, resize_s=0.0, network_s=0.0
    )
    return Reading.of(output, DetectConfig(**settings))


def quiet_scores() -> np.ndarray:
    """Class scores that say "background" everywhere, with a probability of nearly 1."""
    scores = np.zeros((len(ENGINE.anchors()), 3), np.float32)
    scores[:, 0] = 20.0
    return scores


def random_reading(seed: int, **settings: Any) -> Reading:
    rng = np.random.default_rng(seed)
    count = len(ENGINE.anchors())
    scores = rng.normal(0, 2, (count, 3)).astype(np.float32)
    return reading_of(scores, rng.normal(0, 1, (count, 4)).astype(np.float32), **settings)
