"""Judging 100 images again after a setting has changed, as the detect page does at each move."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.figures import median_seconds
from explorer import Engine
from explorer.config import CREATURE, DetectConfig
from explorer.data_folders import shipped_root
from explorer.datasets import open_dataset
from explorer.evaluation.confusion import confusion
from explorer.evaluation.dataset_nms import DatasetNms
from explorer.evaluation.error_costs import costs_by_type, single_costs
from explorer.evaluation.error_types import find_errors
from explorer.evaluation.judging import judge
from explorer.evaluation.overlaps import Truths
from explorer.evaluation.precision_recall import (
    average_precision_of,
    precision_recall,
    precision_recall_curve,
)
from explorer.evaluation.raw_predictions import RawPredictions, predict_dataset

NUM_IMAGES = 100
LIMIT_S = 0.15
LOW = DetectConfig(score_threshold=0.01)


def main(quick: bool) -> None:
    """Measure the shipped detector, and one that knows nothing yet and so finds everything."""
    print(f"Judging {NUM_IMAGES} images again, on 1 thread:")
    trained = Engine.load(shipped_root() / "pretrained" / "creature.params", "cpu")
    untrained = Engine(trained.class_names, CREATURE, device="cpu")
    for name, engine in (("shipped detector", trained), ("untrained network", untrained)):
        raw = _hundred(predict_dataset(engine, open_dataset("sample", "val")))
        print(f"  {name}, {len(raw.score) / NUM_IMAGES:.0f} candidates an image")
        for what, seconds, limit in timings(raw, repeats=3 if quick else 15):
            against = "" if limit is None else f"   limit {1e3 * limit:5.0f} ms"
            print(f"    {what:42}{1e3 * seconds:9.2f} ms{against}")


def timings(raw: RawPredictions, repeats: int) -> list[tuple[str, float, float | None]]:
    """Return (what, median seconds, limit in seconds or None)."""
    nms = DatasetNms(raw)
    truths = Truths.of(raw.labels)
    num_classes = len(raw.class_names)
    ious = itertools.cycle(np.linspace(0.3, 0.6, 7).tolist())

    def figures(score_threshold: float) -> None:
        found = nms.detect(LOW.with_(nms_iou_threshold=next(ious)))
        judgement = judge(found, truths, num_classes)
        average_precision_of(judgement)
        precision_recall(judgement, score_threshold)
        precision_recall_curve(judgement)
        confusion(judgement, score_threshold)
        costs_by_type(find_errors(judgement, score_threshold))

    found = nms.detect(LOW)
    judgement = judge(found, truths, num_classes)
    errors = find_errors(judgement, 0.01)
    works: list[tuple[str, Callable[[], object], float | None]] = [
        ("decoding and overlaps, once a data set", lambda: DatasetNms(raw).detect(LOW), None),
        ("NMS alone", lambda: nms.detect(LOW), None),
        ("NMS and all figures, score 0.5", lambda: figures(0.5), LIMIT_S),
        ("NMS and all figures, score 0.01", lambda: figures(0.01), LIMIT_S),
        ("costs of single mistakes, score 0.01", lambda: single_costs(errors), None),
    ]

    return [(what, median_seconds(work, repeats), limit) for what, work, limit in works]


def _hundred(raw: RawPredictions) -> RawPredictions:
    """Return the first `NUM_IMAGES` images, from the beginning again where there are fewer."""
    copies = range(-(-NUM_IMAGES // raw.num_images))
    image = np.concatenate([raw.image + copy * raw.num_images for copy in copies])
    rows = np.flatnonzero(image < NUM_IMAGES)
    return replace(
        raw,
        image=image[rows].astype(np.int32),
        labels=(raw.labels * len(copies))[:NUM_IMAGES],
        **{
            name: np.concatenate([getattr(raw, name)] * len(copies))[rows]
            for name in ("anchor", "class_id", "score", "offsets")
        },
    )
