"""Giving each detection at most one ground truth, the surest detection first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]


def match_greedily(detection: Index, gt: Index, num_detections: int, num_gt: int) -> Index:
    """Return the ground truth of each detection.

    Detections choose by turns, from 0 upwards: each takes the first of its pairs whose ground
    truth is still free. A ground truth is given away once at most.

    Parameters
    ----------
    detection, gt : (P,) int64
        The pairs that may be matched, ascending by `detection`; of one detection the pair that it
        prefers first.
    num_detections, num_gt : int

    Returns
    -------
    (num_detections,) int64
        -1 for a detection that found none free.
    """
    found = np.full(num_detections, -1, np.int64)
    first_claim = np.empty(num_gt, np.int64)
    while len(detection):
        # A wish comes true at once if no earlier detection could want the same ground truth.
        wish = np.ones(len(detection), np.bool_)
        wish[1:] = detection[1:] != detection[:-1]
        first_claim[gt[::-1]] = detection[::-1]  # the last one written is the earliest
        granted = wish & (first_claim[gt] == detection)
        found[detection[granted]] = gt[granted]
        taken = np.zeros(num_gt, np.bool_)
        taken[gt[granted]] = True
        left = (found[detection] < 0) & ~taken[gt]
        detection, gt = detection[left], gt[left]
    return found
