"""All boxes of a set as arrays, measured as the building of records measures them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.annotations import AnnotationSet, LabelledImage
from explorer.datasets.folder_in_place import CancelledError
from explorer.datasets.importers.folder.image_files import size_of
from explorer.datasets.labels import OUTSIDE_TOLERANCE
from explorer.datasets.own.class_list import found_classes
from explorer.datasets.records.image_bytes import ImageBytes
from explorer.datasets.walking import Cancelled
from explorer.i18n import _
from explorer.images import read_header

Size = tuple[int, int]

_SAME_SHAPE = 0.01
"""A label file may speak of the image at another size, but not of another shape."""


@dataclass(frozen=True, eq=False)
class BoxTable:
    """The N objects on I images, image after image."""

    class_names: tuple[str, ...]
    """The set's list, then what objects are called beside it; may have ""."""
    starts: NDArray[np.int64]
    """(I + 1,) int64: the objects of image i are rows ``starts[i]`` to ``starts[i + 1]``."""
    image: NDArray[np.int64]
    """(N,) int64."""
    class_id: NDArray[np.int64]
    """(N,) int64."""
    boxes: NDArray[np.float32]
    """(N, 4) float32, corner, normalised, cut at the border: NaN where not `measured`."""
    measured: NDArray[np.bool_]
    """(N,) bool: boxes that can be trained on: their image's size is known, and they are the
    right way round and within it, or overshoot by a rounding. The label doctor says what is
    wrong with the others.
    """

    @property
    def num_images(self) -> int:
        """Those without an object, too."""
        return len(self.starts) - 1

    @property
    def objects_on(self) -> NDArray[np.int64]:
        """How many objects each image has, (I,)."""
        return np.diff(self.starts)

    def rows_of(self, image: int) -> slice:
        """Return the rows of an image's objects."""
        return slice(int(self.starts[image]), int(self.starts[image + 1]))

    def sides_px(self, input_size: int) -> NDArray[np.float32]:
        """Return width and height, (N, 2), on the square of `input_size` that is trained on."""
        return (self.boxes[:, 2:] - self.boxes[:, :2]) * np.float32(input_size)

    def sizes_px(self, input_size: int) -> NDArray[np.float32]:
        """Return √(width × height), (N,), on the square of `input_size` that is trained on."""
        return np.sqrt(self.sides_px(input_size).prod(axis=1))


def box_table(annotations: AnnotationSet, cancelled: Cancelled = lambda: False) -> BoxTable:
    """Measure the boxes of a set. No image is unpacked.

    Where a label file does not say its image's size, the image's header is read, which takes a
    second for some thousand images.

    Raises
    ------
    CancelledError
        If `cancelled` returned True; it is asked at each header.
    """
    images = annotations.images
    names = tuple(found.name for found in found_classes(annotations))
    number = {name: class_id for class_id, name in enumerate(names)}
    counts = np.array([len(image.objects) for image in images], dtype=np.int64)
    owner = np.repeat(np.arange(len(images)), counts)
    objects = [one for image in images for one in image.objects]
    class_id = np.array([number[one.class_name] for one in objects], dtype=np.int64)
    boxes_px = np.array([one.box_px for one in objects], dtype=np.float64).reshape(-1, 4)
    sizes = np.tile(_sizes(images, cancelled), 2)[owner]
    with np.errstate(invalid="ignore", over="ignore"):
        boxes = boxes_px / sizes
        low, high = boxes.min(axis=1, initial=np.inf), boxes.max(axis=1, initial=-np.inf)
        inside = (low >= -OUTSIDE_TOLERANCE) & (high <= 1 + OUTSIDE_TOLERANCE)
        cut = boxes.clip(0, 1).astype(np.float32)
        measured = inside & (cut[:, 2:] > cut[:, :2]).all(axis=1)
    cut[~measured] = np.nan
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return BoxTable(names, starts, owner, class_id, cut, measured)


def counted_in(image: LabelledImage, size_px: Size) -> Size:
    """Return what the boxes of an image are relative to.

    The size that its label says, where that has the image's shape; else the image's own.

    Parameters
    ----------
    size_px : (width, height)
        Of the upright image.
    """
    said = image.said_size_px
    if said is None or min(said) <= 0:
        return size_px
    ratio = said[0] * size_px[1] / (said[1] * size_px[0])
    return said if abs(ratio - 1) <= _SAME_SHAPE else size_px


def _sizes(images: tuple[LabelledImage, ...], cancelled: Cancelled) -> NDArray[np.float64]:
    """Return width and height of each image, (I, 2) px; NaN where nothing tells them."""
    sizes = np.full((len(images), 2), np.nan)
    with ImageBytes() as contents:
        for row, image in zip(sizes, images, strict=True):
            said = image.said_size_px
            if said is not None and min(said) > 0:
                row[:] = said
            elif image.objects:  # without one there is nothing to measure
                if cancelled():
                    raise CancelledError(_("measuring was stopped"))
                found = header_size(image, contents)
                if found is not None:
                    row[:] = found
    return sizes


def header_size(image: LabelledImage, contents: ImageBytes) -> Size | None:
    """Return width and height of the upright image, px; None where they cannot be read."""
    if not image.is_record:
        return size_of(image.path)
    try:
        return read_header(contents.read(image), image.name).size_px
    except (ValueError, OSError):  # the doctor says what is wrong with it
        return None
