"""Pascal VOC annotations where every box must be right: all that choosing anchors needs.

`explorer.datasets.importers.voc` reads the files; here what it found is refused unless it is
whole.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.annotations import Annotation, LabelledImage
from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.voc import read as read_voc
from explorer.datasets.labels import OUTSIDE_TOLERANCE
from explorer.i18n import _
from explorer.images import read_header


@dataclass(frozen=True, eq=False)
class VocImage:
    """One annotated image."""

    path: Path | None
    """The image; None where only its annotation is there."""
    annotation: Path
    boxes: NDArray[np.float32]
    """(G, 4) float32, corner, normalised: G is 0 for an image with nothing on it."""
    class_names: tuple[str, ...]
    """Of each box."""


def list_voc(folder: Path) -> list[VocImage]:
    """Read all annotations in a folder and in the folders below it, in order of their paths.

    See `read_voc` for how images are found and pixels are counted. An image is opened only
    where its annotation lacks its size.

    Returns
    -------
    list of VocImage
        Empty if there is no ``.xml`` file.

    Raises
    ------
    ValueError
        If an annotation is damaged or no annotation, a box is inverted or reaches out of its
        image, or an image's size is told nowhere: one sentence with the file's name.
    """
    return [_strict(image) for image in read_voc(ImageFiles(folder)).images]


def _strict(image: LabelledImage) -> VocImage:
    path = image.label_file
    if image.problems:
        raise ValueError(image.problems[0])
    width, height = image.said_size_px or _size(image)
    boxes, names = [], []
    for one in image.objects:
        if not one.class_name:
            raise ValueError(_("{name} has an object without a name", name=path.name))
        boxes.append(_box(one, path, width, height))
        names.append(one.class_name)
    corners = np.array(boxes, dtype=np.float32).reshape(-1, 4)
    return VocImage(image.path, path, corners, tuple(names))


def _size(image: LabelledImage) -> tuple[int, int]:
    """Return width and height, px."""
    if image.path is None:
        text = _("{name} does not tell the size of its image, and the image is not beside it")
        raise ValueError(text.format(name=image.label_file.name))
    return read_header(image.path).size_px


def _box(one: Annotation, path: Path, width: float, height: float) -> tuple[float, ...]:
    if any(math.isnan(side) for side in one.box_px):
        text = _("{name} has a {class_name} whose box lacks one of xmin, ymin, xmax, ymax")
        raise ValueError(text.format(name=path.name, class_name=one.class_name))
    x0, y0, x1, y1 = one.box_px
    left_filed, top_filed = (side + 1 if side >= 0 else side for side in (x0, y0))
    shown = f"({left_filed:g}, {top_filed:g}, {x1:g}, {y1:g})"
    if x1 < left_filed or y1 < top_filed:
        text = _(
            "{name} has a {class_name} whose box {shown} is inverted: expected xmin, ymin, xmax, "
            "ymax"
        )
        raise ValueError(text.format(name=path.name, class_name=one.class_name, shown=shown))
    sides = (x0 / width, y0 / height, x1 / width, y1 / height)
    left, top, right, bottom = (min(max(side, 0.0), 1.0) for side in sides)
    out = max(-left_filed / width, x1 / width - 1, -top_filed / height, y1 / height - 1)
    if out > OUTSIDE_TOLERANCE or right <= left or bottom <= top:
        text = _(
            "{name} has a {class_name} whose box {shown} reaches out of its image of "
            "{width:g}×{height:g} px"
        )
        raise ValueError(
            text.format(
                name=path.name, class_name=one.class_name, shown=shown, width=width, height=height
            )
        )
    return left, top, right, bottom
