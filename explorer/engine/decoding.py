"""From predictions to detections, as the detector that made them means them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.config import DetectConfig, DetectorConfig
from explorer.i18n import _
from explorer.ssd.detection import NOT_FINITE, Detections, detect
from explorer.ssd.offsets import limit_offsets
from explorer.ssd.predictions import Predictions
from explorer.ssd.probabilities import softmax


def class_probabilities(detector: DetectorConfig, predictions: Predictions) -> NDArray[np.float32]:
    """Return what its scores come to, (B, A, C+1) float32 in [0, 1].

    Raises
    ------
    ValueError
        If a score is not finite.
    """
    if not np.isfinite(predictions.class_scores).all():
        raise ValueError(_(NOT_FINITE))
    if detector.class_activation == "softmax":
        return softmax(predictions.class_scores)
    scores = np.asarray(predictions.class_scores, np.float32)
    # 0 and 1 against the class are a softmax of two, which does not overflow.
    return softmax(np.stack([np.zeros_like(scores), scores], axis=-1))[..., 1]


def decode_predictions(
    detector: DetectorConfig, predictions: Predictions, config: DetectConfig
) -> list[Detections]:
    """Return the detections of each image.

    Boxes of a network that training has shaken may be so large that their sides overflow, and it
    may recover from that: offsets are limited to where they still are numbers.

    Raises
    ------
    ValueError
        If the network's output is not finite.
    """
    config = detector.complete(config)
    probabilities = class_probabilities(detector, predictions)
    offsets = limit_offsets(predictions.offsets)
    return [
        detect(predictions.anchors, of_image, shifts, config)
        for of_image, shifts in zip(probabilities, offsets, strict=True)
    ]
