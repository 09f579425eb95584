"""Coverage: how well the anchors of a configuration fit a set of objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.config import AnchorConfig, FeatureMap, MapShape
from explorer.i18n import _
from explorer.ssd.anchors import anchor_sides, check_as_many
from explorer.ssd.boxes import check_boxes
from explorer.ssd.nearest import Axis, axes_of, center_distance, iou_from_overlaps, overlap

Float64 = NDArray[np.float64]

_SLACK = 1e-9
"""Of lengths and IoUs: an anchor exactly at the threshold counts, whatever the rounding."""


@dataclass(frozen=True, eq=False)
class Coverage:
    """How well the anchors fit N objects.

    An object is covered when an anchor reaches the threshold with it. MXNet: MultiBoxTarget
    asks for more than the threshold, and gives an object that is not covered one forced
    anchor all the same.
    """

    best_iou: NDArray[np.float32]
    """(N,) float32: the highest IoU of the object with any anchor."""
    best_layer: NDArray[np.int32]
    """(N,) int32: the layer of that anchor, the finest of equals; -1 where no anchor touches the
    object.
    """
    num_over: NDArray[np.int32]
    """(N,) int32: anchors whose IoU with the object is at least the threshold."""
    match_iou_threshold: float
    num_anchors: int
    """Of the whole pyramid: what the coverage costs."""

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Which objects have an anchor at the threshold or over it, (N,)."""
        return self.best_iou >= np.float32(self.match_iou_threshold)

    @property
    def coverage(self) -> float:
        """Share of the objects that are covered; 0 without objects."""
        return _mean(self.covered)

    @property
    def mean_best_iou(self) -> float:
        """Mean of `best_iou`; 0 without objects."""
        return _mean(self.best_iou)

    @property
    def mean_over(self) -> float:
        """Anchors over the threshold that an object has on average; 0 without objects."""
        return _mean(self.num_over)


def measure_coverage(
    config: AnchorConfig,
    feature_maps: Sequence[FeatureMap],
    input_shape_px: MapShape,
    boxes: ArrayLike,
    match_iou_threshold: float = 0.5,
) -> Coverage:
    """Measure how well the anchors of `config` fit `boxes`.

    Up to rounding the same as the IoU matrix of all anchors and all objects tells, for a cost
    of N × (S + R - 1) × rows instead of N × A.

    Parameters
    ----------
    feature_maps : FeatureMap of each layer
    input_shape_px : (height, width)
    boxes : (N, 4) float32, corner, normalised
        N may be 0.
    match_iou_threshold : float in (0, 1]

    Raises
    ------
    ValueError
        If `boxes` is malformed, `match_iou_threshold` is not in (0, 1], or `feature_maps` and
        `config` differ in their number of layers.

    References
    ----------
    Liu et al. 2016, arXiv:1512.02325, section 2.2, "matching strategy".
    """
    objects = check_boxes(boxes, "boxes").astype(np.float64)
    threshold = float(match_iou_threshold)
    if not 0 < threshold <= 1:
        text = _("match_iou_threshold must be above 0 and at most 1, got {match_iou_threshold}")
        raise ValueError(text.format(match_iou_threshold=match_iou_threshold))
    check_as_many(feature_maps, config)
    center = (objects[:, :2] + objects[:, 2:]) / 2
    sides = objects[:, 2:] - objects[:, :2]
    best_iou = np.zeros(len(objects))
    best_layer = np.full(len(objects), -1, dtype=np.int32)
    num_over = np.zeros(len(objects), dtype=np.int32)
    num_anchors = 0
    for number, (layer, each) in enumerate(zip(config.layers, feature_maps, strict=True)):
        axes = axes_of(each, input_shape_px)
        num_anchors += each.num_cells * layer.num_anchors
        for anchor in anchor_sides(each.shape, layer).astype(np.float64):
            reached = _best_iou(center, sides, anchor, axes)
            better = reached > best_iou
            best_iou[better] = reached[better]
            best_layer[better] = number
            some = reached >= threshold - _SLACK
            num_over[some] += _count_over(center[some], sides[some], anchor, axes, threshold)
    best = best_iou.astype(np.float32)
    # Rounding may not let the two disagree on whether an object is covered.
    is_covered = best >= np.float32(threshold)
    num_over = np.where(is_covered, np.maximum(num_over, 1), 0).astype(np.int32)
    return Coverage(best, best_layer, num_over, threshold, num_anchors)


def _best_iou(center: Float64, sides: Float64, anchor: Float64, axes: tuple[Axis, Axis]) -> Float64:
    """Return the best IoU of each object with the anchors of one shape, (N,)."""
    along_x, along_y = (
        overlap(sides[:, number], anchor[number], center_distance(center[:, number], axis))
        for number, axis in enumerate(axes)
    )
    return iou_from_overlaps(along_x, along_y, sides.prod(axis=1) + anchor.prod())


def _count_over(
    center: Float64, sides: Float64, anchor: Float64, axes: tuple[Axis, Axis], threshold: float
) -> NDArray[np.int32]:
    """Count the anchors of one shape that reach the threshold with each object, (N,).

    The IoU is at least t where the intersection is at least t / (1 + t) of both areas. In a
    row of cells the overlap in y is given, so that this asks for an overlap in x, which the
    cells within some distance of the object's centre have: an interval, counted by its ends.
    """
    (width, across), (height, down) = axes
    rows = (np.arange(height) + 0.5) * down
    along_y = overlap(sides[:, 1:], anchor[1], np.abs(rows - center[:, 1:]))
    needed = threshold / (1 + threshold) * (sides.prod(axis=1) + anchor.prod())
    along_x = np.full_like(along_y, np.inf)
    np.divide(needed[:, None], along_y, out=along_x, where=along_y > 0)
    possible = along_x <= np.minimum(sides[:, :1], anchor[0]) + _SLACK
    reach = np.where(possible, (sides[:, :1] + anchor[0]) / 2 - along_x + _SLACK, -1.0)
    first = np.ceil((center[:, :1] - reach) / across - 0.5)
    last = np.floor((center[:, :1] + reach) / across - 0.5)
    in_row = np.maximum(np.minimum(last, width - 1) - np.maximum(first, 0) + 1, 0)
    count: NDArray[np.int32] = in_row.sum(axis=1).astype(np.int32)
    return count


def _mean(values: NDArray[Any]) -> float:
    return float(np.mean(values, dtype=np.float64)) if len(values) else 0.0
