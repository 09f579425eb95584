"""Small record files for the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from explorer.datasets.records.detection_record import label_end, pack
from explorer.datasets.records.recordio import RecordReader, RecordWriter


def jpeg(seed: int = 0, height: int = 40, width: int = 60) -> bytes:
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    image = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", image)[1].tobytes()


def write_records(path: Path, labels: Sequence[Sequence[Sequence[float]]]) -> Path:
    """Write one record an entry: the rows of its label, and a picture."""
    with RecordWriter(path) as writer:
        for number, rows in enumerate(labels):
            array = np.array(rows, dtype=np.float32).reshape(-1, 5)
            writer.write(pack(array, jpeg(number), number))
    return path


def spoil_images(path: Path, spoilt: Mapping[int, bytes]) -> Path:
    """Give records other images; their labels stay."""
    with RecordReader(path) as reader:
        records = [reader.read(number) for number in range(len(reader))]
    with RecordWriter(path) as writer:
        for number, record in enumerate(records):
            image = spoilt.get(number)
            writer.write(record if image is None else record[: label_end(record)] + image)
    return path


BOX = [0.0, 0.1, 0.2, 0.5, 0.8]
