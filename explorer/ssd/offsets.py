"""Offsets: where a box lies relative to an anchor, in units of the variances."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.i18n import _
from explorer.ssd.boxes import check_boxes

WILDEST_OFFSET = 400.0
"""A box is then e**80 anchors wide: cut at the image's border it is the same as any wider one."""

Float32 = NDArray[np.float32]


def encode(anchors: ArrayLike, gt_boxes: ArrayLike, variances: Sequence[float]) -> Float32:
    """Return the offsets that turn each anchor into its ground truth.

    ``decode(anchors, encode(anchors, gt_boxes, v), v)`` is `gt_boxes`; a ground truth equal
    to its anchor has offsets 0.

    Parameters
    ----------
    anchors : (A, 4) float32, corner
    gt_boxes : (A, 4) float32, corner
        Row i belongs to anchor i.
    variances : 4 positive floats
        Scale of x, y, width and height.

    Returns
    -------
    (A, 4) float32
        (Δx / w_a / v0, Δy / h_a / v1, log(w / w_a) / v2, log(h / h_a) / v3).

    Raises
    ------
    ValueError
        If the shapes differ or a box in `anchors` or `gt_boxes` has no width or height.

    References
    ----------
    Liu et al. 2016, arXiv:1512.02325, section 2.2, equation 2 (without variances there).
    """
    anchors_, boxes = check_boxes(anchors, "anchors"), check_boxes(gt_boxes, "gt_boxes")
    scale = _check_variances(variances)
    if boxes.shape != anchors_.shape:
        text = _("gt_boxes must have one row per anchor, got {shape} for {anchors}")
        raise ValueError(text.format(shape=boxes.shape, anchors=anchors_.shape))
    anchor_size, box_size = _size(anchors_, "anchors"), _size(boxes, "gt_boxes")
    shift = _middle(boxes) - _middle(anchors_)
    return np.concatenate(
        [
            shift / anchor_size / scale[:2],
            np.log(box_size / anchor_size) / scale[2:],
        ],
        axis=1,
    )


def decode(
    anchors: ArrayLike, offsets: ArrayLike, variances: Sequence[float], clip: bool = False
) -> Float32:
    """Return the boxes that `offsets` say; the inverse of `encode`.

    Offsets 0 give the anchors back, up to rounding. A width offset beyond about
    ``88 / variances[2]`` overflows to an infinite box, as in MXNet.

    Parameters
    ----------
    anchors : (A, 4) float32, corner
    offsets : (A, 4) float32
    variances : 4 positive floats
    clip : bool
        Cut the boxes at the border of the image.

    Returns
    -------
    (A, 4) float32, corner

    Raises
    ------
    ValueError
        If the shapes differ, an offset is not finite or an anchor has no width or height.
    """
    anchors_ = check_boxes(anchors, "anchors")
    scale = _check_variances(variances)
    shifts = np.asarray(offsets, dtype=np.float32)
    if shifts.shape != anchors_.shape:
        text = _("offsets must have one row per anchor, got {shape} for {anchors}")
        raise ValueError(text.format(shape=shifts.shape, anchors=anchors_.shape))
    if not np.isfinite(shifts).all():
        raise ValueError(_("offsets must be finite: the model output holds NaN or infinity"))
    size = _size(anchors_, "anchors")
    with np.errstate(over="ignore"):
        middle = shifts[:, :2] * scale[:2] * size + _middle(anchors_)
        # exp in float64, rounded once, is what the C library's float32 exp gives.
        growth = np.exp((shifts[:, 2:] * scale[2:]).astype(np.float64)).astype(np.float32)
        half = growth * size / np.float32(2)
        boxes = np.concatenate([middle - half, middle + half], axis=1)
    return np.clip(boxes, np.float32(0), np.float32(1)) if clip else boxes


def _middle(boxes: Float32) -> Float32:
    return (boxes[:, :2] + boxes[:, 2:]) * np.float32(0.5)


def limit_offsets(offsets: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return offsets whose boxes have finite sides, also of a network that training has shaken.

    It may recover from that. NaN and infinity stay, and are an error of whoever decodes them.
    """
    limited = offsets.clip(-WILDEST_OFFSET, WILDEST_OFFSET)
    return np.where(np.isfinite(offsets), limited, offsets)


def _size(boxes: Float32, name: str) -> Float32:
    size = boxes[:, 2:] - boxes[:, :2]
    if not (size > 0).all():
        row = int((size <= 0).any(axis=1).argmax())
        text = _("{name}: row {row} is {values}, which has no area")
        raise ValueError(text.format(name=name, row=row, values=boxes[row].tolist()))
    return size


def _check_variances(variances: Sequence[float]) -> Float32:
    scale = np.asarray(variances, dtype=np.float32)
    if scale.shape != (4,) or not (np.isfinite(scale) & (scale > 0)).all():
        text = _("variances must be four positive numbers, got {variances}")
        raise ValueError(text.format(variances=variances))
    return scale
