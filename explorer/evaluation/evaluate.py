"""Run a detector over a data set and judge it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer.config import DetectConfig, DetectorConfig
from explorer.datasets import RecordDataset, epoch_batches
from explorer.evaluation.average_precision import AveragePrecision, average_precision
from explorer.net.learning import forward
from explorer.net.runtime import Device
from explorer.net.toy_ssd import ToySSD
from explorer.ssd.detection import Detections, detect, softmax

__all__ = ["EVALUATION", "Evaluation", "evaluate"]

EVALUATION = DetectConfig(score_threshold=0.01, nms_iou_threshold=0.45, nms_topk=400)
"""Thresholds of an evaluation: nearly everything is ranked, as COCO wants it."""


@dataclass(frozen=True)
class Evaluation:
    """A detector's figures on a data set."""

    precision: AveragePrecision
    num_images: int
    num_objects: int
    seconds: float


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
    labels: list[np.ndarray] = []
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
        for scores, offsets, truth in zip(
            predictions.class_scores, predictions.offsets, batch.labels, strict=True
        ):
            detections.append(detect(predictions.anchors, softmax(scores), offsets, config))
            labels.append(truth)
        if progress is not None:
            progress(len(detections), len(dataset))
    precision = average_precision(detections, labels, len(detector.class_names), (size, size))
    return Evaluation(
        precision=precision,
        num_images=len(detections),
        num_objects=int(sum((truth[:, 0] >= 0).sum() for truth in labels)),
        seconds=time.perf_counter() - started,
    )
