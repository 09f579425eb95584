"""Random crops and colours for training images; a pure function of the random generator."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _

MODES = ("none", "crop", "full")

LEAST_COVERED = 0.95
"""What part of every object a crop must keep."""

CROP_AREA = (0.4, 1.0)
"""Relative to the image. MXNet's iterator starts at 0.05, which magnifies so much that small
objects are hardly ever seen small."""

CROP_ASPECT = (0.8, 1.25)
"""Width over height of a crop, relative to the image's: how much an object may be stretched."""

CROP_ATTEMPTS = 50

BRIGHTNESS, CONTRAST, SATURATION = 0.2, 0.2, 0.3
_GREY = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True)
class ImageChange:
    """What happens to one image; `draw_change` draws it, `apply_change` does it."""

    crop_px: tuple[int, int, int, int] | None = None
    """(left, top, right, bottom) in px of the image; None where the whole image is kept."""
    mirrored: bool = False
    colors: tuple[float, float, float] | None = None
    """(brightness, contrast, saturation) or None: factors; 1 changes nothing."""


def augment(
    image: NDArray[np.uint8],
    labels: NDArray[np.float32],
    size_px: int,
    rng: np.random.Generator,
    mode: str,
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return a changed image of `size_px` square, and its labels.

    Parameters
    ----------
    image : (H, W, 3) uint8, RGB
    labels : (G, 5) float32
        class_id, corner box, normalised; G = 0 is allowed.
    mode : {"none", "crop", "full"}
        Resize only; a random crop that keeps `LEAST_COVERED` of every object; the crop, a
        mirror image every other time, and brightness, contrast, saturation.

    Returns
    -------
    (size_px, size_px, 3) uint8 and (G, 5) float32
        In the order given, boxes normalised to the crop and cut at its border.
    """
    change = draw_change((image.shape[1], image.shape[0]), labels, rng, mode)
    return apply_change(image, labels, size_px, change)


def draw_change(
    image_px: tuple[int, int], labels: NDArray[np.float32], rng: np.random.Generator, mode: str
) -> ImageChange:
    """Draw what happens to an image of width and height `image_px`; the others as `augment`."""
    if mode not in MODES:
        text = _("augment must be one of {names}, got {mode!r}")
        raise ValueError(text.format(names=", ".join(MODES), mode=mode))
    if mode == "none":
        return ImageChange()
    boxes = np.asarray(labels, dtype=np.float32).reshape(-1, 5)[:, 1:]
    crop_px = _draw_crop(image_px, boxes, rng)
    if mode == "crop":
        return ImageChange(crop_px)
    mirrored = bool(rng.random() < 0.5)
    factors = 1.0 + rng.uniform(-1.0, 1.0, 3) * (BRIGHTNESS, CONTRAST, SATURATION)
    brightness, contrast, saturation = factors.tolist()
    return ImageChange(crop_px, mirrored, (brightness, contrast, saturation))


def apply_change(
    image: NDArray[np.uint8], labels: NDArray[np.float32], size_px: int, change: ImageChange
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Do what was drawn for an image of this size; parameters and result are as of `augment`."""
    labels = np.array(labels, dtype=np.float32).reshape(-1, 5)
    if change.crop_px is not None:
        height, width = image.shape[:2]
        left, top, right, bottom = change.crop_px
        labels[:, [1, 3]] = (labels[:, [1, 3]] * width - left) / (right - left)
        labels[:, [2, 4]] = (labels[:, [2, 4]] * height - top) / (bottom - top)
        np.clip(labels[:, 1:], 0.0, 1.0, out=labels[:, 1:])
        image = image[top:bottom, left:right]
    shrinks = image.shape[0] > size_px or image.shape[1] > size_px
    if image.shape[:2] != (size_px, size_px):
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        image = np.asarray(cv2.resize(image, (size_px, size_px), interpolation=method), np.uint8)
    if change.mirrored:
        image = np.asarray(cv2.flip(image, 1), np.uint8)
        labels[:, [1, 3]] = 1.0 - labels[:, [3, 1]]
    if change.colors is not None:
        image = _recoloured(image, *change.colors)
    return image, labels


def _draw_crop(
    image_px: tuple[int, int], boxes: NDArray[np.float32], rng: np.random.Generator
) -> tuple[int, int, int, int] | None:
    """Return the first of `CROP_ATTEMPTS` crops that keeps every object, in px; None if none."""
    width, height = image_px
    # All attempts are drawn and judged at once.
    area = rng.uniform(*CROP_AREA, size=CROP_ATTEMPTS)
    low, high = (float(np.log(ratio)) for ratio in CROP_ASPECT)
    aspect = np.exp(rng.uniform(low, high, size=CROP_ATTEMPTS))
    place = rng.random((CROP_ATTEMPTS, 2))
    sides = np.minimum(np.sqrt(np.stack([area * aspect, area / aspect], axis=1)), 1.0)
    sides_px = np.maximum(np.rint(sides * (width, height)), 1).astype(np.int64)
    starts_px = np.rint(place * ((width, height) - sides_px)).astype(np.int64)
    crops_px = np.concatenate([starts_px, starts_px + sides_px], axis=1)
    kept = covered(boxes, crops_px / (width, height, width, height))
    good = np.nonzero((kept >= LEAST_COVERED).all(axis=1))[0]
    if not len(good):
        return None
    left, top, right, bottom = crops_px[good[0]].tolist()
    return left, top, right, bottom


def covered(boxes: NDArray[np.float32], crops: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (K, G): what part of each box's area each of K crops keeps.

    Parameters
    ----------
    boxes : (G, 4) float32, corner
    crops : (K, 4) float64, corner
        In the same unit.
    """
    low = np.maximum(boxes[None, :, :2], crops[:, None, :2])
    high = np.minimum(boxes[None, :, 2:], crops[:, None, 2:])
    kept = np.clip(high - low, 0.0, None).prod(axis=-1)
    return np.asarray(kept / (boxes[:, 2:] - boxes[:, :2]).prod(axis=-1))


def _recoloured(
    image: NDArray[np.uint8], brightness: float, contrast: float, saturation: float
) -> NDArray[np.uint8]:
    """Change brightness, contrast and saturation: all linear, so one matrix does all three."""
    mixed = saturation * np.eye(3) + (1.0 - saturation) * np.tile(_GREY, (3, 1))
    matrix = brightness * contrast * mixed
    offset = brightness * (1.0 - contrast) * float(_GREY @ cv2.mean(image)[:3])
    return np.asarray(cv2.transform(image, np.column_stack([matrix, [offset] * 3])), np.uint8)
