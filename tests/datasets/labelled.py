"""Small sets of labels for the tests."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.datasets.annotations import Annotation, AnnotationSet, LabelledImage

Box = tuple[float, float, float, float]
Objects = Sequence[tuple[str, Box]]


def picture(
    path: Path | None = None,
    seed: int = 0,
    size: tuple[int, int] = (60, 40),
    mode: str = "RGB",
    orientation: int = 1,
    kind: str = "JPEG",
) -> bytes:
    """Return an image of coarse patches, no two alike; `size` is that of the stored pixels."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).convert(mode)
    exif = Image.Exif()
    if orientation != 1:
        exif[0x0112] = orientation
    stream = io.BytesIO()
    image.save(stream, kind, exif=exif)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stream.getvalue())
    return stream.getvalue()


def labelled(
    name: str, objects: Objects = (), path: Path | None = None, **more: object
) -> LabelledImage:
    found = tuple(
        Annotation(label, box, f"object {place}") for place, (label, box) in enumerate(objects, 1)
    )
    return LabelledImage(name, path, Path("labels"), objects=found, **more)


def a_set(*images: LabelledImage, root: Path = Path(), **more: object) -> AnnotationSet:
    names = sorted({one.class_name for image in images for one in image.objects})
    given = {"class_names": tuple(names), "split": {}, **more}
    return AnnotationSet(root, "voc", images, **given)


def set_of(folder: Path, objects: Sequence[Objects]) -> AnnotationSet:
    """Return a set with an image in `folder` for each entry, 60×40 px."""
    images = []
    for number, rows in enumerate(objects):
        path = folder / f"{number}.jpg"
        picture(path, number)
        images.append(labelled(path.name, rows, path))
    return a_set(*images, root=folder)


def boxes_of(image: LabelledImage) -> list[tuple[str, Box]]:
    return [(one.class_name, one.box_px) for one in image.objects]
