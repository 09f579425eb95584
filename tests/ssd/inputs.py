"""Random input for the property tests. All arrays are read-only: no function may write."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.config import AnchorConfig, AnchorLayer
from explorer.ssd.targets import PIXEL_LIMIT

GRID = 16
"""Grid inputs are multiples of 1/16: exact in float32, with many ties."""


def random_boxes(
    rng: np.random.Generator, count: int, on_grid: bool, least_size: float = 0.0
) -> NDArray[np.float32]:
    """Return (count, 4) corners, some outside of the image, some tiny, some identical."""
    low = rng.uniform(-0.25, 1.1, (count, 2))
    size = rng.random((count, 2)) ** 3 + least_size
    if on_grid:
        low, size = np.round(low * GRID) / GRID, np.ceil(size * GRID) / GRID
        size[rng.random(count) < 0.1] = least_size
    boxes = np.concatenate([low, low + size], axis=1).astype(np.float32)
    copies = rng.random(count) < 0.15
    if count:
        boxes[copies] = boxes[rng.integers(0, count, copies.sum())]
    return read_only(boxes)


def random_labels(
    rng: np.random.Generator, count: int, num_classes: int, on_grid: bool, padding: int = 0
) -> NDArray[np.float32]:
    """Return (count + padding, 5) labels."""
    labels = np.full((count + padding, 5), -1, dtype=np.float32)
    labels[:count, 0] = rng.integers(0, num_classes, count)
    # Farther out a label is taken for pixels.
    labels[:count, 1:] = random_boxes(rng, count, on_grid).clip(-PIXEL_LIMIT, PIXEL_LIMIT)
    return read_only(labels)


def random_scores(
    rng: np.random.Generator, num_anchors: int, num_classes: int
) -> NDArray[np.float32]:
    """Return (A, C + 1) class scores with exact ties of the background's probability.

    Whole numbers with the foreground sorted: anchors with equal scores are equal to the last
    bit, and others differ by far more than two implementations of exp do.
    """
    scores = rng.integers(-3, 4, (num_anchors, num_classes + 1)).astype(np.float32)
    scores[:, 1:].sort(axis=1)
    return read_only(scores)


def read_only(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return `array` itself, which nobody can write to any more."""
    array.setflags(write=False)
    return array


def random_config(rng: np.random.Generator, num_layers: int) -> AnchorConfig:
    """Return sizes up to 1.3, which reach far out of the image, and ratios from 1/5 to 5."""

    def layer() -> AnchorLayer:
        num_sizes, num_ratios = rng.integers(1, 4, 2)
        return AnchorLayer(
            sizes=tuple(rng.uniform(0.02, 1.3, num_sizes)),
            ratios=tuple(np.exp(rng.uniform(-np.log(5), np.log(5), num_ratios))),
        )

    return AnchorConfig(layers=tuple(layer() for _ in range(num_layers)))
