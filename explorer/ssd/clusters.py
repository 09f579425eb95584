"""Typical sizes of objects: k-means with 1 - IoU as the distance."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.ssd.nearest import iou_from_overlaps

Floats = NDArray[Any]

_ROUNDS = 30
_ALIKE = 0.999


def iou_clusters(sides: Floats, num_clusters: int) -> Floats:
    """Return the mean width and height of groups of objects of similar size.

    As in k-means, each object belongs to the nearest mean, where near is a high IoU of the
    two boxes put on one centre. The first mean is the object of median area, each further
    one the object that is farthest from those before, so that there is no chance in it.

    Parameters
    ----------
    sides : (N, 2) floats above 0
        Width and height; at least one.
    num_clusters : int of at least 1

    Returns
    -------
    (K, 2) floats
        Ascending in area. K is `num_clusters`, or less where there are not as many different
        objects, or where a group has lost all of its objects.

    References
    ----------
    Redmon and Farhadi 2017, arXiv:1612.08242, section 2, "dimension clusters".
    """
    by_area = np.argsort(sides.prod(axis=1), kind="stable")
    means = sides[by_area[len(sides) // 2]][None]
    while len(means) < num_clusters:
        likeness = _concentric_iou(sides, means).max(axis=1)
        if likeness.min() > _ALIKE:
            break
        means = np.vstack([means, sides[likeness.argmin()]])
    for _ in range(_ROUNDS):
        nearest = _concentric_iou(sides, means).argmax(axis=1)
        moved = np.array([sides[nearest == group].mean(axis=0) for group in np.unique(nearest)])
        if moved.shape == means.shape and np.allclose(moved, means, rtol=1e-4):
            break
        means = moved
    ascending: Floats = means[np.argsort(means.prod(axis=1), kind="stable")]
    return ascending


def _concentric_iou(sides: Floats, means: Floats) -> Floats:
    shared = np.minimum(sides[:, None], means)
    areas = sides.prod(axis=1)[:, None] + means.prod(axis=1)
    return iou_from_overlaps(shared[..., 0], shared[..., 1], areas)
