"""Which validation images a film watches. A page asks, too: no MXNet here."""

from __future__ import annotations

import numpy as np

from explorer.datasets import RecordDataset
from explorer.datasets.records.dataset import Sample

FILM_IMAGES = 6
"""Validation images that are watched during a run."""


def film_samples(dataset: RecordDataset) -> tuple[Sample, ...]:
    """Return images spread evenly over a set, `FILM_IMAGES` of them or all that it has."""
    numbers = np.linspace(0, len(dataset) - 1, min(FILM_IMAGES, len(dataset))).astype(int)
    return tuple(dataset[int(number)] for number in numbers)
