"""Shapes of a cell's anchors in px: ours, and how far another library's are from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.config import AnchorConfig
from explorer.i18n import _
from explorer.ssd.anchors import MapShape, feature_map_shapes

__all__ = ["Shapes", "differences", "gap_px", "map_names", "px_text", "shapes_px"]

Shapes = NDArray[np.float64]
"""(K, 2) width and height, px, of the K anchors of one cell."""

SAME_PX = 1e-3
"""Below this, shapes are the same: rounding to 6 decimals and to single precision is less."""


def shapes_px(config: AnchorConfig, input_shape_px: MapShape) -> list[Shapes]:
    """Return the shapes of `explorer.ssd.anchors.layer_anchors` for each layer.

    Parameters
    ----------
    config : AnchorConfig
    input_shape_px : (height, width)

    Returns
    -------
    (K, 2) float64 for each layer
        Width and height, px.
    """
    height_px, width_px = input_shape_px
    shapes = []
    maps = feature_map_shapes(input_shape_px, len(config.layers))
    for layer, (map_height, map_width) in zip(config.layers, maps, strict=True):
        more = len(layer.ratios) - 1
        size = np.array(layer.sizes + layer.sizes[:1] * more)
        stretch = np.sqrt(layer.ratios[:1] * len(layer.sizes) + layer.ratios[1:])
        width = size * stretch * map_height / map_width * width_px
        shapes.append(np.stack([width, size / stretch * height_px], axis=1))
    return shapes


def differences(
    config: AnchorConfig, input_shape_px: MapShape, theirs: Sequence[Shapes]
) -> tuple[str, ...]:
    """Return a sentence for each layer on which another library's shapes are not ours.

    Parameters
    ----------
    config : AnchorConfig
    input_shape_px : (height, width)
    theirs : (L, 2) float64 for each layer
        Width and height, px, that the other library makes, in any order.
    """
    notes = []
    ours = shapes_px(config, input_shape_px)
    names = map_names(config, input_shape_px)
    for name, mine, other in zip(names, ours, theirs, strict=True):
        gap = gap_px(mine, other)
        if len(mine) != len(other):
            text = _("Map {map}: {other} anchors a cell instead of {mine}.")
            if gap > SAME_PX:
                text = _(
                    "Map {map}: {other} anchors a cell instead of {mine}; "
                    "those that remain are up to {gap} px off."
                )
        elif gap > SAME_PX:
            text = _("Map {map}: sides are up to {gap} px off.")
        else:
            continue
        notes.append(text.format(map=name, other=len(other), mine=len(mine), gap=px_text(gap)))
    return tuple(notes)


def gap_px(mine: Shapes, other: Shapes) -> float:
    """Return how far, px, a side of a shape is from that of the nearest on the other side.

    The largest over all shapes; where one side has more of them, over the other side's.
    """
    apart = np.abs(mine[:, None] - other[None]).max(axis=2)
    farthest_of_mine, farthest_of_other = apart.min(axis=1).max(), apart.min(axis=0).max()
    if len(mine) < len(other):
        return float(farthest_of_mine)
    if len(mine) > len(other):
        return float(farthest_of_other)
    return float(max(farthest_of_mine, farthest_of_other))


def map_names(config: AnchorConfig, input_shape_px: MapShape) -> list[str]:
    """Return height×width of each layer's feature map: what a layer is called in texts."""
    maps = feature_map_shapes(input_shape_px, len(config.layers))
    return [f"{height}×{width}" for height, width in maps]


def px_text(value: float) -> str:
    """Return a length in px with 2 digits, or as a whole number where it has more."""
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"
