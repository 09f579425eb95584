"""The photographs that a page offers: the data sets that are there, and the reader's own."""

from __future__ import annotations

from explorer.datasets import dataset_names, open_dataset
from explorer.i18n import _
from explorer.images import read_image
from explorer.viewmodels.pictures import Picture, Samples

__all__ = ["UPLOAD", "Photographs"]

UPLOAD = "upload"
"""The “data set” of the reader's own image."""

FIRST = "sample"
"""It ships, so that it is there at once; others are looked for when a browser has come."""


class Photographs:
    """Pictures by data set and number, read when they are asked for."""

    def __init__(self) -> None:
        self._sets: dict[str, Samples | list[Picture]] = {}
        self._last: tuple[str, int, Picture] | None = None
        self._open(FIRST)

    def look(self) -> None:
        """Find the named data sets that are there by now."""
        for name in dataset_names():
            if name not in self._sets:
                self._open(name)

    @property
    def counts(self) -> dict[str, int]:
        """How many photographs each set has; sets without any are left out."""
        return {name: len(pictures) for name, pictures in self._sets.items() if len(pictures)}

    def get(self, dataset: str, number: int) -> Picture:
        """Return one picture; `counts` says which there are. The last one is kept."""
        if self._last is None or self._last[:2] != (dataset, number):
            self._last = (dataset, number, self._sets[dataset][number])
        return self._last[2]

    def upload(self, content: bytes | memoryview, name: str) -> Picture:
        """Take the reader's own image, which has no objects yet.

        Raises
        ------
        ValueError
            If it is not a readable image; an earlier one stays.
        """
        picture = Picture(read_image(content, name), name, class_names=(_("object"),))
        self._sets[UPLOAD] = [picture]
        self._last = None
        return picture

    def _open(self, name: str) -> None:
        self._sets[name] = Samples(open_dataset(name, "val"))
