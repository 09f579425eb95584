"""How anchors fit objects: coverage against the whole IoU matrix, the blind zone, a suggestion."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import median_seconds
from explorer.config import ARCHITECTURES, TOY_SSD, TOY_SSD_KEY
from explorer.ssd.anchors import anchor_grid
from explorer.ssd.blind_zone import best_iou_by_size
from explorer.ssd.boxes import iou
from explorer.ssd.coverage import measure_coverage
from explorer.ssd.suggestion import suggest_anchors

INPUT = (256, 256)
PLANE = 48


def main(quick: bool) -> None:
    """Measure ToySSD's 5,444 anchors and print milliseconds, each with its limit."""
    print("Coverage, ToySSD's 5,444 anchors at 256 px, on 1 thread:")
    for name, seconds, limit in timings(repeats=5 if quick else 30):
        against = "" if limit is None else f"   limit {1e3 * limit:5.0f} ms"
        print(f"  {name:44}{1e3 * seconds:9.2f} ms{against}")


def timings(repeats: int) -> list[tuple[str, float, float | None]]:
    """Return (what, median seconds, limit in seconds or None)."""
    maps = ARCHITECTURES[TOY_SSD_KEY].feature_maps(INPUT, 5)
    objects = _objects(1000)

    def matrix() -> object:
        found = iou(anchor_grid(TOY_SSD, maps, INPUT).boxes, objects)
        return found.max(axis=0), (found >= 0.5).sum(axis=0)

    sides = np.linspace(INPUT[0] / PLANE, INPUT[0], PLANE)
    plane = partial(best_iou_by_size, TOY_SSD, maps, INPUT, sides, sides)
    suggest = partial(suggest_anchors, _objects(5000), TOY_SSD, maps, INPUT)
    works: list[tuple[str, Callable[[], object], int, float | None]] = [
        (
            "coverage of 1,000 objects",
            lambda: measure_coverage(TOY_SSD, maps, INPUT, objects),
            repeats,
            0.05,
        ),
        ("the same by the whole IoU matrix", matrix, repeats, None),
        (f"blind zone {PLANE}×{PLANE}, best place", plane, repeats, 0.03),
        (f"blind zone {PLANE}×{PLANE}, mean of 256 places", partial(plane, "mean"), repeats, 0.2),
        (f"blind zone {PLANE}×{PLANE}, worst of 256 places", partial(plane, "worst"), repeats, 0.2),
        ("suggestion for 5,000 objects", suggest, 1 + repeats // 10, 5.0),
    ]
    return [(name, median_seconds(work, times), limit) for name, work, times, limit in works]


def _objects(count: int) -> NDArray[np.float32]:
    """Return boxes of all sizes and shapes, all over the image."""
    rng = np.random.default_rng(0)
    size = np.exp(rng.uniform(np.log(0.03), np.log(0.9), (count, 1)))
    sides = np.minimum(size * np.exp(rng.normal(0.0, 0.3, (count, 2))), 1.0)
    corner = rng.random((count, 2)) * (1 - sides)
    return np.hstack([corner, corner + sides]).astype(np.float32)
