"""What the boxes of a set look like in numbers: sizes, shapes, how many, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import TOY_SSD, architecture_maps
from explorer.datasets.own.box_table import BoxTable
from explorer.ssd.anchors import anchor_sides
from explorer.ssd.coverage import Coverage, measure_coverage

ALL_CLASSES = -1

MAX_DOTS = 3000
"""Objects that are drawn as dots; more would hide each other, and make the browser slow."""

CELLS = 32
"""Rows and columns of the map of places."""

SIZE_BINS = 32
MATCH_IOU_THRESHOLD = 0.5

ASPECTS = np.exp2(np.linspace(-3, 3, 25))
"""Edges, width over height: each a fifth more than the one before."""

MOST_COUNTED = 20
"""Images with more objects share the last bar."""

_AT_ONCE = 1000
"""Images whose places are computed together: some megabytes."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """A histogram of K bars: ``edges`` (K + 1,) and ``counts`` (K,)."""

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class BoxNumbers:
    """The M objects of one class, or of all, on the square that is trained on."""

    table: BoxTable
    input_size: int
    class_id: int
    """Or `ALL_CLASSES`."""
    rows: NDArray[np.int64]
    """(M,) int64: the measured objects, as rows of the table."""
    num_unmeasured: int
    """Objects of the class whose boxes cannot be trained on."""
    dots: NDArray[np.int64]
    """(D,) int64: those of `rows` that are drawn, `MAX_DOTS` at most, drawn at random."""
    sides_px: NDArray[np.float32]
    """(M, 2) float32: width and height."""
    sizes_px: NDArray[np.float32]
    """(M,) float32: √(width × height)."""
    aspects: NDArray[np.float32]
    """(M,) float32: width over height, as the network sees it."""
    size_counts: Histogram
    aspect_counts: Histogram
    image_counts: Histogram
    """The last one counts the images with 0, 1, 2, … objects; its last bar those with more, too."""
    objects_on: NDArray[np.int64]
    """(I,) int64: how many each image has, measured or not."""
    places: NDArray[np.float32]
    """(32, 32) float32: share of the images that have an object there; rows from above."""
    coverage: Coverage
    """By ToySSD's anchors."""
    anchors_px: NDArray[np.float32]
    """(K, 2) float32: width and height of ToySSD's anchors."""


def box_numbers(table: BoxTable, input_size: int, class_id: int = ALL_CLASSES) -> BoxNumbers:
    """Count and measure; a fraction of a second for 50,000 objects."""
    of_class = (
        table.class_id == class_id
        if class_id != ALL_CLASSES
        else np.full_like(table.measured, True)
    )
    rows = np.flatnonzero(of_class & table.measured)
    sides = table.sides_px(input_size)[rows]
    sizes = np.sqrt(sides.prod(axis=1))
    aspects = sides[:, 0] / sides[:, 1]
    on = np.bincount(table.image[of_class], minlength=table.num_images)
    shape_px = (input_size, input_size)
    maps = architecture_maps(TOY_SSD, shape_px)
    anchors = np.concatenate(
        [anchor_sides(each.shape, layer) for each, layer in zip(maps, TOY_SSD.layers, strict=True)]
    )
    return BoxNumbers(
        table,
        input_size,
        class_id,
        rows,
        int((of_class & ~table.measured).sum()),
        _by_lot(rows),
        sides,
        sizes,
        aspects,
        _counts(sizes, np.linspace(0, input_size, SIZE_BINS + 1)),
        _counts(aspects, ASPECTS),
        _counts(on, np.arange(min(int(on.max(initial=0)), MOST_COUNTED) + 2) - 0.5),
        on,
        covering(table.boxes[rows], table.image[rows], table.num_images),
        measure_coverage(TOY_SSD, maps, shape_px, table.boxes[rows], MATCH_IOU_THRESHOLD),
        anchors * np.float32(input_size),
    )


def covering(
    boxes: NDArray[np.float32], image: NDArray[np.int64], num_images: int
) -> NDArray[np.float32]:
    """Return the share of the images that have an object at each of 32×32 places.

    A place is covered where its centre lies within a box. Each box adds 1 at one corner of its
    places and takes it away behind them; sums along both axes then tell how many boxes lie on
    each place.

    Parameters
    ----------
    boxes : (M, 4) float32, corner, normalised
    image : (M,) int64
        In rising order.
    num_images : int
        Without any, all shares are 0.
    """
    covered = np.zeros((CELLS, CELLS), dtype=np.int64)
    low, high = (np.ceil(corner * CELLS - 0.5).astype(np.int64).clip(0, CELLS)
                 for corner in (boxes[:, :2], boxes[:, 2:]))  # fmt: skip
    for first in range(0, num_images, _AT_ONCE):
        part = slice(*np.searchsorted(image, [first, first + _AT_ONCE]))
        steps = np.zeros((min(_AT_ONCE, num_images - first), CELLS + 1, CELLS + 1), dtype=np.int32)
        at = image[part] - first
        (left, top), (right, bottom) = low[part].T, high[part].T
        for row, column, step in (
            (top, left, 1), (top, right, -1), (bottom, left, -1), (bottom, right, 1),
        ):  # fmt: skip
            np.add.at(steps, (at, row, column), step)
        boxes_on = steps.cumsum(axis=1).cumsum(axis=2)[:, :CELLS, :CELLS]
        covered += (boxes_on > 0).sum(axis=0)
    return (covered / max(num_images, 1)).astype(np.float32)


def _counts(values: NDArray[Any], edges: NDArray[np.float64]) -> Histogram:
    """Count; what lies beyond the edges is in the first and the last bar."""
    bar = np.searchsorted(edges, values, side="right") - 1
    num_bars = len(edges) - 1
    return Histogram(edges, np.bincount(bar.clip(0, num_bars - 1), minlength=num_bars))


def _by_lot(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    if len(rows) <= MAX_DOTS:
        return rows
    chosen = np.random.default_rng(0).choice(len(rows), MAX_DOTS, replace=False)
    return rows[np.sort(chosen)]
