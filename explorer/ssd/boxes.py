"""Boxes: formats, area and intersection over union.

A bare `boxes` is corner format (xmin, ymin, xmax, ymax), normalised to [0, 1]; coordinates
outside of that range are allowed, since anchors and predictions reach over the border.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.i18n import _

Float32 = NDArray[np.float32]


def check_boxes(boxes: ArrayLike, name: str) -> Float32:
    """Return `boxes` as a float32 array after checking that it holds boxes.

    Parameters
    ----------
    boxes : (N, 4) numbers, corner
        N may be 0. A box may have no area, but may not be turned inside out.
    name : str
        How the error calls the argument.

    Returns
    -------
    (N, 4) float32, corner
        The same array when it already is float32.

    Raises
    ------
    ValueError
        If the shape is not (N, 4), a coordinate is not finite, or a maximum is less than
        its minimum.
    """
    checked = _four_columns(boxes, name)
    inverted = (checked[:, 2:] < checked[:, :2]).any(axis=1)
    if inverted.any():
        row = int(inverted.argmax())
        text = _(
            "{name}: row {row} is {values}, but xmin must not exceed xmax nor ymin ymax: give "
            "corners as (xmin, ymin, xmax, ymax)"
        )
        raise ValueError(text.format(name=name, row=row, values=checked[row].tolist()))
    return checked


def corner_to_center(boxes: ArrayLike) -> Float32:
    """Turn corners into centres; the inverse of `center_to_corner`.

    Parameters
    ----------
    boxes : (N, 4) float32, corner

    Returns
    -------
    (N, 4) float32
        (x, y, width, height), in the units of `boxes`.
    """
    corner = check_boxes(boxes, "boxes")
    middle = (corner[:, :2] + corner[:, 2:]) / np.float32(2)
    return np.concatenate([middle, corner[:, 2:] - corner[:, :2]], axis=1)


def center_to_corner(boxes_center: ArrayLike) -> Float32:
    """Turn centres into corners; the inverse of `corner_to_center`.

    Parameters
    ----------
    boxes_center : (N, 4) float32
        (x, y, width, height).

    Returns
    -------
    (N, 4) float32, corner

    Raises
    ------
    ValueError
        If a width or height in `boxes_center` is negative or a number is not finite.
    """
    center = _four_columns(boxes_center, "boxes_center")
    if (center[:, 2:] < 0).any():
        row = int((center[:, 2:] < 0).any(axis=1).argmax())
        text = _(
            "boxes_center: row {row} is {values}, but width and height must be 0 or more: give "
            "boxes as (x, y, width, height)"
        )
        raise ValueError(text.format(row=row, values=center[row].tolist()))
    half = center[:, 2:] / np.float32(2)
    return np.concatenate([center[:, :2] - half, center[:, :2] + half], axis=1)


def clip(boxes: ArrayLike) -> Float32:
    """Cut boxes at the border of the image: every coordinate lies in [0, 1] afterwards.

    A box that lies outside of the image collapses to zero area on its border.
    """
    return np.clip(check_boxes(boxes, "boxes"), np.float32(0), np.float32(1))


def area(boxes: ArrayLike) -> Float32:
    """Return width times height of (N, 4) corner boxes, shape (N,)."""
    return _area(check_boxes(boxes, "boxes"))


def iou(boxes_a: ArrayLike, boxes_b: ArrayLike) -> Float32:
    """Intersection over union of every pair; 0 where the union has no area.

    Symmetric, in [0, 1], and 1 for a box of positive area with itself. The arithmetic is
    float32 in the order of MXNet's operators, so that ties fall the same way there.

    Parameters
    ----------
    boxes_a : (N, 4) float32, corner
    boxes_b : (M, 4) float32, corner

    Returns
    -------
    (N, M) float32
        N or M may be 0.

    References
    ----------
    Liu et al. 2016, arXiv:1512.02325, section 2.2: the "jaccard overlap".
    """
    a = check_boxes(boxes_a, "boxes_a")
    b = check_boxes(boxes_b, "boxes_b")
    # One coordinate at a time: (N, M) arrays are several times faster than (N, M, 2) ones.
    overlap = [
        np.maximum(
            np.minimum(a[:, axis + 2, None], b[:, axis + 2])
            - np.maximum(a[:, axis, None], b[:, axis]),
            np.float32(0),
        )
        for axis in (0, 1)
    ]
    intersection = overlap[0] * overlap[1]
    union = _area(a)[:, None] + _area(b) - intersection
    result: Float32 = np.zeros_like(union)
    np.divide(intersection, union, out=result, where=union > 0)
    return result


def _area(boxes: Float32) -> Float32:
    result: Float32 = np.multiply(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    return result


def _four_columns(boxes: ArrayLike, name: str) -> Float32:
    try:
        checked = np.asarray(boxes, dtype=np.float32)
    except (TypeError, ValueError):
        raise ValueError(_("{name} must be an (N, 4) array of numbers", name=name)) from None
    if checked.ndim != 2 or checked.shape[1] != 4:
        text = _("{name} must have shape (N, 4), got {shape}")
        raise ValueError(text.format(name=name, shape=checked.shape))
    if not np.isfinite(checked).all():
        row = int((~np.isfinite(checked)).any(axis=1).argmax())
        text = _("{name}: row {row} is {values}, but coordinates must be finite")
        raise ValueError(text.format(name=name, row=row, values=checked[row].tolist()))
    return checked
