"""What a detector's network says about images, raw: before softmax, decoding and NMS."""

from __future__ import annotations

from typing import Any, NamedTuple


class Predictions(NamedTuple):
    """One batch's."""

    anchors: Any
    """(A, 4) float32, corner, normalised."""
    class_scores: Any
    """(B, A, C+1) float32: before softmax; column 0 is the background."""
    offsets: Any
    """(B, A, 4) float32: scaled by the variances; see `explorer.ssd.offsets`."""
