"""What a label must be, and what is wrong with one that is not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["clean", "padded", "problem"]

OUTSIDE_TOLERANCE = 0.01
"""Boxes drawn by hand often overshoot the image by a rounding; they are cut, not refused."""

PIXEL_LIMIT = 2.0
"""No sloppy relative box reaches this far, and nearly every box in pixels does."""


def problem(labels: NDArray[np.float32], num_classes: int | None = None) -> str | None:
    """Return what is wrong with the labels of one image, or None.

    Parameters
    ----------
    labels : (G, 5) float32
        class_id, corner box. Rows of class -1 are padding and are not looked at.
    num_classes : int, optional
        None allows any class.
    """
    objects = labels[labels[:, 0] != -1]
    if not np.isfinite(objects).all():
        return "a label is not a finite number"
    class_ids, boxes = objects[:, 0], objects[:, 1:]
    strange = class_ids[(class_ids < 0) | (class_ids != np.floor(class_ids))]
    if len(strange):
        return f"class {strange[0]:g} is not a whole number from 0"
    if num_classes is not None and (class_ids >= num_classes).any():
        classes = f"{num_classes} class{'' if num_classes == 1 else 'es'}"
        return f"class {class_ids.max():.0f}, the data set has {classes}"
    if (np.abs(boxes) > PIXEL_LIMIT).any():
        return "boxes look like pixels, expected 0–1"
    for row in boxes:
        text = ", ".join(f"{value:g}" for value in row)
        if row[2] <= row[0] or row[3] <= row[1]:
            return f"box ({text}) is empty or inverted, expected xmin, ymin, xmax, ymax"
        if row.min() < -OUTSIDE_TOLERANCE or row.max() > 1 + OUTSIDE_TOLERANCE:
            return f"box ({text}) reaches out of the image"
        if min(row[2:]) <= 0 or max(row[:2]) >= 1:
            return f"box ({text}) is outside of the image"
    return None


def clean(labels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return labels without padding rows, boxes cut at the image's border."""
    objects = np.array(labels[labels[:, 0] != -1], dtype=np.float32)
    np.clip(objects[:, 1:], 0.0, 1.0, out=objects[:, 1:])
    return objects


def padded(labels: NDArray[np.float32], num_rows: int) -> NDArray[np.float32]:
    """Return (num_rows, 5): the labels, then rows of -1.

    Raises
    ------
    ValueError
        If there are more labels than rows.
    """
    if len(labels) > num_rows:
        raise ValueError(f"{len(labels)} labels do not fit into {num_rows} rows")
    rows = np.full((num_rows, 5), -1.0, dtype=np.float32)
    rows[: len(labels)] = labels
    return rows
