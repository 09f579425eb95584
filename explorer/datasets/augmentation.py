"""Random crops and colours for training images; a pure function of the random generator."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["MODES", "augment"]

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
    if mode not in MODES:
        raise ValueError(f"augment must be one of {', '.join(MODES)}, got {mode!r}")
    labels = np.array(labels, dtype=np.float32).reshape(-1, 5)
    if mode != "none":
        image, labels = _cropped(image, labels, rng)
    shrinks = image.shape[0] > size_px or image.shape[1] > size_px
    if image.shape[:2] != (size_px, size_px):
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        image = np.asarray(cv2.resize(image, (size_px, size_px), interpolation=method), np.uint8)
    if mode == "full":
        if rng.random() < 0.5:
            image = np.asarray(cv2.flip(image, 1), np.uint8)
            labels[:, [1, 3]] = 1.0 - labels[:, [3, 1]]
        image = _recoloured(image, rng)
    return image, labels


def _cropped(
    image: NDArray[np.uint8], labels: NDArray[np.float32], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    height, width = image.shape[:2]
    # All attempts are drawn and judged at once; the first that keeps every object is taken.
    area = rng.uniform(*CROP_AREA, size=CROP_ATTEMPTS)
    low, high = (float(np.log(ratio)) for ratio in CROP_ASPECT)
    aspect = np.exp(rng.uniform(low, high, size=CROP_ATTEMPTS))
    place = rng.random((CROP_ATTEMPTS, 2))
    sides = np.minimum(np.sqrt(np.stack([area * aspect, area / aspect], axis=1)), 1.0)
    sides_px = np.maximum(np.rint(sides * (width, height)), 1).astype(np.int64)
    starts_px = np.rint(place * ((width, height) - sides_px)).astype(np.int64)
    crops_px = np.concatenate([starts_px, starts_px + sides_px], axis=1)
    covered = _covered(labels[:, 1:], crops_px / (width, height, width, height))
    good = np.nonzero((covered >= LEAST_COVERED).all(axis=1))[0]
    if not len(good):
        return image, labels
    left, top, right, bottom = (int(edge) for edge in crops_px[good[0]])
    labels = labels.copy()
    labels[:, [1, 3]] = (labels[:, [1, 3]] * width - left) / (right - left)
    labels[:, [2, 4]] = (labels[:, [2, 4]] * height - top) / (bottom - top)
    np.clip(labels[:, 1:], 0.0, 1.0, out=labels[:, 1:])
    return image[top:bottom, left:right], labels


def _covered(boxes: NDArray[np.float32], crops: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (K, G): what part of each box's area each of K crops keeps."""
    low = np.maximum(boxes[None, :, :2], crops[:, None, :2])
    high = np.minimum(boxes[None, :, 2:], crops[:, None, 2:])
    kept = np.clip(high - low, 0.0, None).prod(axis=-1)
    return np.asarray(kept / (boxes[:, 2:] - boxes[:, :2]).prod(axis=-1))


def _recoloured(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Change brightness, contrast and saturation: all linear, so one matrix does all three."""
    brightness, contrast, saturation = 1.0 + rng.uniform(-1.0, 1.0, 3) * (
        BRIGHTNESS,
        CONTRAST,
        SATURATION,
    )
    mixed = saturation * np.eye(3) + (1.0 - saturation) * np.tile(_GREY, (3, 1))
    matrix = brightness * contrast * mixed
    offset = brightness * (1.0 - contrast) * float(_GREY @ cv2.mean(image)[:3])
    return np.asarray(cv2.transform(image, np.column_stack([matrix, [offset] * 3])), np.uint8)
