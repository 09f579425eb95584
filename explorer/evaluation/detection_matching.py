"""Which detection finds which object of an image, as COCO counts it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.ssd.boxes import iou
from explorer.ssd.detection import Detections

__all__ = ["match_detections"]


def match_detections(
    detections: Detections, labels: NDArray[np.float32], iou_threshold: float = 0.5
) -> NDArray[np.int32]:
    """Give each detection the object that it finds, the best detection first.

    A detection takes the object of its class that it overlaps most, of those that no better
    detection has taken (of equal IoUs the last). So each object is found once at most, and
    what comes after a detection does not change what it finds.

    Parameters
    ----------
    detections : Detections
        D of them, by falling score.
    labels : (G, 5) float32
        class_id and a corner box; nothing finds a row of a negative class.
    iou_threshold : float
        A box finds an object at this IoU or more, compared as float32.

    Returns
    -------
    (D,) int32
        The row of `labels`, or -1 for a false alarm. D or G may be 0.

    References
    ----------
    Lin et al. 2014, arXiv:1405.0312; the tests compare with pycocotools.
    """
    overlap = iou(detections.boxes, labels[:, 1:])
    fits = (overlap >= np.float32(iou_threshold)) & (
        detections.class_id[:, None] == labels[:, 0].astype(np.int32)
    )
    found = np.full(len(detections), -1, np.int32)
    is_free = labels[:, 0] >= 0
    for row, fit in enumerate(fits):
        open_objects = np.flatnonzero(fit & is_free)
        if len(open_objects):
            best = overlap[row, open_objects]
            gt = open_objects[np.flatnonzero(best == best.max())[-1]]
            found[row], is_free[gt] = gt, False
    return found
