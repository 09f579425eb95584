"""MXNet's MultiBox operators with numpy in and out.

They compute what `explorer.ssd` explains; the tests hold the two equal. What would crash an
operator is one clear `ValueError` here, the same that `explorer.ssd` raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.config import DetectConfig, MatchConfig
from explorer.i18n import _
from explorer.net.runtime import mx
from explorer.ssd.boxes import check_boxes
from explorer.ssd.targets import TOO_FEW_NEGATIVES, check_batch_labels

Float32 = NDArray[np.float32]


def multibox_prior(
    map_shape: tuple[int, int],
    sizes: Sequence[float],
    ratios: Sequence[float],
    steps: tuple[float, float] | None = None,
) -> Float32:
    """Return the anchors of one feature map; `explorer.ssd.anchors.layer_anchors` in MXNet.

    Parameters
    ----------
    map_shape : (h, w), each at least 1
    sizes : S positive floats
    ratios : R positive floats
    steps : (y, x), optional
        Distance between neighbouring cells as a share of the input; by default 1/h and 1/w.

    Returns
    -------
    (h * w * (S + R - 1), 4) float32, corner, normalised

    Raises
    ------
    ValueError
        If `map_shape`, `sizes` or `ratios` is empty or not positive (the operator itself
        gives infinite boxes then, or ends the process).
    """
    for name, values in (("map_shape", map_shape), ("sizes", sizes), ("ratios", ratios)):
        if len(values) == 0 or not all(0 < value < np.inf for value in values):
            text = _("{name} must be positive numbers, got {given}")
            raise ValueError(text.format(name=name, given=list(values)))
    height, width = map_shape
    boxes = mx.nd.contrib.MultiBoxPrior(
        mx.nd.zeros((1, 1, height, width)),
        sizes=_texts(sizes),
        ratios=_texts(ratios),
        steps=_texts(steps or (-1.0, -1.0)),
    )
    return _numpy(boxes[0])


def multibox_target(
    anchors: ArrayLike, labels: ArrayLike, class_scores: ArrayLike, config: MatchConfig
) -> tuple[Float32, Float32, Float32]:
    """Return what the loss compares with; `explorer.ssd.targets.assign_targets` in MXNet.

    Parameters
    ----------
    anchors : (A, 4) float32, corner, normalised
    labels : (B, G, 5) float32
        class_id, xmin, ymin, xmax, ymax; padded with rows of -1. G may be 0.
    class_scores : (B, A, C + 1) float32

    Returns
    -------
    offsets : (B, A, 4) float32
    mask : (B, A, 4) float32
    cls_target : (B, A) float32
        0 background, k + 1 class k, -1 ignored; all -1 in an image without ground truth.

    Raises
    ------
    ValueError
        If the shapes disagree, `labels` is malformed, or mining finds too few negatives.
    """
    anchors_ = check_boxes(anchors, "anchors")
    scores = _batch(class_scores, "class_scores", len(anchors_))
    rows = check_batch_labels(labels, len(scores), scores.shape[2] - 1)
    if config.negative_mining_ratio > 0 and not np.isfinite(scores).all():
        raise ValueError(_("class_scores must be finite: the model output holds NaN or infinity"))
    outputs = mx.nd.contrib.MultiBoxTarget(
        mx.nd.array(anchors_[None]),
        mx.nd.array(rows),
        mx.nd.array(scores.transpose(0, 2, 1)),
        overlap_threshold=_text(config.match_iou_threshold),
        negative_mining_ratio=_text(config.negative_mining_ratio),
        negative_mining_thresh=_text(config.negative_mining_threshold),
        variances=_texts(config.variances),
    )
    try:
        offsets, mask, cls_target = (_numpy(output) for output in outputs)
    except mx.MXNetError as error:
        if "num_negative" in str(error):
            raise ValueError(_(TOO_FEW_NEGATIVES)) from error
        raise
    shape = (len(rows), len(anchors_), 4)
    return offsets.reshape(shape), mask.reshape(shape), cls_target


def per_class_detection(
    class_prob: ArrayLike, offsets: ArrayLike, anchors: ArrayLike, config: DetectConfig
) -> Float32:
    """Return detections; `explorer.ssd.detection.detect` with `multi_label` in MXNet.

    Parameters, errors and the order of columns are those of `multibox_detection`.

    Returns
    -------
    (B, A·C, 6) float32
        By descending score; rows of -1 are no detections.

    Notes
    -----
    GluonCV's decoders are made of these two operators. Their NMS drops a box at an IoU *above* the
    threshold, and ours from it on.
    """
    anchors_, prob, shifts = _output(class_prob, offsets, anchors, config)
    num_images, num_anchors, num_columns = prob.shape
    std = {f"std{place}": _text(each) for place, each in enumerate(config.variances or ())}
    boxes = mx.nd.contrib.box_decode(
        mx.nd.array(shifts), mx.nd.array(anchors_[None]), format="corner", **std
    )
    if config.clip:
        boxes = boxes.clip(0, 1)
    votes = np.empty((num_images, num_anchors, num_columns - 1, 6), np.float32)
    votes[..., 0] = np.arange(num_columns - 1)
    votes[..., 1] = prob[..., 1:]
    votes[..., 2:] = boxes.asnumpy()[:, :, None]
    # The operator takes scores above its threshold: the next smaller number lets equal ones in.
    # Below 0 it is not asked for the smallest: MXNet reads that as 0.
    least = np.float32(config.score_threshold)
    lowest = np.nextafter(least, np.float32(-1)) if least > 0 else np.float32(-1)
    return _numpy(
        mx.nd.contrib.box_nms(
            mx.nd.array(votes.reshape(num_images, -1, 6)),
            overlap_thresh=_text(config.nms_iou_threshold),
            valid_thresh=_text(float(lowest)),
            topk=config.nms_topk if config.nms_topk > 0 else -1,
            id_index=0,
            score_index=1,
            coord_start=2,
            force_suppress=config.force_suppress,
        )
    )


def multibox_detection(
    class_prob: ArrayLike, offsets: ArrayLike, anchors: ArrayLike, config: DetectConfig
) -> Float32:
    """Return detections; `explorer.ssd.detection.detect` in MXNet.

    Parameters
    ----------
    class_prob : (B, A, C + 1) float32 in [0, 1]
    offsets : (B, A, 4) float32
    anchors : (A, 4) float32, corner, normalised

    Returns
    -------
    (B, A, 6) float32
        class_id, score, xmin, ymin, xmax, ymax by descending score. Rows with class_id -1
        are no detections; those that NMS or `nms_topk` dropped keep a score and a box. Of NaN
        the operator says nothing: a class with that probability is passed over, and a box with
        such an offset is NaN, or lies on the border where `clip` is on.

    Raises
    ------
    ValueError
        If the shapes disagree, or `config` has no variances.
    """
    anchors_, prob, shifts = _output(class_prob, offsets, anchors, config)
    return _numpy(
        mx.nd.contrib.MultiBoxDetection(
            mx.nd.array(prob.transpose(0, 2, 1)),
            mx.nd.array(shifts.reshape(len(prob), -1)),
            mx.nd.array(anchors_[None]),
            threshold=_text(config.score_threshold),
            clip=config.clip,
            variances=_texts(config.variances or ()),
            nms_threshold=_text(config.nms_iou_threshold),
            force_suppress=config.force_suppress,
            nms_topk=config.nms_topk,
        )
    )


def _output(
    class_prob: ArrayLike, offsets: ArrayLike, anchors: ArrayLike, config: DetectConfig
) -> tuple[Float32, Float32, Float32]:
    """Return anchors, probabilities and offsets that fit each other."""
    if config.variances is None:
        raise ValueError(_("variances must be those of the detector, got a config without any"))
    anchors_ = check_boxes(anchors, "anchors")
    prob = _batch(class_prob, "class_prob", len(anchors_))
    shifts = np.asarray(offsets, dtype=np.float32)
    if shifts.shape != (len(prob), len(anchors_), 4):
        text = _("offsets must have shape ({num_images}, {num_anchors}, 4), got {shape}")
        raise ValueError(
            text.format(num_images=len(prob), num_anchors=len(anchors_), shape=shifts.shape)
        )
    return anchors_, prob, shifts


def _batch(array: ArrayLike, name: str, num_anchors: int) -> Float32:
    checked = np.asarray(array, dtype=np.float32)
    if checked.ndim != 3 or checked.shape[1] != num_anchors or checked.shape[2] < 2:
        text = _(
            "{name} must have shape (B, {num_anchors}, C + 1) with C of at least 1, got {shape}"
        )
        raise ValueError(text.format(name=name, num_anchors=num_anchors, shape=checked.shape))
    if len(checked) == 0 or num_anchors == 0:
        raise ValueError(_("{name} must have at least one image and one anchor", name=name))
    return checked


def _text(setting: float) -> str:
    # MXNet reads settings from text. Its reader errs by a few last bits on exponents ("1e-05"),
    # fails where float32 does, and never on plain decimals, down to 1e-12.
    return np.format_float_positional(np.float32(setting), trim="-")


def _texts(settings: Sequence[float]) -> str:
    return "(" + ", ".join(_text(setting) for setting in settings) + ")"


def _numpy(array: Any) -> Float32:
    result: Float32 = array.asnumpy()
    return result
