"""What a detector says about every image of a data set: asked once, in a thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from explorer.pages.shared.pictures.pictures import Samples

if TYPE_CHECKING:
    from explorer.config import DetectConfig
    from explorer.engine import Engine
    from explorer.evaluation.dataset_nms import DatasetNms

BATCH_SIZE = 8
"""Small: between two batches the page can detect on its own picture, and the user cancel."""


class DatasetPredictions(NamedTuple):
    """What a detector said about a data set, and its images."""

    nms: DatasetNms
    samples: Samples


def predict(
    engine: Engine,
    dataset: str,
    config: DetectConfig,
    on_progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> DatasetPredictions | None:
    """Run in the thread; None if it was cancelled."""
    from explorer.datasets import CancelledError, open_dataset
    from explorer.evaluation.dataset_nms import DatasetNms
    from explorer.evaluation.raw_predictions import predict_dataset

    records = open_dataset(dataset, "val")
    try:
        raw = predict_dataset(
            engine,
            records,
            batch_size=BATCH_SIZE,
            progress=on_progress,
            cancelled=cancelled,
        )
    except CancelledError:
        return None
    nms = DatasetNms(raw)
    nms.detect(config)  # here, and not on the event loop: the first time takes longest
    return DatasetPredictions(nms, Samples(records))
