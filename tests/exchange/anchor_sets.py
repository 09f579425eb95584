"""Random anchors, and what the tests of all formats compare: the boxes of each cell as a set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from explorer.config import AnchorConfig, FeatureMap, MapShape
from explorer.exchange import Written, write_anchors
from explorer.ssd.anchors import anchor_grid
from tests.maps import toy_maps

Boxes = NDArray[np.float64]


def centred(
    map_shape: MapShape, shapes: Sequence[tuple[float, float]], step: tuple[float, float]
) -> Boxes:
    """Return (h, w, K, 4) corners of the same shapes around the centre of each cell.

    `shapes` are width and height, `step` is the y and x from cell to cell, in the same unit.
    """
    size = np.array(shapes, dtype=np.float64)
    row, column = np.indices(map_shape) + 0.5
    centre = np.stack([column * step[1], row * step[0]], axis=-1)[:, :, None]
    return np.concatenate([centre - size / 2, centre + size / 2], axis=-1)


def write_for_toy_ssd(config: AnchorConfig, format_id: str, input_shape_px: MapShape) -> Written:
    """Write anchors on ToySSD's maps."""
    maps = toy_maps(input_shape_px, len(config.layers))
    return write_anchors(config, format_id, maps, input_shape_px)


def apart_px(
    theirs: Sequence[Boxes],
    config: AnchorConfig,
    input_shape_px: MapShape,
    maps: Sequence[FeatureMap] = (),
) -> float:
    """Return how far, px, a box is from the nearest of the other side, at most.

    Infinite where a cell has more or fewer boxes than ours. `theirs` are (h, w, K, 4)
    normalised corners of each layer, `maps` are ToySSD's where none are given.
    """
    maps = maps or toy_maps(input_shape_px, len(config.layers))
    grid = anchor_grid(config, maps, input_shape_px)
    sides = np.array([input_shape_px[1], input_shape_px[0]] * 2)
    largest = 0.0
    for layer, other in enumerate(theirs):
        mine = grid.boxes[grid.layer_slice(layer)].reshape(*grid.map_shapes[layer], -1, 4)
        if mine.shape != other.shape:
            return np.inf
        apart = np.abs((mine[..., :, None, :] - other[..., None, :, :]) * sides).max(axis=-1)
        largest = max(largest, apart.min(axis=-1).max(), apart.min(axis=-2).max())
    return largest


def decimals(low: float, high: float, digits: int) -> st.SearchStrategy[float]:
    """Draw numbers with at most that many decimals."""
    unit = 10**digits
    return st.integers(round(low * unit), round(high * unit)).map(lambda number: number / unit)


sizes = decimals(0.05, 1.5, 3)
ratios = st.one_of(st.sampled_from([1.0, 2.0, 0.5, 3.0, 1 / 3, 4.0, 0.25]), decimals(0.1, 8, 2))
input_shapes = st.sampled_from([(256, 256), (300, 300), (512, 512), (256, 512), (300, 200)])


def configs(num_layers: int = 3) -> st.SearchStrategy[AnchorConfig]:
    """Draw any configuration."""
    return st.builds(
        AnchorConfig.of,
        sizes=st.lists(
            st.lists(sizes, min_size=1, max_size=3), min_size=num_layers, max_size=num_layers
        ),
        ratios=st.one_of(
            st.lists(ratios, min_size=1, max_size=4),
            st.lists(
                st.lists(ratios, min_size=1, max_size=4), min_size=num_layers, max_size=num_layers
            ),
        ),
    )


@st.composite
def chained(draw: st.DrawFn, one_list_of_ratios: bool) -> AnchorConfig:
    """Draw a configuration whose second sizes are √(s_k · s_k+1), to 6 decimals.

    Its ratios are 1 and then pairs with their inverse, to 6 decimals; if asked for, the same
    on all layers.
    """
    num_layers = draw(st.integers(2, 5))
    firsts = draw(st.lists(sizes, min_size=num_layers + 1, max_size=num_layers + 1))
    pairs = [[s, round(math.sqrt(s * after), 6)] for s, after in pairwise(firsts)]
    layers = [
        [1.0, *(ratio for first in draw(inverse_pairs) for ratio in (first, round(1 / first, 6)))]
        for _ in range(num_layers)
    ]
    return AnchorConfig.of(pairs, layers[0] if one_list_of_ratios else layers)


inverse_pairs = st.lists(st.sampled_from([2.0, 3.0, 1.5, 4.0, 0.2]), max_size=3, unique=True)
