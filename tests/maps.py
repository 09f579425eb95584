"""Feature maps, and the anchors on them, for tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.config import ARCHITECTURES, AnchorConfig, FeatureMap, MapShape
from explorer.ssd.anchors import AnchorGrid, anchor_grid

SSD300_MAPS = tuple(
    FeatureMap(height=cells, width=cells, stride_px=(step, step), receptive_field_px=field)
    for cells, step, field in [
        (38, 8, 92), (19, 16, 260), (10, 32, 292), (5, 64, 356), (3, 100, 484), (1, 300, None)
    ]
)  # fmt: skip
"""Those of VGG16-SSD300, finest first."""


def toy_maps(input_shape_px: MapShape, num_maps: int) -> tuple[FeatureMap, ...]:
    """Return ToySSD's maps."""
    return ARCHITECTURES["toy-ssd"].feature_maps(input_shape_px, num_maps)


def toy_shapes(input_shape_px: MapShape, num_maps: int) -> tuple[MapShape, ...]:
    """Return (height, width) of ToySSD's maps."""
    return tuple(each.shape for each in toy_maps(input_shape_px, num_maps))


def toy_grid(config: AnchorConfig, input_shape_px: MapShape) -> AnchorGrid:
    """Return anchors on ToySSD's maps."""
    return anchor_grid(config, toy_maps(input_shape_px, len(config.layers)), input_shape_px)


def spread_maps(
    shapes: Sequence[MapShape], input_shape_px: MapShape = (64, 64)
) -> tuple[FeatureMap, ...]:
    """Return maps of any shape, whose cells divide the input evenly."""
    return tuple(FeatureMap.spread(shape, input_shape_px) for shape in shapes)


def uneven_maps(
    shapes: Sequence[MapShape], input_shape_px: MapShape, rng: np.random.Generator
) -> tuple[FeatureMap, ...]:
    """Return maps whose cells end before or beyond the input's far sides."""
    return tuple(
        FeatureMap(
            height=each.height,
            width=each.width,
            stride_px=tuple((np.array(each.stride_px) * rng.uniform(0.6, 1.3, 2)).tolist()),
        )
        for each in spread_maps(shapes, input_shape_px)
    )


def spread_grid(config: AnchorConfig, shapes: Sequence[MapShape]) -> AnchorGrid:
    """Return anchors on such maps of an input of 64×64 px."""
    return anchor_grid(config, spread_maps(shapes), (64, 64))
