"""Which detection finds which object of an image, as COCO counts it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.evaluation.greedy_matching import match_greedily
from explorer.ssd.boxes import iou
from explorer.ssd.detection import Detections

FOUND_IOU = 0.5
"""A box fits an object at this IoU or more."""


def match_detections(
    detections: Detections, labels: NDArray[np.float32], iou_threshold: float = FOUND_IOU
) -> NDArray[np.int32]:
    """Give each detection the object that it finds, the best detection first.

    A detection takes the object of its class that it overlaps most, of those that no better
    detection has taken (the last of equal IoUs). So each object is found once at most, and
    what comes after a detection does not change what it finds. COCO also leaves out what comes
    after the 100 best of a class; this does not.

    Parameters
    ----------
    detections : Detections
        D of them, by falling score.
    labels : (G, 5) float32
        class_id and a corner box; nothing finds a row of a negative class.
    iou_threshold : float
        Compared as float32.

    Returns
    -------
    (D,) int32
        The row of `labels`, or -1 for a false alarm. D or G may be 0.

    References
    ----------
    Lin et al. 2014, arXiv:1405.0312; the tests compare with pycocotools.
    """
    overlap = iou(detections.boxes, labels[:, 1:])
    class_id = labels[:, 0].astype(np.int32)
    fits = (overlap >= np.float32(iou_threshold)) & (class_id >= 0)
    row, gt = np.nonzero(fits & (detections.class_id[:, None] == class_id))
    order = np.lexsort((-gt, -overlap[row, gt], row))
    found = match_greedily(row[order], gt[order], len(detections), len(labels))
    return found.astype(np.int32)
