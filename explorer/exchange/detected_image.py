"""What was found in one image, in pixels, as files for other programs say it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.ssd.anchors import AnchorGrid
from explorer.ssd.detection import Detections


@dataclass(frozen=True, eq=False)
class DetectedImage:
    """D objects by descending score, and the image that they are in.

    It keeps no pixels and nothing of the other anchors, so that thousands fit into memory.
    """

    name: str
    """What files call the image."""
    shape_px: tuple[int, int]
    """(height, width)."""
    class_id: NDArray[np.int32]
    """(D,) int32, from 0."""
    score: NDArray[np.float32]
    """(D,) float32 in [0, 1]."""
    boxes_px: NDArray[np.float64]
    """(D, 4) float64, corner, px of the image."""
    anchor: NDArray[np.int32]
    """(D,) int32: the anchor that an object comes from."""
    layer: NDArray[np.int32]
    """(D,) int32: the prediction layer of that anchor, 0 the finest."""

    def __len__(self) -> int:
        return len(self.score)

    @classmethod
    def of(
        cls, name: str, shape_px: tuple[int, int], found: Detections, grid: AnchorGrid
    ) -> DetectedImage:
        """Return what `found` says of an image of that size.

        Parameters
        ----------
        shape_px : (height, width)
        found : Detections
            Boxes normalised to the image; D may be 0.
        grid : AnchorGrid
            The anchors of the detector.
        """
        height, width = shape_px
        return cls(
            name=name,
            shape_px=(int(height), int(width)),
            class_id=found.class_id,
            score=found.score,
            boxes_px=found.boxes.astype(np.float64) * (width, height, width, height),
            anchor=found.anchor,
            layer=grid.layer[found.anchor],
        )
