"""Detections that the tests of files write."""

from __future__ import annotations

import numpy as np

from explorer.exchange.detected_image import DetectedImage


def detected(
    name: str = "a.png",
    shape_px: tuple[int, int] = (100, 200),
    boxes_px: list[list[float]] | None = None,
    scores: list[float] | None = None,
    class_ids: list[int] | None = None,
) -> DetectedImage:
    """Return objects of one image; by default none."""
    count = len(boxes_px or [])
    return DetectedImage(
        name=name,
        shape_px=shape_px,
        class_id=np.array(class_ids or [0] * count, np.int32),
        score=np.array(scores or [0.5] * count, np.float32),
        boxes_px=np.array(boxes_px or [], np.float64).reshape(count, 4),
        anchor=np.arange(count, dtype=np.int32) * 10,
        layer=np.zeros(count, np.int32),
    )
