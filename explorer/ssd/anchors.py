"""Anchors (elsewhere "prior" or "default" boxes) of one feature map and of the pyramid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.config import AnchorConfig, AnchorLayer, FeatureMap, MapShape
from explorer.i18n import _


def anchor_sides(map_shape: MapShape, layer: AnchorLayer) -> NDArray[np.float32]:
    """Return width and height of the K = S + R - 1 anchors of a cell.

    All sizes at ``ratios[0]`` (usually 1), then ``ratios[1:]`` at ``sizes[0]``. A size is
    relative to the image's height; widths are scaled by map_h / map_w, so that ratio 1 is a
    square in pixels where the map has the image's proportions.

    Parameters
    ----------
    map_shape : (h, w), each at least 1

    Returns
    -------
    (K, 2) float32
        (width, height), normalised; may exceed 1.

    Raises
    ------
    ValueError
        If `map_shape` is not two positive integers.
    """
    height, width = _check_map_shape(map_shape)
    # float32 at each step, in the order of MXNet's MultiBoxPrior: equal to the last bit.
    num_sizes, num_more = len(layer.sizes), len(layer.ratios) - 1
    size = np.asarray(layer.sizes + layer.sizes[:1] * num_more, dtype=np.float32)
    ratio = np.asarray(layer.ratios[:1] * num_sizes + layer.ratios[1:], dtype=np.float32)
    stretch = np.sqrt(ratio)
    return np.stack(
        [size * np.float32(height) / np.float32(width) * stretch, size / stretch], axis=1
    )


def layer_anchors(
    map_shape: MapShape, layer: AnchorLayer, step: tuple[float, float] | None = None
) -> NDArray[np.float32]:
    """Return the anchors of one feature map, cell by cell in row-major order.

    Each cell has the K anchors of `anchor_sides` around its centre. Anchors at the border
    reach out of the image and are not cut.

    Parameters
    ----------
    map_shape : (h, w), each at least 1
    step : (float, float), optional
        Distance between the centres of neighbouring cells, down and across, normalised. By
        default the cells divide the image evenly.

    Returns
    -------
    (h * w * K, 4) float32, corner, normalised

    Raises
    ------
    ValueError
        If `map_shape` is not two positive integers.

    References
    ----------
    Liu et al. 2016, arXiv:1512.02325, section 2.2.
    """
    height, width = _check_map_shape(map_shape)
    half = np.float32(0.5)
    step_y, step_x = step or (1 / height, 1 / width)
    half_width, half_height = anchor_sides(map_shape, layer).T * half
    x = (np.arange(width, dtype=np.float32) + half) * np.float32(step_x)
    y = (np.arange(height, dtype=np.float32) + half) * np.float32(step_y)

    boxes = np.empty((height, width, layer.num_anchors, 4), dtype=np.float32)
    boxes[..., 0] = x[None, :, None] - half_width
    boxes[..., 1] = y[:, None, None] - half_height
    boxes[..., 2] = x[None, :, None] + half_width
    boxes[..., 3] = y[:, None, None] + half_height
    return boxes.reshape(-1, 4)


@dataclass(frozen=True, eq=False)
class AnchorGrid:
    """All anchors of the pyramid, each with the place that it comes from."""

    config: AnchorConfig
    feature_maps: tuple[FeatureMap, ...]
    """FeatureMap of each layer."""
    input_shape_px: MapShape
    """(height, width)."""
    boxes: NDArray[np.float32]
    """(A, 4) float32, corner, normalised: layer by layer, row by row, cell by cell: the order of
    the network's outputs.
    """
    layer: NDArray[np.int32]
    """(A,) int32."""
    row: NDArray[np.int32]
    """(A,) int32."""
    column: NDArray[np.int32]
    """(A,) int32."""
    shape: NDArray[np.int32]
    """(A,) int32: which of the cell's anchors: 0..S-1 are the sizes, then ``ratios[1:]``."""

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def map_shapes(self) -> tuple[MapShape, ...]:
        """(height, width) of each layer."""
        return tuple(each.shape for each in self.feature_maps)

    def layer_slice(self, layer: int) -> slice:
        """Return where the anchors of `layer` stand."""
        if not 0 <= layer < len(self.feature_maps):
            text = _("layer must be from 0 to {last}, got {layer}")
            raise ValueError(text.format(last=len(self.feature_maps) - 1, layer=layer))
        counts = anchors_per_layer(self.config, self.feature_maps)
        start = sum(counts[:layer])
        return slice(start, start + counts[layer])

    def cell(self, layer: int, row: int, column: int) -> slice:
        """Return where the anchors of one cell stand."""
        start = self.layer_slice(layer).start
        height, width = self.feature_maps[layer].shape
        if not (0 <= row < height and 0 <= column < width):
            text = _(
                "row {row}, column {column} is not on layer {layer}, whose map is {height}×{width}"
            )
            raise ValueError(
                text.format(row=row, column=column, layer=layer, height=height, width=width)
            )
        num_anchors = self.config.layers[layer].num_anchors
        start += (row * width + column) * num_anchors
        return slice(start, start + num_anchors)


def anchor_grid(
    config: AnchorConfig, feature_maps: Sequence[FeatureMap], input_shape_px: MapShape
) -> AnchorGrid:
    """Build the anchors of all layers.

    Parameters
    ----------
    feature_maps : FeatureMap of each layer
    input_shape_px : (height, width)

    Raises
    ------
    ValueError
        If `feature_maps` and `config` differ in their number of layers.
    """
    check_as_many(feature_maps, config)
    boxes, places = [], []
    for number, (each, layer) in enumerate(zip(feature_maps, config.layers, strict=True)):
        step_y, step_x = np.divide(each.stride_px, input_shape_px).tolist()
        boxes.append(layer_anchors(each.shape, layer, (step_y, step_x)))
        places.append(_places(number, *each.shape, layer.num_anchors))
    grid = AnchorGrid(
        config,
        tuple(feature_maps),
        input_shape_px,
        np.concatenate(boxes),
        *np.concatenate(places, axis=1),
    )
    # A grid is shared by everything on a page, so nothing may write into it.
    for array in (grid.boxes, grid.layer, grid.row, grid.column, grid.shape):
        array.setflags(write=False)
    return grid


def check_as_many(feature_maps: Sequence[FeatureMap], config: AnchorConfig) -> None:
    """Raise `ValueError` if the feature maps are not as many as the layers of `config`."""
    if len(feature_maps) != len(config.layers):
        text = _("feature_maps has {number} layers, but config has {num_layers}")
        raise ValueError(text.format(number=len(feature_maps), num_layers=len(config.layers)))


def anchors_per_layer(config: AnchorConfig, feature_maps: Sequence[FeatureMap]) -> list[int]:
    """Return how many anchors each layer has: cells times anchors per cell."""
    return [
        each.num_cells * layer.num_anchors
        for each, layer in zip(feature_maps, config.layers, strict=True)
    ]


def _places(layer: int, height: int, width: int, num_anchors: int) -> NDArray[np.int32]:
    rows, columns, shapes = np.indices((height, width, num_anchors), dtype=np.int32)
    layers = np.full_like(rows, layer)
    return np.stack([part.ravel() for part in (layers, rows, columns, shapes)])


def _check_map_shape(map_shape: MapShape) -> MapShape:
    sides = tuple(map_shape)
    if len(sides) != 2 or any(int(side) != side or side < 1 for side in sides):
        text = _("map_shape must be (height, width), integers of at least 1, got {map_shape}")
        raise ValueError(text.format(map_shape=map_shape))
    return int(sides[0]), int(sides[1])
