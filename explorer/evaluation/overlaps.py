"""Which detections of a data set overlap which ground truths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.evaluation.dataset_nms import DatasetDetections


@dataclass(frozen=True, eq=False)
class Truths:
    """G ground truths on N images, image after image."""

    image: NDArray[np.int32]
    """(G,) int32."""
    class_id: NDArray[np.int32]
    """(G,) int32."""
    boxes: NDArray[np.float32]
    """(G, 4) float32, corner."""
    starts: NDArray[np.int64]
    """(N + 1,) int64: where each image's begin."""

    @classmethod
    def of(cls, labels: Sequence[NDArray[np.float32]]) -> Truths:
        """Collect labels, (G, 5) per image; rows of -1 are padding."""
        objects = [rows[rows[:, 0] >= 0] for rows in labels]
        counts = [len(rows) for rows in objects]
        rows = np.concatenate([np.zeros((0, 5), np.float32), *objects])
        return cls(
            image=np.repeat(np.arange(len(labels), dtype=np.int32), counts),
            class_id=rows[:, 0].astype(np.int32),
            boxes=rows[:, 1:].astype(np.float32),
            starts=np.cumsum([0, *counts]),
        )

    def __len__(self) -> int:
        return len(self.image)


@dataclass(frozen=True, eq=False)
class Overlaps:
    """P pairs of a detection and a ground truth of one image that have an overlap."""

    detection: NDArray[np.int64]
    gt: NDArray[np.int64]
    """(P,) int64: rows of `DatasetDetections` and `Truths`; ordered by detection, then by
    falling IoU, of equal IoUs the later ground truth first, as COCO prefers them.
    """
    iou: NDArray[np.float64]
    """(P,) float64, above 0."""
    same_class: NDArray[np.bool_]
    """(P,) bool."""

    def where(self, chosen: NDArray[np.bool_]) -> Overlaps:
        """Return the chosen pairs, in the same order."""
        return Overlaps(
            self.detection[chosen], self.gt[chosen], self.iou[chosen], self.same_class[chosen]
        )

    def best_per_detection(self) -> Overlaps:
        """Return each detection's first pair: its ground truth with the highest IoU."""
        first = np.ones(len(self.detection), np.bool_)
        first[1:] = self.detection[1:] != self.detection[:-1]
        return self.where(first)


def find_overlaps(detections: DatasetDetections, truths: Truths) -> Overlaps:
    """Return all pairs of one image, whatever their classes, whose IoU is above 0.

    The IoU is computed in float64, as pycocotools does, so that a box which just reaches a
    threshold reaches it there too.
    """
    counts = np.diff(truths.starts)[detections.image]
    detection = np.repeat(np.arange(len(detections)), counts)
    number = np.arange(len(detection)) - np.repeat(np.cumsum(counts) - counts, counts)
    gt = truths.starts[detections.image[detection]] + number
    left, top, right, bottom = detections.boxes.astype(np.float64)[detection].T
    gt_left, gt_top, gt_right, gt_bottom = truths.boxes.astype(np.float64)[gt].T
    width = np.minimum(right, gt_right) - np.maximum(left, gt_left)
    height = np.minimum(bottom, gt_bottom) - np.maximum(top, gt_top)
    meets = (width > 0) & (height > 0)
    both = (width * height)[meets]
    area = ((right - left) * (bottom - top) + (gt_right - gt_left) * (gt_bottom - gt_top))[meets]
    detection, gt = detection[meets], gt[meets]
    iou = both / (area - both)
    order = np.lexsort((-gt, -iou, detection))
    detection, gt, iou = detection[order], gt[order], iou[order]
    same_class = detections.class_id[detection] == truths.class_id[gt]
    return Overlaps(detection, gt, iou, same_class)
