"""Run a detector over a data set and judge it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.config import DetectConfig, DetectorConfig
from explorer.datasets import RecordDataset, epoch_batches
from explorer.evaluation.average_precision import AveragePrecision, average_precision
from explorer.net.learning import forward
from explorer.net.runtime import Device
from explorer.net.toy_ssd import Predictions, ToySSD
from explorer.ssd.detection import Detections, detect, softmax

__all__ = ["EVALUATION", "Evaluation", "detect_batch", "evaluate"]

EVALUATION = DetectConfig(score_threshold=0.01, nms_iou_threshold=0.45, nms_topk=400)
"""Thresholds of an evaluation: nearly everything is ranked, as COCO wants it."""


_WILDEST_OFFSET = 400.0
"""A box is then e**80 anchors wide: cut at the image's border it is the same as any wider one."""


@dataclass(frozen=True)
class Evaluation:
    """A detector's figures on a data set."""

    precision: AveragePrecision
    num_images: int
    num_objects: int
    seconds: float


def detect_batch(predictions: Predictions, config: DetectConfig) -> list[Detections]:
    """Return the detections of each image, also of a network that training has shaken.

    Its boxes may be so large that their sides overflow, and it may recover from that; so
    offsets are limited to where they still are numbers. NaN stays an error.

    Raises
    ------
    ValueError
        If the network's output is not finite.
    """
    offsets = predictions.offsets
    offsets = np.where(
        np.isfinite(offsets), offsets.clip(-_WILDEST_OFFSET, _WILDEST_OFFSET), offsets
    )
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
    if dataset.class_names != detector.class_names:
        raise ValueError(
            f"the data set has classes {', '.join(dataset.class_names)}, "
            f"the detector knows {', '.join(detector.class_names)}"
        )
    started = time.perf_counter()
    size = detector.input_size
    detections: list[Detections] = []
    labels: list[NDArray[np.float32]] = []
    for batch in epoch_batches(
        dataset,
        batch_size,
        size,
        seed=0,
        epoch=0,
        augment_mode="none",
        shuffle=False,
        drop_last=False,
    ):
        predictions = forward(net, batch.images, device)
        detections += detect_batch(predictions, config)
        labels += list(batch.labels)
        if progress is not None:
            progress(len(detections), len(dataset))
    precision = average_precision(detections, labels, len(detector.class_names), (size, size))
    return Evaluation(
        precision=precision,
        num_images=len(detections),
        num_objects=int(sum((truth[:, 0] >= 0).sum() for truth in labels)),
        seconds=time.perf_counter() - started,
    )
