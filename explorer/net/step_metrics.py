"""What a training step says about itself: accuracies, box errors, positives.

All in numpy, from arrays that the step has on the host anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import MapShape
from explorer.ssd.offsets import decode

Float32 = NDArray[np.float32]


@dataclass(frozen=True)
class StepRecord:
    """What one training step did. Losses are those that were minimised, before the update."""

    class_loss: float
    box_loss: float
    """As the recipe divides them; their weighted sum is the loss."""
    accuracy: float
    """float in [0, 1]: share of anchors with the right class, ignored ones left out: the tutorial's
    figure. Background wins nearly everywhere, so compare it with `background_accuracy`.
    """
    background_accuracy: float
    """float in [0, 1]: what a network would score that always says "background"."""
    positive_accuracy: float | None
    """float in [0, 1] or None: share of the positive anchors with the right class; None without
    positives.
    """
    box_mae: float
    """The tutorial's mean absolute error of the offsets, over all anchors."""
    positive_box_mae: float | None
    """The same over the positive anchors alone."""
    positive_box_error_px: float | None
    """Mean absolute error of the corners' coordinates of the positive anchors' boxes, px of the
    input; boxes are cut at the image's border.
    """
    num_positives: int
    positives_per_layer: list[int]
    """One per prediction layer, finest first."""
    learning_rate: float
    num_samples: int
    seconds: dict[str, float]
    """Where the time went: forward, backward (targets and losses included), update."""


def step_metrics(
    class_scores: Float32,
    cls_target: Float32,
    offsets: Float32,
    box_target: Float32,
    box_mask: Float32,
) -> dict[str, Any]:
    """Return the accuracies and offset errors of `StepRecord`.

    Parameters
    ----------
    class_scores : (B, A, C+1) float32
    cls_target : (B, A) float32
        0 background, k+1 class k, -1 ignored.
    offsets, box_target, box_mask : (B, A·4) float32
    """
    right = class_scores.argmax(axis=-1) == cls_target
    positive = cls_target > 0
    counted = max(1, int((cls_target >= 0).sum()))
    num_positives = int(positive.sum())
    error = float(np.abs((offsets - box_target) * box_mask).sum())
    return {
        "accuracy": float(right.sum()) / counted,
        "background_accuracy": float((cls_target == 0).sum()) / counted,
        "positive_accuracy": float(right[positive].mean()) if num_positives else None,
        "box_mae": error / offsets.size,
        "positive_box_mae": error / (4 * num_positives) if num_positives else None,
    }


def num_positives_per_layer(cls_target: Float32, num_anchors: Sequence[int]) -> list[int]:
    """Return how many positive anchors each prediction layer has in the batch, finest first.

    Parameters
    ----------
    cls_target : (B, A) float32
    num_anchors : sequence of int
        Of each layer; A in all.
    """
    parts = np.split(cls_target > 0, np.cumsum(num_anchors)[:-1], axis=1)
    return [int(np.count_nonzero(part)) for part in parts]


def positive_box_error_px(
    anchors: Float32,
    cls_target: Float32,
    offsets: Float32,
    box_target: Float32,
    variances: tuple[float, float, float, float],
    input_shape_px: MapShape,
) -> float | None:
    """Return how far the corners of the positive anchors' boxes lie from the ground truth's.

    Both boxes are cut at the border of the image, as detection does; so the error is finite,
    and at most the image's side, however large an offset has grown.

    Parameters
    ----------
    anchors : (A, 4) float32, corner, normalised
    cls_target : (B, A) float32
    offsets, box_target : (B, A·4) float32
    input_shape_px : (height, width)

    Returns
    -------
    float or None
        Mean of the four coordinates' absolute errors over the positives, px of the input; None
        without positives.
    """
    image, anchor = np.nonzero(cls_target > 0)
    if not len(image):
        return None
    shape = (*cls_target.shape, 4)
    own = anchors[anchor]
    predicted = decode(own, offsets.reshape(shape)[image, anchor], variances, clip=True)
    truth = decode(own, box_target.reshape(shape)[image, anchor], variances, clip=True)
    height, width = input_shape_px
    return float((np.abs(predicted - truth) * (width, height, width, height)).mean())
