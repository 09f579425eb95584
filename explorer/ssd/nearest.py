"""The best IoU that one shape of a map's anchors reaches: that of the nearest cell.

All anchors of one shape on one map have the same area, so their IoU with a box grows with the
product of the overlaps in x and in y, and each of these falls with the distance of the centres.
The cell whose centre is nearest in x and in y is therefore the best, and no grid of anchors
needs to be built. All functions are elementwise, broadcast and keep the floating type.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import FeatureMap, MapShape

Floats = NDArray[Any]

Axis = tuple[int, float]
"""Cells along one side of a map, and the distance of their centres relative to the input."""


def axes_of(feature_map: FeatureMap, input_shape_px: MapShape) -> tuple[Axis, Axis]:
    """Return the axes of a map, that of x before that of y."""
    down, across = np.divide(feature_map.stride_px, input_shape_px).tolist()
    return (feature_map.width, across), (feature_map.height, down)


def center_distance(center: Floats, axis: Axis) -> Floats:
    """Return how far the nearest cell centre is, along one axis.

    Parameters
    ----------
    center : (...) floats, normalised
        May lie outside of the image; the nearest cell is then the one at the border.

    Returns
    -------
    (...) floats, normalised
    """
    num_cells, step = axis
    cell = np.clip(np.floor(center / step), 0, num_cells - 1)
    distance: Floats = np.abs((cell + 0.5) * step - center)
    return distance


def overlap(side: Floats, anchor_side: Floats | np.floating[Any], distance: Floats) -> Floats:
    """Return the length that two intervals share, whose centres are `distance` apart."""
    inside = np.minimum(side, anchor_side)
    return np.clip((side + anchor_side) * 0.5 - distance, 0, inside)


def iou_from_overlaps(overlap_x: Floats, overlap_y: Floats, sum_of_areas: Floats) -> Floats:
    """Return the IoU of boxes that overlap by that much; 0 where neither has an area."""
    intersection = overlap_x * overlap_y
    union: Floats = sum_of_areas - intersection
    iou: Floats = np.zeros_like(union)
    np.divide(intersection, union, out=iou, where=union > 0)
    return iou
