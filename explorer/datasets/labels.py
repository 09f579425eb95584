"""What a label must be, and what is wrong with one that is not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _, ngettext
from explorer.ssd.targets import PIXEL_LIMIT

OUTSIDE_TOLERANCE = 0.01
"""Boxes drawn by hand often overshoot the image by a rounding; they are cut, not refused."""

MAX_OBJECTS = 10_000
"""On one image. No hand draws so many, and no network that sees 256 px tells them apart; matching
alone would take gigabytes."""


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
    if len(objects) > MAX_OBJECTS:
        return too_many(len(objects))
    if not np.isfinite(objects).all():
        return _("a label is not a finite number")
    class_ids, boxes = objects[:, 0], objects[:, 1:]
    strange = class_ids[(class_ids < 0) | (class_ids != np.floor(class_ids))]
    if len(strange):
        return _("class {class_id:g} is not a whole number from 0", class_id=strange[0])
    if num_classes is not None and (class_ids >= num_classes).any():
        return ngettext(
            "class {class_id:.0f}, the data set has {n} class",
            "class {class_id:.0f}, the data set has {n} classes",
            num_classes,
            class_id=class_ids.max(),
        )
    if (np.abs(boxes) > PIXEL_LIMIT).any():
        return _("boxes look like pixels, expected 0–1")
    for row in boxes:
        box = ", ".join(f"{value:g}" for value in row)
        if row[2] <= row[0] or row[3] <= row[1]:
            return _("box ({box}) is empty or inverted, expected xmin, ymin, xmax, ymax", box=box)
        if row.min() < -OUTSIDE_TOLERANCE or row.max() > 1 + OUTSIDE_TOLERANCE:
            return _("box ({box}) reaches out of the image", box=box)
        if min(row[2:]) <= 0 or max(row[:2]) >= 1:
            return _("box ({box}) is outside of the image", box=box)
    return None


def too_many(number: int) -> str:
    """Return the sentence on an image with more than `MAX_OBJECTS` objects."""
    text = _("{number:,} objects on one image, more than the {limit:,} that are read")
    return text.format(number=number, limit=MAX_OBJECTS)


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
        text = _("{num_labels} labels do not fit into {num_rows} rows")
        raise ValueError(text.format(num_labels=len(labels), num_rows=num_rows))
    rows = np.full((num_rows, 5), -1.0, dtype=np.float32)
    rows[: len(labels)] = labels
    return rows
