"""The film of a run: what the network says, again and again, about the same few images.

Its anchors and their objects never change during a run, so it is settled once which anchors
match; a frame then tells only what the network found, and how sure it is at those anchors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DetectConfig
from explorer.datasets import RecordDataset
from explorer.datasets.records.dataset import Sample
from explorer.engine import Engine
from explorer.files import write_json
from explorer.images import resize
from explorer.ssd.predictions import Predictions
from explorer.training.png import write_png

FILM_IMAGES = 6
"""Validation images that are watched during a run."""

_DETECT = DetectConfig(score_threshold=0.05, nms_topk=200)


@dataclass(frozen=True)
class WatchedImage:
    """One image of the film."""

    image: NDArray[np.uint8]
    """(S, S, 3) uint8 RGB: at the network's input size."""
    labels: NDArray[np.float32]
    """(G, 5) float32: class_id, xmin, ymin, xmax, ymax, normalised; no padding."""
    record_id: int
    anchor: NDArray[np.intp]
    """(M,) int: the anchors that match one of the objects, those of the first object first, and
    of one object the best first.
    """
    anchor_gt: NDArray[np.int32]
    """(M,) int: the object of each."""
    anchor_boxes: NDArray[np.float32]
    """(M, 4) float32, corner, normalised."""


def film_samples(dataset: RecordDataset) -> tuple[Sample, ...]:
    """Return images spread evenly over a set, `FILM_IMAGES` of them or all that it has."""
    numbers = np.linspace(0, len(dataset) - 1, min(FILM_IMAGES, len(dataset))).astype(int)
    return tuple(dataset[int(number)] for number in numbers)


def watched_images(dataset: RecordDataset, engine: Engine) -> list[WatchedImage]:
    """Return the images of `film_samples`, with the anchors that match their objects."""
    size = engine.detector.input_size
    watched = []
    for sample in film_samples(dataset):
        labels = sample.labels[sample.labels[:, 0] >= 0]
        matched = engine.match(labels[:, 1:])
        positive = np.flatnonzero(matched.positive)
        order = np.lexsort((-matched.best_iou[positive], matched.gt_index[positive]))
        positive = positive[order]
        watched.append(
            WatchedImage(
                image=resize(sample.image, size, size),
                labels=labels,
                record_id=sample.record_id,
                anchor=positive,
                anchor_gt=matched.gt_index[positive],
                anchor_boxes=engine.anchors().boxes[positive],
            )
        )
    return watched


def write_watched(
    watched: Sequence[WatchedImage], class_names: Sequence[str], folder: Path
) -> None:
    """Keep the images in the run's folder, so that a page needs no data set to show them.

    ``image-N.png``, and ``images.json`` with, for each image, its ``labels``, and the
    ``anchor_gt`` and ``anchor_boxes`` to which the frames' scores belong.

    Raises
    ------
    OSError
        If one cannot be written.
    """
    for number, each in enumerate(watched):
        write_png(folder / f"image-{number}.png", each.image)
    about = {
        "labels": [each.labels.tolist() for each in watched],
        "anchor_gt": [each.anchor_gt.tolist() for each in watched],
        "anchor_boxes": [np.round(each.anchor_boxes, 4).tolist() for each in watched],
        "class_names": list(class_names),
    }
    write_json(folder / "images.json", about)


def film_frame(
    watched: Sequence[WatchedImage], predictions: Predictions, engine: Engine
) -> list[dict[str, Any]]:
    """Return what the network says about each image.

    Parameters
    ----------
    predictions : Predictions
        Numpy, of the batch of all `watched` images in their order; finite.
    engine : Engine
        Whose they are.

    Returns
    -------
    list of dict
        Detections by falling score (``boxes`` normalised corner, ``score``, ``class_id``), and
        ``anchor_score``: for each matched anchor the probability of its object's class.
    """
    frames = []
    probabilities = engine.probabilities(predictions)
    found = engine.decode(predictions, _DETECT)
    for each, detections, of_image in zip(watched, found, probabilities, strict=True):
        class_ids = each.labels[each.anchor_gt, 0].astype(int)
        frames.append(
            {
                "boxes": np.round(detections.boxes, 4).tolist(),
                "score": np.round(detections.score, 4).tolist(),
                "class_id": detections.class_id.tolist(),
                "anchor_score": np.round(of_image[each.anchor, class_ids + 1], 4).tolist(),
            }
        )
    return frames
