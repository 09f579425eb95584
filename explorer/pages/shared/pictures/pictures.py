"""Pictures that a page shows: those of data sets with their ground truth, and uploaded ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from explorer.datasets import RecordDataset


@dataclass(frozen=True, eq=False)
class Picture:
    """One image to look at."""

    image: NDArray[np.uint8]
    """(H, W, 3) uint8, RGB."""
    name: str
    """As the user knows it: hostile until escaped."""
    labels: NDArray[np.float32] | None = None
    """(G, 5) float32, or None: class_id and a corner box, normalised; None where the truth is
    not known.
    """
    class_names: tuple[str, ...] = ()
    """Of `labels`; a model may know other classes."""

    @property
    def width_px(self) -> int:
        """Width of the image."""
        return int(self.image.shape[1])

    @property
    def height_px(self) -> int:
        """Height of the image."""
        return int(self.image.shape[0])


class Samples(Sequence[Picture]):
    """The images of a data set as pictures, read when they are asked for.

    Each is named after its set: "cards · val 1".
    """

    def __init__(self, dataset: RecordDataset) -> None:
        self._dataset = dataset

    def __len__(self) -> int:
        return len(self._dataset)

    @overload
    def __getitem__(self, index: int) -> Picture: ...
    @overload
    def __getitem__(self, index: slice) -> list[Picture]: ...

    def __getitem__(self, index: int | slice) -> Picture | list[Picture]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"there are {len(self)} samples, no number {index}")
        index %= len(self)
        sample, path = self._dataset[index], self._dataset.path
        return Picture(
            sample.image,
            f"{path.parent.name} · {path.stem} {index + 1}",
            sample.labels,
            tuple(self._dataset.class_names),
        )
