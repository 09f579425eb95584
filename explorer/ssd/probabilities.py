"""From class scores to class probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.i18n import _


def softmax(class_scores: ArrayLike) -> NDArray[np.float32]:
    """Turn scores into probabilities: positive and summing to 1 over the last axis.

    Adding a constant to all scores of an anchor changes nothing.

    Parameters
    ----------
    class_scores : (..., C + 1) float32
        Column 0 is the background.

    Returns
    -------
    (..., C + 1) float32 in [0, 1]

    Raises
    ------
    ValueError
        If a score is not finite.
    """
    scores = np.asarray(class_scores, dtype=np.float32)
    if scores.ndim < 1 or scores.shape[-1] < 1:
        text = _("class_scores must have shape (..., C + 1), got {shape}")
        raise ValueError(text.format(shape=scores.shape))
    if not np.isfinite(scores).all():
        raise ValueError(_("class_scores must be finite: the model output holds NaN or infinity"))
    # Classes first, so that the sum runs class after class in float32, as MXNet's loop does;
    # exp in float64, rounded once, is what the C library's float32 exp gives.
    by_class = np.moveaxis(scores, -1, 0)
    powers = np.exp((by_class - by_class.max(axis=0)).astype(np.float64)).astype(np.float32)
    total = powers[0].copy()
    for power in powers[1:]:
        total += power
    return np.ascontiguousarray(np.moveaxis(powers / total, 0, -1))
