"""Average precision as COCO defines it, computed by pycocotools."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from explorer.i18n import _


class Found(Protocol):
    """D detections of one image, such as `explorer.ssd.detection.Detections`."""

    @property
    def class_id(self) -> NDArray[np.int32]:
        """(D,), from 0."""

    @property
    def score(self) -> NDArray[np.float32]:
        """(D,), descending."""

    @property
    def boxes(self) -> NDArray[np.float32]:
        """(D, 4), corner, normalised."""


@dataclass(frozen=True)
class AveragePrecision:
    """Average precision, each in [0, 1], mean over classes."""

    ap50: float
    ap75: float
    """At IoU 0.5 and 0.75."""
    map: float
    """Mean over IoU 0.5, 0.55, …, 0.95: COCO's "mAP"."""


def average_precision(
    detections: Sequence[Found],
    labels: Sequence[NDArray[np.float32]],
    num_classes: int,
    image_size_px: tuple[int, int] = (256, 256),
) -> AveragePrecision:
    """Compare detections with ground truths over a set of images.

    Parameters
    ----------
    detections : one `Found` per image
        Best taken with a low score threshold: average precision ranks all scores.
    labels : one (G, 5) float32 per image
        class_id, xmin, ymin, xmax, ymax, normalised; rows of -1 are padding.
    image_size_px : (height, width)
        Only scales the boxes.

    Returns
    -------
    AveragePrecision
        All 0 without any detection.

    Raises
    ------
    ValueError
        If the lists differ in length, or there is no ground truth at all.

    References
    ----------
    Lin et al. 2014, arXiv:1405.0312; the metrics page of the COCO challenge.
    """
    if len(detections) != len(labels):
        text = _("{num_detections} images of detections, {num_labels} of labels")
        raise ValueError(text.format(num_detections=len(detections), num_labels=len(labels)))
    height_px, width_px = image_size_px
    scale = np.array([width_px, height_px, width_px, height_px], np.float64)
    annotations: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for image_id, (found, truth) in enumerate(zip(detections, labels, strict=True)):
        for row in truth[truth[:, 0] >= 0]:
            x, y, x2, y2 = (float(v) for v in row[1:] * scale)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": int(row[0]),
                    "bbox": [x, y, x2 - x, y2 - y],
                    "area": (x2 - x) * (y2 - y),
                    "iscrowd": 0,
                }
            )
        for class_id, score, box in zip(
            found.class_id, found.score, found.boxes * scale, strict=True
        ):
            x, y, x2, y2 = (float(v) for v in box)
            results.append(
                {
                    "image_id": image_id,
                    "category_id": int(class_id),
                    "score": float(score),
                    "bbox": [x, y, x2 - x, y2 - y],
                }
            )
    if not annotations:
        raise ValueError(_("average precision needs at least one ground truth, the set has none"))
    if not results:
        return AveragePrecision(0.0, 0.0, 0.0)

    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints its progress
        truth_set = COCO()
        truth_set.dataset = {
            "info": {},
            "images": [
                {"id": i, "width": width_px, "height": height_px} for i in range(len(labels))
            ],
            "categories": [{"id": i, "name": str(i)} for i in range(num_classes)],
            "annotations": annotations,
        }
        truth_set.createIndex()
        evaluation = COCOeval(truth_set, truth_set.loadRes(results), iouType="bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    mean, at50, at75 = (float(v) for v in evaluation.stats[:3])
    return AveragePrecision(ap50=at50, ap75=at75, map=mean)
