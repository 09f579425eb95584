"""What all writers of anchors share: what they return, and how far it is from our anchors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.config import AnchorConfig, FeatureMap, MapShape
from explorer.i18n import _

FeatureMaps = Sequence[FeatureMap]
"""One per layer, finest first."""

Shapes = NDArray[np.float64]
"""(K, 2) width and height, px, of the K anchors of one cell."""

SAME_PX = 1e-3
"""Below this, shapes are the same: rounding to 6 decimals and to single precision is less."""


@dataclass(frozen=True)
class Written:
    """Anchors as text for another library."""

    text: str
    """To be copied; ends with a line break."""
    notes: tuple[str, ...] = ()
    """One sentence for each thing that the other library will make differently. None means that
    it makes our anchors: the same boxes, in the order that is usual there.
    """


def shapes_px(config: AnchorConfig, maps: FeatureMaps, input_shape_px: MapShape) -> list[Shapes]:
    """Return the shapes of `explorer.ssd.anchors.layer_anchors` for each layer.

    Parameters
    ----------
    maps : FeatureMap of each layer
    input_shape_px : (height, width)

    Returns
    -------
    (K, 2) float64 for each layer
        Width and height, px.
    """
    height_px, width_px = input_shape_px
    shapes = []
    for layer, each in zip(config.layers, maps, strict=True):
        more = len(layer.ratios) - 1
        size = np.array(layer.sizes + layer.sizes[:1] * more)
        stretch = np.sqrt(layer.ratios[:1] * len(layer.sizes) + layer.ratios[1:])
        width = size * stretch * each.height / each.width * width_px
        shapes.append(np.stack([width, size / stretch * height_px], axis=1))
    return shapes


def differences(
    config: AnchorConfig,
    maps: FeatureMaps,
    input_shape_px: MapShape,
    theirs: Sequence[Shapes],
    why: str,
) -> tuple[str, ...]:
    """Return a sentence for each layer on which another library's shapes are not ours.

    Parameters
    ----------
    maps : FeatureMap of each layer
    input_shape_px : (height, width)
    theirs : (L, 2) float64 for each layer
        Width and height, px, that the other library makes, in any order.
    why : str
        The rule of that library: the first sentence, if there is another one.
    """
    notes = []
    ours = shapes_px(config, maps, input_shape_px)
    for each, mine, other in zip(maps, ours, theirs, strict=True):
        gap = gap_px(mine, other)
        if len(mine) != len(other):
            text = _("Map {map}: {other} anchors per cell instead of {mine}.")
            if gap > SAME_PX:
                text = _(
                    "Map {map}: {other} anchors per cell instead of {mine}; those that "
                    "remain are up to {gap} px off."
                )
        elif gap > SAME_PX:
            text = _("Map {map}: sides are up to {gap} px off.")
        else:
            continue
        notes.append(text.format(map=each.name, other=len(other), mine=len(mine), gap=px_text(gap)))
    return (why, *notes) if notes else ()


def are_even(maps: FeatureMaps, input_shape_px: MapShape) -> bool:
    """Say whether the cells of all maps divide the input evenly."""
    return not displaced(maps, even_strides(maps, input_shape_px), "")


def even_strides(maps: FeatureMaps, input_shape_px: MapShape) -> list[tuple[float, float]]:
    """Return how far apart, px, down and across, cells are that divide the input evenly."""
    height, width = input_shape_px
    return [(height / each.height, width / each.width) for each in maps]


def displaced(
    maps: FeatureMaps, strides_px: Sequence[tuple[float, float]], why: str
) -> tuple[str, ...]:
    """Return a sentence for each map on which another library's cells are not where ours are.

    Parameters
    ----------
    strides_px : (y, x) for each map
        How far apart its cells are; the first is half of that from the border.
    why : str
        Its rule: the first sentence, if there is another one.
    """
    notes = []
    for each, strides in zip(maps, strides_px, strict=True):
        both = zip(each.stride_px, strides, each.shape, strict=True)
        gap = max(abs(mine - other) * (num - 0.5) for mine, other, num in both)
        if gap > SAME_PX:
            text = _("Map {map}: centres are up to {gap} px from their place.")
            notes.append(text.format(map=each.name, gap=px_text(gap)))
    return (why, *notes) if notes else ()


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


def px_text(value: float) -> str:
    """Return a length in px with 2 digits, or as a whole number where it has more."""
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"
