"""Ways to misread four numbers, and the evidence that a whole set was misread.

One strange box is a slip of a hand; a set in which a good part of the boxes is impossible, and
not one under another reading, was written by a program that meant something else. So units are
judged box by box, where a single box is evidence enough, and orders of numbers over groups.

Units, box by box
    No object is smaller than a pixel, so corners that all lie within 0 to 1 are relative. And no
    slip puts both far edges beyond twice the image while a division by its size brings all
    four back into it.
Orders, over the whole set, then over single images
    Only *gross* misfits count: boxes turned inside out, or beyond the border by more than 5 % of
    the side, which no overshoot of a hand is. A reading is believed if there are at least 3 of
    them and they are at least a tenth of the boxes (in a single image all but a third), if 90 %
    of them and of all boxes fit under it, and if it lets more fit than any other. A box that is
    right as it stands speaks against a reading that would throw it out, so a few slips in a good
    set are never taken for one: with x and y swapped, its boxes near the far end of the longer
    side would lie outside. A tenth may, for some files of a set may have been written rightly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.doctor.kinds import Kind
from explorer.i18n import N_

Float = NDArray[np.float64]
Flags = NDArray[np.bool_]

GROSS = 0.05
LEAST_MISFITS = 3
LEAST_SHARE = 0.1
LEAST_SHARE_OF_IMAGE = 2 / 3
LEAST_FIT = 0.9
TOLERANCE = 0.01
FAR = 2.0


@dataclass(frozen=True)
class BoxReading:
    """Another way to read a box."""

    kind: Kind
    name: str
    """Of the fix, in reports."""
    means: str
    """For a person: what the four numbers mean, marked for translation."""
    convert: Callable[[Float, Float], Float]
    """Takes (N, 4) boxes as they were read and (N, 2) widths and heights; returns (N, 4)
    corners, px.
    """


def _as_center(boxes: Float) -> Float:
    return np.hstack([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]])


READINGS = {
    reading.name: reading
    for reading in (
        BoxReading(
            Kind.RELATIVE_AS_PIXELS,
            "multiply-by-size",
            N_("relative corners"),
            lambda boxes, sizes: boxes * np.tile(sizes, 2),
        ),
        BoxReading(
            Kind.PIXELS_AS_RELATIVE,
            "divide-by-size",
            N_("pixels"),
            lambda boxes, sizes: boxes / np.tile(sizes, 2),
        ),
        BoxReading(
            Kind.PIXELS_AS_RELATIVE,
            "divide-by-size-to-corners",
            N_("corners in pixels, where centre, width and height were expected"),
            lambda boxes, sizes: _as_center(boxes) / np.tile(sizes, 2),
        ),
        BoxReading(
            Kind.XYWH_AS_CORNERS,
            "xywh-to-corners",
            N_("x, y, width, height"),
            lambda boxes, _sizes: np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]]),
        ),
        BoxReading(
            Kind.XYWH_AS_CORNERS,
            "center-to-corners",
            N_("centre x, centre y, width, height"),
            lambda boxes, _sizes: np.hstack(
                [boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2]
            ),
        ),
        BoxReading(
            Kind.CORNERS_AS_XYWH,
            "corners-from-xywh",
            N_("corners, where x, y, width, height was expected"),
            lambda boxes, _sizes: np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]]),
        ),
        BoxReading(
            Kind.CORNERS_AS_XYWH,
            "corners-from-center",
            N_("corners, where centre, width and height were expected"),
            lambda boxes, _sizes: _as_center(boxes),
        ),
        BoxReading(
            Kind.SWAPPED_XY,
            "swap-xy",
            N_("y before x"),
            lambda boxes, _sizes: boxes[:, [1, 0, 3, 2]],
        ),
    )
}
"""By name; where two explain the boxes equally well, the earlier one is believed."""

_ORDERS = tuple(
    reading
    for reading in READINGS.values()
    if reading.kind in (Kind.XYWH_AS_CORNERS, Kind.CORNERS_AS_XYWH, Kind.SWAPPED_XY)
)

Units = tuple[tuple[BoxReading, Flags], ...]


def units(boxes: Float, sizes: Float) -> Units:
    """Return the readings that say another unit, each with the boxes (N,) that it explains.

    Parameters
    ----------
    boxes : (N, 4), px as read
    sizes : (N, 2), px
        Width and height of each box's image, NaN where nobody knows them: such a box, and one
        that is no number, is explained by nothing.
    """
    relative = ((boxes >= 0) & (boxes <= 1 + TOLERANCE)).all(axis=1) & (sizes > 2).all(axis=1)
    # A box of whole zeros and ones is as likely a slip as it is the whole image.
    relative &= (boxes[:, 2:] > boxes[:, :2]).any(axis=1)
    # What lies within the first pixel either way is a point; multiplying it would never end.
    relative &= (boxes[:, 2:] * sizes > 1 + TOLERANCE).any(axis=1)
    far = (boxes[:, 2:] > FAR * sizes).all(axis=1)
    pixels = [READINGS["divide-by-size"], READINGS["divide-by-size-to-corners"]]
    fitting = [far & fit(reading.convert(boxes, sizes), sizes) for reading in pixels]
    if fitting[1].sum() > fitting[0].sum():  # one file was written in one way
        pixels.reverse()
        fitting.reverse()
    rest = fitting[1] & ~fitting[0]
    return ((READINGS["multiply-by-size"], relative), (pixels[0], fitting[0]), (pixels[1], rest))


def reading_of_group(boxes: Float, sizes: Float, is_image: bool = False) -> BoxReading | None:
    """Return how a group of boxes was meant, or None if it is as it stands.

    Parameters
    ----------
    boxes : (N, 4), px as read
    sizes : (N, 2), px
    is_image : bool
        The group is a single image.
    """
    misfits = gross(boxes, sizes)
    share = LEAST_SHARE_OF_IMAGE if is_image else LEAST_SHARE
    if misfits.sum() < LEAST_MISFITS or misfits.mean() < share:
        return None
    fitting = [fit(each.convert(boxes, sizes), sizes) for each in _ORDERS]
    best = int(np.argmax([each.sum() for each in fitting]))
    enough = min(fitting[best].mean(), fitting[best][misfits].mean()) >= LEAST_FIT
    return _ORDERS[best] if enough else None


def fit(boxes: Float, sizes: Float) -> Flags:
    """Say of each box whether it has an area and lies within its image, but for a rounding."""
    relative = boxes / np.tile(sizes, 2)
    inside = ((relative >= -TOLERANCE) & (relative <= 1 + TOLERANCE)).all(axis=1)
    possible: Flags = inside & (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    return possible


def gross(boxes: Float, sizes: Float) -> Flags:
    """Say of each box whether it is turned inside out or reaches far out of its image."""
    relative = boxes / np.tile(sizes, 2)
    outside = ((relative < -GROSS) | (relative > 1 + GROSS)).any(axis=1)
    impossible: Flags = outside | (boxes[:, 2:] < boxes[:, :2]).any(axis=1)
    return impossible
