"""Feature maps, and the anchors on them, for tests."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.config import ARCHITECTURES, AnchorConfig, FeatureMap, MapShape
from explorer.ssd.anchors import AnchorGrid, anchor_grid


def toy_maps(input_shape_px: MapShape, num_maps: int) -> tuple[FeatureMap, ...]:
    """Return ToySSD's maps."""
    return ARCHITECTURES["toy-ssd"].feature_maps(input_shape_px, num_maps)


def toy_shapes(input_shape_px: MapShape, num_maps: int) -> tuple[MapShape, ...]:
    """Return (height, width) of ToySSD's maps."""
    return tuple(each.shape for each in toy_maps(input_shape_px, num_maps))


def toy_grid(config: AnchorConfig, input_shape_px: MapShape) -> AnchorGrid:
    """Return anchors on ToySSD's maps."""
    return anchor_grid(config, toy_maps(input_shape_px, len(config.layers)), input_shape_px)


def spread_grid(config: AnchorConfig, shapes: Sequence[MapShape]) -> AnchorGrid:
    """Return anchors on maps of any shape, whose cells divide the input evenly."""
    maps = [FeatureMap.spread(shape, (64, 64)) for shape in shapes]
    return anchor_grid(config, maps, (64, 64))
