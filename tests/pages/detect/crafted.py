"""A detect page whose network said exactly what a test wants, on the anchors of a real engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from explorer.pages.detect.model import DetectModel
from explorer.pages.detect.reading import Reading
from explorer.pages.shared.pictures.ground_truth import Box, NamedTruth
from explorer.pages.shared.pictures.photographs import UPLOAD, Photographs
from explorer.pages.shared.pictures.pictures import Picture
from explorer.ssd.offsets import encode
from tests.pages.detect.readings import CLASSES, ENGINE, quiet_scores, reading_of

BIG: Box = (0.0, 0.0, 0.5, 0.5)
LOWER: Box = (0.0, 0.125, 0.5, 0.625)  # IoU 0.6 with BIG
AWAY: Box = (0.5, 0.5, 1.0, 1.0)

Said = tuple[Box, float, float]
"""A box, and the probabilities of the first and the second class."""

FIRST_ANCHOR = 100
VARIANCES = (0.1, 0.1, 0.2, 0.2)


def crafted_reading(said: Sequence[Said], **settings: Any) -> Reading:
    """Anchors from `FIRST_ANCHOR` on say these, all others say background."""
    scores, offsets = quiet_scores(), np.zeros((len(ENGINE.anchors()), 4), np.float32)
    for anchor, (box, cat, dog) in enumerate(said, start=FIRST_ANCHOR):
        own = ENGINE.anchors().boxes[anchor][None]
        offsets[anchor] = encode(own, np.float32([box]), VARIANCES)
        # What is left over is the background's.
        scores[anchor] = np.log(np.maximum([1 - cat - dog, cat, dog], 1e-9))
    return reading_of(scores, offsets, **settings)


def crafted_page(said: Sequence[Said], truth: Sequence[tuple[str, Box]] = ()) -> DetectModel:
    """A page that decodes again when a setting changes."""
    photographs = Photographs()
    photographs.add(Picture(np.zeros((64, 128, 3), np.uint8), "dark", None, CLASSES))
    model = DetectModel(Path("none.params"), photographs)
    model.choose(UPLOAD, 0)
    model.truth = tuple(NamedTruth(class_name=name, box=box) for name, box in truth)

    def decode(_change: Any = None) -> None:
        model.detector.reading = crafted_reading(said, **model.config.model_dump())

    model.observe(decode, ["nms_iou_threshold", "nms_topk", "force_suppress", "clip"])
    decode()
    return model
