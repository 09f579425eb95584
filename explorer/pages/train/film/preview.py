"""What a film is going to watch: shown until the run has its own images."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.datasets import open_dataset
from explorer.datasets.catalog import is_named
from explorer.datasets.records.dataset import Sample
from explorer.training.film import film_samples


@dataclass(frozen=True, eq=False)
class FilmPreview:
    """The validation images that a run on a data set would watch."""

    dataset: str
    """As it was asked for."""
    class_names: tuple[str, ...]
    """What a run on it learns to find; empty if nobody can know yet."""
    samples: tuple[Sample, ...]
    of: str
    """Whose images they are: those of `sample` where the set is not there yet."""


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
        from explorer.datasets import classes_to_come  # with all that makes sets

        class_names = classes_to_come(dataset) if is_named(dataset) else ()
        return FilmPreview(dataset, class_names, film_samples(open_dataset("sample")), "sample")
    return FilmPreview(dataset, found.class_names, film_samples(found), dataset)
