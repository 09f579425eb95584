"""What a detector's network says about images, raw: before softmax, decoding and NMS."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["Predictions"]


class Predictions(NamedTuple):
    """One batch's.

    Parameters
    ----------
    anchors : (A, 4) float32, corner, normalised
    class_scores : (B, A, C+1) float32
        Before softmax; column 0 is the background.
    offsets : (B, A, 4) float32
        Scaled by the variances; see `explorer.ssd.offsets`.
    """

    anchors: Any
    class_scores: Any
    offsets: Any
