"""The photographs that a page offers: the data sets that are there, and the user's own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.datasets import dataset_names, open_dataset
from explorer.i18n import _
from explorer.images import read_image
from explorer.pages.shared.pictures.pictures import Picture, Samples

UPLOAD = "upload"
"""The “data set” of the user's own images."""

FIRST = "sample"
"""It ships, so that it is there at once; others are looked for when a browser has come."""

MOST_UPLOADED_PX = 60_000_000
"""The oldest of the user's images leave when all of them together are larger: 180 MB."""


_NO_PHOTOGRAPH = (Picture(np.full((256, 256, 3), 225, np.uint8), "–"),)
"""Stands for what ships where that is damaged or gone, so that a page has something to draw on."""


class Photographs:
    """Pictures by data set and number, read when they are asked for.

    Attributes
    ----------
    problem : str
        One sentence about a set that is there and cannot be opened; empty when all is well.
    """

    def __init__(self) -> None:
        self.problem = ""
        self._sets: dict[str, Sequence[Picture]] = {}
        self._uploads: list[Picture] = []
        self._last: tuple[str, int, Picture] | None = None
        self._open(FIRST)

    def look(self) -> None:
        """Find the named data sets that are there by now."""
        self.problem = ""
        for name in dict.fromkeys((FIRST, *dataset_names())):
            if self._sets.get(name, _NO_PHOTOGRAPH) is _NO_PHOTOGRAPH:
                self._open(name)

    @property
    def counts(self) -> dict[str, int]:
        """How many photographs each set has; sets without any are left out."""
        return {name: len(pictures) for name, pictures in self._sets.items() if len(pictures)}

    def pictures(self, dataset: str) -> Sequence[Picture]:
        """Return a set's pictures; empty where it has none."""
        return self._sets.get(dataset, ())

    def get(self, dataset: str, number: int) -> Picture:
        """Return one picture; `counts` says which there are. The last one is kept."""
        if self._last is None or self._last[:2] != (dataset, number):
            self._last = (dataset, number, self._sets[dataset][number])
        return self._last[2]

    def upload(self, content: bytes | memoryview, name: str) -> int:
        """Take one of the user's own images, which has no objects yet; return its number.

        The oldest ones leave when there are too many to keep.

        Raises
        ------
        ValueError
            If it is not a readable image; the earlier ones stay.
        """
        return self.add(Picture(read_image(content, name), name, class_names=(_("object"),)))

    def add(self, picture: Picture) -> int:
        """Take a picture of the user's; return its number in `UPLOAD`."""
        kept = [*self._uploads, picture]
        while len(kept) > 1 and sum(p.width_px * p.height_px for p in kept) > MOST_UPLOADED_PX:
            del kept[0]
        self._uploads = self._sets[UPLOAD] = kept
        self._last = None
        return len(kept) - 1

    def _open(self, name: str) -> None:
        try:
            self._sets[name] = Samples(open_dataset(name, "val"))
        except (ValueError, OSError) as error:
            self.problem = str(error)
            if name == FIRST:
                self._sets[name] = _NO_PHOTOGRAPH
