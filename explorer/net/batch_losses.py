"""The loss of one batch anchor by anchor: the sum that a training step minimises, taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import CLASS_LOSSES, TrainConfig
from explorer.i18n import _
from explorer.net.learning import to_input
from explorer.net.losses import SmoothL1Loss, class_loss_of, loss_scales
from explorer.net.runtime import Device, mx
from explorer.net.toy_ssd import ToySSD
from explorer.ssd.detection import NOT_FINITE
from explorer.ssd.matching import MatchKind
from explorer.ssd.probabilities import softmax
from explorer.ssd.targets import Targets, assign_targets

Float32 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class BatchLosses:
    """What each of A anchors adds to the loss of B images."""

    kind: NDArray[np.int8]
    """(B, A) int8: a `MatchKind` each. IGNORED is what the class loss leaves out; under one that
    is not mined nothing is, and every anchor that is not positive is NEGATIVE.
    """
    gt_index: NDArray[np.int32]
    """(B, A) int32: the object that a positive anchor learns, else -1."""
    target_prob: Float32
    """(B, A) float32 in [0, 1]: the probability of the class that the anchor should have; of the
    background where it is not positive.
    """
    class_loss: Float32
    box_loss: Float32
    """(B, A) float32, at least 0: as the recipe divides and weighs them: the sum of all is the
    loss that is minimised.
    """


def batch_losses(
    net: ToySSD, config: TrainConfig, images: NDArray[np.uint8], labels: Float32, device: Device
) -> BatchLosses:
    """Compute the loss of a batch as `Learner.step` does before it learns, anchor by anchor.

    Batch norm uses the batch's own mean and variance, as in training; without a backward pass
    the running ones stay.

    Parameters
    ----------
    net : ToySSD on `device`
    images : (B, S, S, 3) uint8 RGB
    labels : (B, G, 5) float32
        class_id, xmin, ymin, xmax, ymax, normalised; rows of -1 are padding.

    Raises
    ------
    ValueError
        If the network's output is not finite, or mining finds too few negatives.
    """
    with mx.autograd.train_mode():
        anchors, class_scores, offsets = net(to_input(net, images, device))
    scores = class_scores.asnumpy()
    if not (np.isfinite(scores).all() and np.isfinite(offsets.asnumpy()).all()):
        raise ValueError(_(NOT_FINITE))
    boxes = anchors[0].asnumpy()
    targets = [
        assign_targets(boxes, rows, config.match, of_image)
        for rows, of_image in zip(labels, scores, strict=True)
    ]
    class_loss = _class_losses(config, class_scores, targets)
    box_loss = _box_losses(offsets, targets)
    cls_target = np.stack([each.cls_target for each in targets])
    num_anchors = cls_target.shape[1]
    class_scale, box_scale = loss_scales(config, *cls_target.shape, int((cls_target > 0).sum()))
    wanted = np.clip(cls_target, 0, None)[..., None]
    return BatchLosses(
        kind=_kinds(config, targets),
        gt_index=np.stack([each.matching.gt_index for each in targets]),
        target_prob=np.take_along_axis(softmax(scores), wanted, axis=-1)[..., 0],
        class_loss=class_loss * np.float32(class_scale / num_anchors),
        box_loss=box_loss * np.float32(config.box_weight * box_scale / num_anchors),
    )


def _kinds(config: TrainConfig, targets: list[Targets]) -> NDArray[np.int8]:
    kinds = np.stack([each.kind for each in targets])
    if not CLASS_LOSSES[config.class_loss].mined:
        kinds[kinds == MatchKind.IGNORED] = MatchKind.NEGATIVE
    return kinds


def _class_losses(config: TrainConfig, class_scores: Any, targets: list[Targets]) -> Float32:
    """Return (B, A), not divided."""
    block = class_loss_of(config)
    num_images, num_anchors, num_columns = class_scores.shape
    cls_target = _on_device([each.cls_target for each in targets], class_scores)
    # The blocks average over the anchors of an image: here each anchor is an image of its own.
    losses = block(class_scores.reshape((-1, 1, num_columns)), cls_target.reshape((-1, 1)))
    each: Float32 = losses.asnumpy().reshape(num_images, num_anchors)
    return each


def _box_losses(offsets: Any, targets: list[Targets]) -> Float32:
    """Return (B, A), the mean of an anchor's four, not divided."""
    wanted = _on_device([each.offsets for each in targets], offsets).reshape((-1, 4))
    mask = _on_device([each.mask for each in targets], offsets).reshape((-1, 4))
    losses: Float32 = SmoothL1Loss()(offsets.reshape((-1, 4)), wanted, mask).asnumpy()
    return losses.reshape(len(targets), -1)


def _on_device(arrays: list[Any], like: Any) -> Any:
    return mx.nd.array(np.stack(arrays), ctx=like.context, dtype="float32")
