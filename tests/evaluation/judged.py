"""Small judged data sets: written out, or random with many ties."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.evaluation.dataset_nms import DatasetDetections
from explorer.evaluation.judging import Judgement, judge
from explorer.evaluation.overlaps import Truths
from tests.ssd.inputs import random_boxes

Box = Sequence[float]
Row = tuple[int, float, Box]
"""Class, score, box."""


def detections_of(*images: Sequence[Row]) -> DatasetDetections:
    """Return detections, one list an image, by falling score."""
    rows = [(number, *row) for number, image in enumerate(images) for row in image]
    return DatasetDetections(
        image=np.array([row[0] for row in rows], np.int32),
        class_id=np.array([row[1] for row in rows], np.int32),
        anchor=np.zeros(len(rows), np.int32),
        score=np.array([row[2] for row in rows], np.float32),
        boxes=np.array([row[3] for row in rows], np.float32).reshape(-1, 4),
        num_images=len(images),
    )


def labels_of(*images: Sequence[tuple[int, Box]]) -> list[np.ndarray]:
    """Return labels, one list of (class, box) an image."""
    return [
        np.array([(class_id, *box) for class_id, box in image], np.float32).reshape(-1, 5)
        for image in images
    ]


def judged(
    detections: Sequence[Sequence[Row]],
    labels: Sequence[Sequence[tuple[int, Box]]],
    num_classes: int = 2,
) -> Judgement:
    """Return the judgement of what is written out."""
    return judge(detections_of(*detections), Truths.of(labels_of(*labels)), num_classes)


def random_set(
    seed: int, num_classes: int = 3, most_objects: int = 6, most_detections: int = 15
) -> tuple[DatasetDetections, list[np.ndarray]]:
    """Return detections and labels of up to six images.

    Scores are whole tenths, so that many are equal; boxes lie on a grid or near an object, so that
    some reach an IoU threshold exactly. Images, classes and the whole set may be empty.
    """
    rng = np.random.default_rng(seed)
    parts, labels = [], []
    for number in range(rng.integers(1, 7)):
        num_objects = int(rng.integers(0, most_objects + 1))
        objects = np.full((num_objects, 5), -1, np.float32)
        objects[:, 0] = rng.integers(0, rng.integers(1, num_classes + 1), num_objects)
        # A box of no area has no IoU, and labels have none.
        objects[:, 1:] = random_boxes(rng, num_objects, bool(rng.integers(2)), least_size=0.0625)
        labels.append(objects)
        count = int(rng.integers(0, most_detections + 1))
        boxes = random_boxes(rng, count, bool(rng.integers(2)), least_size=0.0625).copy()
        if num_objects and count:
            near = rng.random(count) < 0.7
            scale = rng.choice([0, 0, 0.02, 0.05, 0.1])
            chosen = objects[rng.integers(0, num_objects, near.sum()), 1:]
            moved = chosen + rng.normal(0, scale, chosen.shape)
            fine = (moved[:, 2:] > moved[:, :2]).all(axis=1)
            boxes[near] = np.where(fine[:, None], moved, chosen)
        score = np.sort(rng.integers(1, 10, count))[::-1] / 10
        parts.append((np.full(count, number), rng.integers(0, num_classes, count), score, boxes))
    image, class_id, score, boxes = (np.concatenate(column) for column in zip(*parts, strict=True))
    return (
        DatasetDetections(
            image=image.astype(np.int32),
            class_id=class_id.astype(np.int32),
            anchor=np.arange(len(image), dtype=np.int32),
            score=score.astype(np.float32),
            boxes=boxes.astype(np.float32),
            num_images=len(labels),
        ),
        labels,
    )
