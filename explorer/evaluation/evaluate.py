"""Run a detector over a data set and judge it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from explorer.config import DetectConfig, DetectorConfig
from explorer.datasets import RecordDataset
from explorer.evaluation.average_precision import AveragePrecision, average_precision
from explorer.evaluation.dataset_nms import DatasetDetections, DatasetNms
from explorer.evaluation.raw_predictions import limit_offsets, predict_dataset
from explorer.net.learning import forward
from explorer.net.runtime import Device
from explorer.net.toy_ssd import Predictions, ToySSD
from explorer.ssd.detection import Detections, detect, softmax

__all__ = ["EVALUATION", "Evaluation", "detect_batch", "evaluate"]

EVALUATION = DetectConfig(score_threshold=0.01, nms_iou_threshold=0.45, nms_topk=400)
"""Thresholds of an evaluation: nearly everything is ranked, as COCO wants it."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A detector's figures on a data set, and the N images' detections that gave them.

    Attributes
    ----------
    detections : DatasetDetections
    labels : N arrays (G, 5) float32
    """

    precision: AveragePrecision
    num_images: int
    num_objects: int
    seconds: float
    detections: DatasetDetections
    labels: tuple[NDArray[np.float32], ...]


def detect_batch(
    predictions: Predictions, detector: DetectorConfig, config: DetectConfig
) -> list[Detections]:
    """Return the detections of each image, also of a network that training has shaken.

    Its boxes may be so large that their sides overflow, and it may recover from that; so
    offsets are limited to where they still are numbers. NaN stays an error.

    Raises
    ------
    ValueError
        If the network's output is not finite.
    """
    config = detector.complete(config)
    offsets = limit_offsets(predictions.offsets)
    return [
        detect(predictions.anchors, softmax(scores), shifts, config)
        for scores, shifts in zip(predictions.class_scores, offsets, strict=True)
    ]


def evaluate(
    net: ToySSD,
    detector: DetectorConfig,
    dataset: RecordDataset,
    device: Device,
    *,
    config: DetectConfig = EVALUATION,
    batch_size: int = 32,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Return average precision of `net` on every image of `dataset`.

    Raises
    ------
    ValueError
        If the data set has other classes than the detector, or no object at all; or if the
        network's output is not finite.
    """
    started = time.perf_counter()
    raw = predict_dataset(
        partial(forward, net, device=device),
        detector,
        dataset,
        lowest_score=config.score_threshold,
        most_per_image=config.nms_topk,
        batch_size=batch_size,
        progress=progress,
    )
    size = detector.input_size
    detections = DatasetNms(raw).detect(config)
    precision = average_precision(
        detections.by_image(), raw.labels, len(detector.class_names), (size, size)
    )
    return Evaluation(
        precision=precision,
        num_images=raw.num_images,
        num_objects=raw.num_objects,
        seconds=time.perf_counter() - started,
        detections=detections,
        labels=raw.labels,
    )
