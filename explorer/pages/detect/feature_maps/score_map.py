"""What one feature map sees: the score of each of its cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.config import FeatureMap, MapShape
from explorer.pages.detect.reading import Reading

ANY_CLASS = -1
"""Instead of a class: each anchor's best foreground class."""


@dataclass(frozen=True, eq=False)
class ScoreMap:
    """The scores of one feature map, a cell's best anchor each."""

    score: NDArray[np.float32]
    """(H, W) float32 in [0, 1]."""
    anchor: NDArray[np.int32]
    """(H, W) int32: the anchor that has this score; the first of equals."""
    feature_map: FeatureMap
    input_shape_px: MapShape
    """(height, width)."""

    def cell_at(self, x: float, y: float) -> tuple[int, int]:
        """Return row and column of the cell at a point of the picture, both in [0, 1].

        Outside of the picture it is the nearest cell.
        """
        height_px, width_px = self.input_shape_px
        return self.feature_map.cell_at(x * width_px, y * height_px)

    def edges(self, row: ArrayLike, column: ArrayLike) -> dict[str, NDArray[np.float64]]:
        """Return left, right, top and bottom of cells in shares of the picture."""
        down, across = np.divide(self.feature_map.stride_px, self.input_shape_px)
        at, beside = np.asarray(row), np.asarray(column)
        return {
            "left": beside * across, "right": (beside + 1) * across,
            "top": at * down, "bottom": (at + 1) * down,
        }  # fmt: skip


def score_map(reading: Reading, layer: int, class_id: int = ANY_CLASS) -> ScoreMap:
    """Return what a feature map says of one class, or of any.

    Parameters
    ----------
    layer : int
        0 is the finest map.
    class_id : int, from 0, or `ANY_CLASS`
    """
    grid = reading.grid
    anchors = np.flatnonzero(grid.layer == layer).reshape(*grid.map_shapes[layer], -1)
    scores = _scores(reading, class_id)[anchors]
    best = scores.argmax(axis=2, keepdims=True)
    anchor = np.take_along_axis(anchors, best, axis=2)[..., 0].astype(np.int32)
    return ScoreMap(scores.max(axis=2), anchor, grid.feature_maps[layer], grid.input_shape_px)


def best_scores(reading: Reading, class_id: int = ANY_CLASS) -> tuple[float, ...]:
    """Return the highest score of each feature map, finest first."""
    scores = _scores(reading, class_id)
    layers = range(len(reading.grid.map_shapes))
    return tuple(float(scores[reading.grid.layer == layer].max()) for layer in layers)


def _scores(reading: Reading, class_id: int) -> NDArray[np.float32]:
    foreground = reading.class_prob[:, 1:]
    scores: NDArray[np.float32] = (
        foreground.max(axis=1) if class_id == ANY_CLASS else foreground[:, class_id]
    )
    return scores
