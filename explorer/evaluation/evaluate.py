"""Run a detector over a data set and judge it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.config import DetectConfig
from explorer.datasets import RecordDataset
from explorer.datasets.walking import Progress
from explorer.engine import Engine
from explorer.evaluation.average_precision import AveragePrecision, average_precision
from explorer.evaluation.dataset_nms import DatasetDetections, DatasetNms
from explorer.evaluation.raw_predictions import predict_dataset

EVALUATION = DetectConfig(score_threshold=0.01, nms_iou_threshold=0.45, nms_topk=400)
"""Thresholds of an evaluation: nearly everything is ranked, as COCO wants it."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A detector's figures on a data set, and the N images' detections that gave them."""

    precision: AveragePrecision
    num_images: int
    num_objects: int
    seconds: float
    detections: DatasetDetections
    labels: tuple[NDArray[np.float32], ...]
    """N arrays (G, 5) float32."""


def evaluate(
    engine: Engine,
    dataset: RecordDataset,
    *,
    config: DetectConfig = EVALUATION,
    batch_size: int = 32,
    progress: Progress | None = None,
) -> Evaluation:
    """Return average precision of a detector on every image of `dataset`.

    Raises
    ------
    ValueError
        If the data set has other classes than the detector, or no object at all; or if the
        network's output is not finite.
    """
    started = time.perf_counter()
    raw = predict_dataset(
        engine,
        dataset,
        lowest_score=config.score_threshold,
        most_per_image=config.nms_topk,
        batch_size=batch_size,
        progress=progress,
    )
    detections = DatasetNms(raw).detect(config)
    precision = average_precision(
        detections.by_image(), raw.labels, len(engine.class_names), engine.detector.input_shape_px
    )
    return Evaluation(
        precision=precision,
        num_images=raw.num_images,
        num_objects=raw.num_objects,
        seconds=time.perf_counter() - started,
        detections=detections,
        labels=raw.labels,
    )
