"""What a film is going to watch: shown until the run has its own images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.datasets import RecordDataset, open_dataset
from explorer.datasets.catalog import is_named
from explorer.datasets.record_dataset import Sample

__all__ = ["FILM_IMAGES", "FilmPreview", "film_preview"]

FILM_IMAGES = 6
"""As many as `explorer.training.film`, which a page cannot ask: it imports MXNet."""


@dataclass(frozen=True, eq=False)
class FilmPreview:
    """The validation images that a run on a data set would watch.

    Parameters
    ----------
    dataset : str
        As it was asked for.
    class_names : tuple of str
        What a run on it learns to find; empty if nobody can know yet.
    samples : tuple of Sample
    of : str
        Whose images they are: those of `sample` where the set is not there yet.
    """

    dataset: str
    class_names: tuple[str, ...]
    samples: tuple[Sample, ...]
    of: str


def film_preview(dataset: str) -> FilmPreview:
    """Look up what a run on `dataset`, a name or a folder, would watch.

    Raises
    ------
    ValueError
        If it is damaged.
    """
    try:
        found = open_dataset(dataset, "val")
    except FileNotFoundError:
        return FilmPreview(dataset, _to_come(dataset), _watched(open_dataset("sample")), "sample")
    return FilmPreview(dataset, found.class_names, _watched(found), dataset)


def _watched(found: RecordDataset) -> tuple[Sample, ...]:
    """Return the images that `explorer.training.film.watched_images` takes, too."""
    numbers = np.linspace(0, len(found) - 1, min(FILM_IMAGES, len(found))).astype(int)
    return tuple(found[int(number)] for number in numbers)


def _to_come(dataset: str) -> tuple[str, ...]:
    if not is_named(dataset):
        return ()
    from explorer.datasets import classes_to_come  # with all that makes sets

    return classes_to_come(dataset)
