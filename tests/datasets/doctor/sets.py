"""Sets of real JPEGs with good labels, for faults to be planted in."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from explorer.datasets.annotations import Annotation, AnnotationSet, LabelledImage

WIDTH, HEIGHT = 320, 200
SIZE = (WIDTH, HEIGHT)

Box = tuple[float, float, float, float]


def photograph(seed: int, size: tuple[int, int] = SIZE) -> Image.Image:
    """No two seeds look alike."""
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 8, 3), dtype=np.uint8)
    return Image.fromarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC))


def jpeg(image: Image.Image, orientation: int = 1, quality: int = 90) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=quality, exif=exif)
    return packed.getvalue()


def good_boxes(seed: int, number: int = 3, size: tuple[int, int] = SIZE) -> list[Box]:
    """Boxes of an image, each in its own column: none overlaps another."""
    rng = np.random.default_rng(seed)
    column = size[0] / number
    boxes = []
    for place in range(number):
        x0 = column * place + rng.uniform(0.02, 0.2) * column
        x1 = column * (place + 1) - rng.uniform(0.02, 0.2) * column
        y0, y1 = rng.uniform(0, 0.4) * size[1], rng.uniform(0.6, 1) * size[1]
        boxes.append((round(x0, 1), round(y0, 1), round(x1, 1), round(y1, 1)))
    return boxes


def good_image(folder: Path, number: int, boxes: Iterable[Box] | None = None) -> LabelledImage:
    path = folder / f"{number:02}.jpg"
    path.write_bytes(jpeg(photograph(number)))
    objects = tuple(
        Annotation(("cat", "dog")[place % 2], box, f"object {place}")
        for place, box in enumerate(good_boxes(number) if boxes is None else boxes, start=1)
    )
    return LabelledImage(path.name, path, path.with_suffix(".xml"), SIZE, objects)


def good_set(folder: Path, number: int = 6) -> AnnotationSet:
    images = tuple(good_image(folder, each) for each in range(number))
    return AnnotationSet(folder, "voc", images, ("cat", "dog"), {})


def changed(annotations: AnnotationSet, number: int, **changes: Any) -> AnnotationSet:
    """Return the set with another image `number`."""
    images = list(annotations.images)
    images[number] = replace(images[number], **changes)
    return replace(annotations, images=tuple(images))


def with_box(
    annotations: AnnotationSet, number: int, place: int, box: Box, **changes: Any
) -> AnnotationSet:
    """Return the set with another box `place` on image `number`."""
    objects = list(annotations.images[number].objects)
    objects[place] = replace(objects[place], box_px=box, **changes)
    return changed(annotations, number, objects=tuple(objects))


def converted(
    annotations: AnnotationSet, convert: Callable[[Box], Box], numbers: Iterable[int] | None = None
) -> AnnotationSet:
    """Return the set with all boxes of some images converted, by default of all."""
    images = list(annotations.images)
    for number in range(len(images)) if numbers is None else numbers:
        objects = tuple(replace(one, box_px=convert(one.box_px)) for one in images[number].objects)
        images[number] = replace(images[number], objects=objects)
    return replace(annotations, images=tuple(images))
