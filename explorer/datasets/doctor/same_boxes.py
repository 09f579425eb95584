"""Which boxes of an image are there before, found without comparing each with each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.ssd.boxes import check_boxes, iou

_AT_ONCE = 64
"""Boxes that are compared with all that may be the same as one of them; with 10,000 of these
their overlaps take some 15 MB."""

_ROUNDING = 1.01
"""Edges are rounded to float32, and the overlap that decides is computed from these."""


def first_same(boxes: NDArray[np.float32], least_iou: float) -> NDArray[np.intp]:
    """Return, for each box, the first of all boxes up to it that overlaps it so much.

    Law: ``first_same(boxes, t)[i]`` is the first ``j <= i`` with ``iou(boxes, boxes)[i, j] >= t``,
    else i.

    Two boxes that overlap by t have an intersection that is as wide as t of either, so their left
    edges are no further apart than a share of 1 - t of its width. Boxes are therefore sorted by
    their left edges, and each is compared with its neighbours there.

    Parameters
    ----------
    boxes : (N, 4) float32, corner
        Of areas that float32 can hold.
    least_iou : float in (0, 1]

    Returns
    -------
    (N,) int
    """
    boxes = check_boxes(boxes, "boxes")
    order = np.argsort(boxes[:, 0])
    left, _, right, _ = boxes[order].astype(np.float64).T
    apart = (1 - least_iou) * _ROUNDING * (right - left)
    begin = np.searchsorted(left, left - apart)
    end = np.searchsorted(left, left + apart, side="right")
    first = np.arange(len(boxes))
    for at in range(0, len(boxes), _AT_ONCE):
        part = slice(at, at + _AT_ONCE)
        rows, columns = order[part], np.sort(order[begin[part].min() : end[part].max()])
        same = iou(boxes[rows], boxes[columns]) >= least_iou
        first[rows] = np.minimum(
            rows, np.where(same.any(axis=1), columns[same.argmax(axis=1)], rows)
        )
    return first
