"""Anchors (elsewhere "prior" or "default" boxes) of one feature map and of the pyramid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.config import AnchorConfig, AnchorLayer
from explorer.i18n import _

__all__ = ["AnchorGrid", "anchor_grid", "anchor_sides", "feature_map_shapes", "layer_anchors"]

MapShape = tuple[int, int]

BODY_HALVINGS = 3
"""Stride-2 poolings between ToySSD's image and its first prediction layer."""


def feature_map_shapes(input_shape_px: MapShape, num_layers: int) -> tuple[MapShape, ...]:
    """Return (height, width) of each of ToySSD's prediction layers, finest first.

    The body halves three times, each following layer once more, rounding down; the last
    layer is pooled over the whole map and so always is 1×1. 256 px give 32, 16, 8, 4, 1.

    Parameters
    ----------
    input_shape_px : (height, width)
    num_layers : int of at least 2

    Raises
    ------
    ValueError
        If `num_layers` is below 2, or `input_shape_px` is so small that a map vanishes.
    """
    height, width = input_shape_px
    if num_layers < 2:
        text = _("num_layers must be at least 2, got {num_layers}")
        raise ValueError(text.format(num_layers=num_layers))
    halvings = range(BODY_HALVINGS, BODY_HALVINGS + num_layers - 1)
    shapes = tuple((int(height) >> n, int(width) >> n) for n in halvings)
    if min(shapes[-1]) < 1:
        least = 1 << halvings[-1]
        text = _(
            "input_shape_px is {height}×{width}, but {num_layers} layers need at least "
            "{least}×{least} pixels: take a larger input or fewer layers"
        )
        raise ValueError(
            text.format(height=height, width=width, num_layers=num_layers, least=least)
        )
    return (*shapes, (1, 1))


def anchor_sides(map_shape: MapShape, layer: AnchorLayer) -> NDArray[np.float32]:
    """Return width and height of the K = S + R - 1 anchors of a cell.

    All sizes at ``ratios[0]`` (usually 1), then ``ratios[1:]`` at ``sizes[0]``. A size is
    relative to the image's height; widths are scaled by map_h / map_w, so that ratio 1 is a
    square in pixels where the map has the image's proportions.

    Parameters
    ----------
    map_shape : (h, w), each at least 1
    layer : AnchorLayer

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


def layer_anchors(map_shape: MapShape, layer: AnchorLayer) -> NDArray[np.float32]:
    """Return the anchors of one feature map, cell by cell in row-major order.

    Each cell has the K anchors of `anchor_sides` around its centre. Anchors at the border
    reach out of the image and are not cut.

    Parameters
    ----------
    map_shape : (h, w), each at least 1
    layer : AnchorLayer

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
    one, half = np.float32(1), np.float32(0.5)
    half_width, half_height = anchor_sides(map_shape, layer).T * half
    x = (np.arange(width, dtype=np.float32) + half) * (one / np.float32(width))
    y = (np.arange(height, dtype=np.float32) + half) * (one / np.float32(height))

    boxes = np.empty((height, width, layer.num_anchors, 4), dtype=np.float32)
    boxes[..., 0] = x[None, :, None] - half_width
    boxes[..., 1] = y[:, None, None] - half_height
    boxes[..., 2] = x[None, :, None] + half_width
    boxes[..., 3] = y[:, None, None] + half_height
    return boxes.reshape(-1, 4)


@dataclass(frozen=True, eq=False)
class AnchorGrid:
    """All anchors of the pyramid, each with the place that it comes from.

    Attributes
    ----------
    config : AnchorConfig
    map_shapes : (height, width) of each layer
    boxes : (A, 4) float32, corner, normalised
        Layer by layer, row by row, cell by cell: the order of ToySSD's outputs.
    layer, row, column : (A,) int32
    shape : (A,) int32
        Which of the cell's anchors: 0..S-1 are the sizes, then ``ratios[1:]``.
    """

    config: AnchorConfig
    map_shapes: tuple[MapShape, ...]
    boxes: NDArray[np.float32]
    layer: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    shape: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.boxes)

    def layer_slice(self, layer: int) -> slice:
        """Return where the anchors of `layer` stand."""
        if not 0 <= layer < len(self.map_shapes):
            text = _("layer must be from 0 to {last}, got {layer}")
            raise ValueError(text.format(last=len(self.map_shapes) - 1, layer=layer))
        counts = [
            h * w * shapes.num_anchors
            for (h, w), shapes in zip(self.map_shapes, self.config.layers, strict=True)
        ]
        start = sum(counts[:layer])
        return slice(start, start + counts[layer])

    def cell(self, layer: int, row: int, column: int) -> slice:
        """Return where the anchors of one cell stand."""
        start = self.layer_slice(layer).start
        height, width = self.map_shapes[layer]
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


def anchor_grid(config: AnchorConfig, map_shapes: Sequence[MapShape]) -> AnchorGrid:
    """Build the anchors of all layers.

    Parameters
    ----------
    config : AnchorConfig
    map_shapes : (height, width) of each layer
        `feature_map_shapes` gives those of ToySSD.

    Raises
    ------
    ValueError
        If `map_shapes` and `config` differ in their number of layers.
    """
    if len(map_shapes) != len(config.layers):
        text = _("map_shapes has {number} layers, but config has {num_layers}")
        raise ValueError(text.format(number=len(map_shapes), num_layers=len(config.layers)))
    shapes = tuple(_check_map_shape(shape) for shape in map_shapes)
    boxes = [layer_anchors(shape, lay) for shape, lay in zip(shapes, config.layers, strict=True)]
    places = np.concatenate(
        [_places(n, *shape, config.layers[n].num_anchors) for n, shape in enumerate(shapes)], axis=1
    )
    grid = AnchorGrid(config, shapes, np.concatenate(boxes), *places)
    # A grid is shared by everything on a page, so nothing may write into it.
    for array in (grid.boxes, grid.layer, grid.row, grid.column, grid.shape):
        array.setflags(write=False)
    return grid


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
