"""The blind zone: which sizes of objects the anchors fit, wherever the object stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.config import AnchorConfig, FeatureMap, MapShape
from explorer.i18n import _
from explorer.ssd.anchors import anchor_sides, check_as_many
from explorer.ssd.nearest import Axis, axes_of, center_distance, iou_from_overlaps, overlap

Where = Literal["best", "mean", "worst"]
Float32 = NDArray[np.float32]
_Anchor = tuple[Axis, Axis, Float32]
"""The axes of a map, and width and height of a shape of its anchors."""

NUM_PLACES = 16
"""Places along each axis that "mean" and "worst" look at, between border and middle."""


def _uneven_shares() -> Float32:
    steps = np.arange(NUM_PLACES)
    golden = (5**0.5 - 1) / 2
    uneven = steps + (steps * golden % 1 - 0.5)
    uneven[[0, -1]] = 0, NUM_PLACES - 1
    return (uneven / (NUM_PLACES - 1)).astype(np.float32)


_EVEN = 1e-6
"""By how much a map's cells may miss the input's end and count as spread evenly."""

_SHARES = _uneven_shares()
"""Of the way from the border to the middle, ascending."""


def best_iou_by_size(
    config: AnchorConfig,
    feature_maps: Sequence[FeatureMap],
    input_shape_px: MapShape,
    widths_px: ArrayLike,
    heights_px: ArrayLike,
    where: Where = "best",
    layer: int | None = None,
) -> Float32:
    """Return the best IoU that an object of each size reaches with any anchor.

    The object lies wholly in the image. "best" takes its best place and is exact. "mean" and
    "worst" take 16 × 16 places in the quarter of the image at the corner: the corner, the
    middle, and 14 uneven steps between them along each axis, so that they fall differently on
    the cells. In the mean each counts as what is nearer to it than to the others. That quarter
    stands for all where the anchors lie symmetrically; where they do not, all four are taken.

    Parameters
    ----------
    feature_maps : FeatureMap of each layer
    input_shape_px : (height, width)
    widths_px : (P,) numbers above 0, at most the input's width
    heights_px : (Q,) numbers above 0, at most the input's height
    where : {"best", "mean", "worst"}
    layer : int, optional
        Only the anchors of this layer; by default of all.

    Returns
    -------
    (Q, P) float32 in [0, 1]

    Raises
    ------
    ValueError
        If a size is not in its range, `where` or `layer` is none of those, or `feature_maps`
        and `config` differ in their number of layers.
    """
    width = _check_sides(widths_px, "widths_px", input_shape_px[1])
    height = _check_sides(heights_px, "heights_px", input_shape_px[0])
    anchors = _anchors(config, feature_maps, input_shape_px, layer)
    if where == "best":
        return _at_best_place(width, height, anchors)
    if where in ("mean", "worst"):
        return _over_places(width, height, anchors, where)
    raise ValueError(_("where must be 'best', 'mean' or 'worst', got {where!r}", where=where))


def _at_best_place(width: Float32, height: Float32, anchors: list[_Anchor]) -> Float32:
    best = np.zeros((len(height), len(width)), np.float32)
    for across, down, (anchor_width, anchor_height) in anchors:
        along_x = overlap(width, anchor_width, _least_distance(width, across))
        along_y = overlap(height, anchor_height, _least_distance(height, down))
        areas = np.outer(height, width) + anchor_width * anchor_height
        np.maximum(best, iou_from_overlaps(along_x, along_y[:, None], areas), out=best)
    return best


def _over_places(width: Float32, height: Float32, anchors: list[_Anchor], where: Where) -> Float32:
    symmetric = all(
        abs(num_cells * step - 1) < _EVEN for *axes, _sides in anchors for num_cells, step in axes
    )
    # For each anchor: overlaps along x (P, places), along y (Q, places), and its area.
    prepared = []
    for across, down, (anchor_width, anchor_height) in anchors:
        along_x, along_y = (
            overlap(side[:, None], anchor_side, center_distance(_places(side, symmetric), axis))
            for side, anchor_side, axis in (
                (width, anchor_width, across),
                (height, anchor_height, down),
            )
        )
        prepared.append((along_x, along_y, anchor_width * anchor_height))
    result = np.empty((len(height), len(width)), np.float32)
    # Each place stands for what is nearer to it than to the next one, along each axis.
    between = np.diff(_SHARES, prepend=0, append=1)
    share = (between[:-1] + between[1:]) / 2
    if not symmetric:
        share = np.tile(share / 2, 2)
    weights = np.outer(share, share).ravel().astype(np.float32)
    shape = (len(width), len(share), len(share))
    intersection, union, best = (np.empty(shape, np.float32) for _ in range(3))
    # Row by row: arrays that stay in the processor's cache are several times faster.
    for row, object_height in enumerate(height):
        best[:] = 0
        for along_x, along_y, anchor_area in prepared:
            areas = object_height * width + anchor_area
            np.multiply(along_x[:, :, None], along_y[row], out=intersection)
            np.subtract(areas[:, None, None], intersection, out=union)
            np.maximum(best, np.divide(intersection, union, out=union), out=best)
        flat = best.reshape(len(width), -1)
        result[row] = flat.min(axis=1) if where == "worst" else flat @ weights
    return result


def _least_distance(side: Float32, axis: Axis) -> Float32:
    """Return the distance to the nearest cell centre from where an object's centre may be."""
    off_middle = center_distance(np.full_like(side, 0.5), axis)
    distance: Float32 = np.maximum(off_middle - (np.float32(0.5) - side / 2), 0)
    return distance


def _places(side: Float32, symmetric: bool) -> Float32:
    """Return centres of objects of these sides, border to middle, (len(side), NUM_PLACES).

    Where anchors do not lie symmetrically, also those that mirror them.
    """
    border = side[:, None] / 2
    places: Float32 = border + (np.float32(0.5) - border) * _SHARES
    return places if symmetric else np.hstack([places, 1 - places])


def _anchors(
    config: AnchorConfig,
    feature_maps: Sequence[FeatureMap],
    input_shape_px: MapShape,
    layer: int | None,
) -> list[_Anchor]:
    """Return the axes of the map and the (width, height) of each shape that is asked for."""
    num_layers = len(config.layers)
    check_as_many(feature_maps, config)
    if layer is not None and not 0 <= layer < num_layers:
        text = _("layer must be from 0 to {last}, got {layer}")
        raise ValueError(text.format(last=num_layers - 1, layer=layer))
    chosen = range(num_layers) if layer is None else [layer]
    return [
        (*axes_of(feature_maps[number], input_shape_px), sides)
        for number in chosen
        for sides in anchor_sides(feature_maps[number].shape, config.layers[number])
    ]


def _check_sides(sides_px: ArrayLike, name: str, limit: int) -> Float32:
    """Return sides as parts of the image's side."""
    sides = np.asarray(sides_px, dtype=np.float32)
    if sides.ndim != 1:
        text = _("{name} must have one axis, got shape {shape}")
        raise ValueError(text.format(name=name, shape=sides.shape))
    bad = ~((sides > 0) & (sides <= limit))  # True for NaN too
    if bad.any():
        text = _("{name} must be above 0 and at most the input's {limit} px, got {side:g}")
        raise ValueError(text.format(name=name, limit=limit, side=sides[bad][0]))
    return sides / np.float32(limit)
