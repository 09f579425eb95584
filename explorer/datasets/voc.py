"""Pascal VOC annotations: one XML file an image, as LabelImg and most other tools write it.

VOC counts pixels from 1 and includes the last one, so that the box of a whole image of width W
is 1..W. A box is therefore read as (xmin - 1) / W to xmax / W, and the same for y. Tools that
count from 0 write the same names; their boxes come out a pixel larger at the left and at the
top, and never reach below 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.labels import OUTSIDE_TOLERANCE
from explorer.images import read_image

__all__ = ["VocImage", "list_voc"]

_IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif")
_CORNERS = ("xmin", "ymin", "xmax", "ymax")


@dataclass(frozen=True, eq=False)
class VocImage:
    """One annotated image.

    Attributes
    ----------
    path : Path or None
        The image; None where only its annotation is there.
    annotation : Path
    boxes : (G, 4) float32, corner, normalised
        G is 0 for an image with nothing on it.
    class_names : tuple of str
        Of each box.
    """

    path: Path | None
    annotation: Path
    boxes: NDArray[np.float32]
    class_names: tuple[str, ...]


def list_voc(folder: Path) -> list[VocImage]:
    """Read all annotations in a folder and in the folders below it, in order of their paths.

    An image is looked for beside its annotation, or in ``JPEGImages`` beside the folder
    ``Annotations``, by the annotation's own name and then by the one that stands in it; upper
    and lower case do not matter. It is opened only where the annotation lacks its size.

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
    images = _Images()
    return [_read(path, images) for path in sorted(folder.rglob("*")) if _is_meant(path, folder)]


def _is_meant(path: Path, folder: Path) -> bool:
    """Say whether it is an XML file, and none of those that some systems hide beside ours."""
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.suffix.lower() == ".xml" and not hidden


class _Images:
    """The images of the folders that were looked into, by name in lower case."""

    def __init__(self) -> None:
        self._folders: dict[Path, dict[str, Path]] = {}

    def find(self, annotation: Path, named: str) -> Path | None:
        """Return the image of an annotation, which calls it `named`."""
        folders = [annotation.parent]
        if annotation.parent.name.lower() == "annotations":
            folders.append(annotation.parent.parent / "JPEGImages")
        names = [annotation.stem.lower() + suffix for suffix in _IMAGE_SUFFIXES]
        # Annotations made on Windows may hold a whole path.
        names.append(named.replace("\\", "/").rpartition("/")[2].lower())
        found = (self._in(folder).get(name) for name in names for folder in folders)
        return next((path for path in found if path is not None), None)

    def _in(self, folder: Path) -> dict[str, Path]:
        if folder not in self._folders:
            files: Iterable[Path] = folder.iterdir() if folder.is_dir() else ()
            self._folders[folder] = {
                path.name.lower(): path
                for path in sorted(files)
                if path.suffix.lower() in _IMAGE_SUFFIXES
            }
        return self._folders[folder]


def _read(path: Path, images: _Images) -> VocImage:
    try:
        root = ElementTree.fromstring(path.read_bytes())
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        # The last two: an encoding that is unknown, or of several bytes a character.
        raise ValueError(f"{path.name} is not readable as XML: {error}") from None
    if root.tag != "annotation":
        raise ValueError(
            f"{path.name} is no Pascal VOC annotation: it begins with <{root.tag}>, "
            "not <annotation>"
        )
    image = images.find(path, (root.findtext("filename") or "").strip())
    width, height = _size(root, path, image)
    boxes, names = [], []
    for element in root.findall("object"):
        name = (element.findtext("name") or "").strip()
        if not name:
            raise ValueError(f"{path.name} has an object without a name")
        boxes.append(_box(element, path, name, width, height))
        names.append(name)
    corners = np.array(boxes, dtype=np.float32).reshape(-1, 4)
    return VocImage(image, path, corners, tuple(names))


def _size(root: ElementTree.Element, path: Path, image: Path | None) -> tuple[float, float]:
    """Return width and height, px."""
    sides = [_number(root.findtext(f"size/{name}")) for name in ("width", "height")]
    if all(side > 0 for side in sides):
        return sides[0], sides[1]
    if image is None:
        raise ValueError(
            f"{path.name} does not tell the size of its image, and the image is not beside it"
        )
    height, width = read_image(image).shape[:2]
    return width, height


def _box(
    element: ElementTree.Element, path: Path, name: str, width: float, height: float
) -> tuple[float, ...]:
    corners = [_number(element.findtext(f"bndbox/{corner}")) for corner in _CORNERS]
    if any(math.isnan(corner) for corner in corners):
        raise ValueError(f"{path.name} has a {name} whose box lacks one of {', '.join(_CORNERS)}")
    x0, y0, x1, y1 = corners
    shown = f"({x0:g}, {y0:g}, {x1:g}, {y1:g})"
    if x1 < x0 or y1 < y0:
        raise ValueError(
            f"{path.name} has a {name} whose box {shown} is inverted: expected xmin, ymin, "
            "xmax, ymax"
        )
    out = max(-x0 / width, x1 / width - 1, -y0 / height, y1 / height - 1)
    box = ((x0 - 1) / width, (y0 - 1) / height, x1 / width, y1 / height)
    left, top, right, bottom = (min(max(side, 0.0), 1.0) for side in box)
    if out > OUTSIDE_TOLERANCE or right <= left or bottom <= top:
        raise ValueError(
            f"{path.name} has a {name} whose box {shown} reaches out of its image of "
            f"{width:g}×{height:g} px"
        )
    return left, top, right, bottom


def _number(text: str | None) -> float:
    """Return the number in `text`, NaN where there is none."""
    try:
        number = float(text or "")
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan
