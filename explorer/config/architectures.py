"""Networks by name, and the feature maps that each makes of an input: the one place that knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from explorer.config.anchors import AnchorConfig
from explorer.config.feature_maps import FeatureMap, MapShape
from explorer.i18n import _

TOY_SSD_KEY = "toy-ssd"

_BODY_HALVINGS = 3
"""Stride-2 poolings between ToySSD's image and its first prediction layer."""
_CONVOLUTIONS_PER_BLOCK = 2
"""3×3 convolutions of ToySSD before each of its 2×2 poolings."""


@dataclass(frozen=True)
class Architecture:
    """What follows from a network's design alone."""

    least_side_px: Callable[[int], int]
    """The shortest side of an input of which no map vanishes, px."""
    feature_maps: Callable[[MapShape, int], tuple[FeatureMap, ...]]
    """The maps, finest first. It raises `ValueError` where the input is too small for that many."""


def _least_side_px(num_maps: int) -> int:
    return 1 << (_BODY_HALVINGS + num_maps - 2)


def _toy_ssd_maps(input_shape_px: MapShape, num_maps: int) -> tuple[FeatureMap, ...]:
    """Return ToySSD's maps: 32, 16, 8, 4 and 1 cells per side at 256 px.

    The body halves three times, each following block once more, rounding down; the last map is
    pooled over the whole one before it, and so always is 1×1. Anchors are spread evenly over the
    input, also where a map does not divide it.
    """
    height, width = input_shape_px
    if num_maps < 2:
        raise ValueError(_("feature_maps must be at least 2, got {num}", num=num_maps))
    least = _least_side_px(num_maps)
    if min(height, width) < least:
        text = _(
            "input_shape_px is {height}×{width}, but feature_maps of {num} layers need at least "
            "{least}×{least} pixels: take a larger input or fewer layers"
        )
        raise ValueError(text.format(height=height, width=width, num=num_maps, least=least))
    halvings = range(_BODY_HALVINGS, _BODY_HALVINGS + num_maps - 1)
    maps = [
        FeatureMap.spread((height >> n, width >> n), input_shape_px, _receptive_field_px(n))
        for n in halvings
    ]
    return (*maps, FeatureMap.spread((1, 1), input_shape_px))


def _receptive_field_px(num_blocks: int) -> int:
    """Return the side of what a predictor sees after that many blocks: 52 px behind three.

    A 3×3 convolution widens what is seen by two steps of its map, a 2×2 pooling by one step and
    doubles the step.
    """
    side, step = 1, 1
    for _block in range(num_blocks):
        side += _CONVOLUTIONS_PER_BLOCK * 2 * step + step
        step *= 2
    return side + 2 * step  # the predictor is one more 3×3 convolution


ARCHITECTURES: Mapping[str, Architecture] = MappingProxyType(
    {TOY_SSD_KEY: Architecture(_least_side_px, _toy_ssd_maps)}
)
"""Each network that the explorer can build, by the key that `DetectorConfig` names it by."""


def architecture_maps(
    anchors: AnchorConfig, input_shape_px: MapShape, architecture: str = TOY_SSD_KEY
) -> tuple[FeatureMap, ...]:
    """Return the maps that a network makes of an input, one per layer of the anchors.

    Raises
    ------
    ValueError
        If the input is too small for that many maps.
    """
    return ARCHITECTURES[architecture].feature_maps(input_shape_px, len(anchors.layers))
