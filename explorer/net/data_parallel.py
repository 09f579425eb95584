"""One device's share of a training step: its images forward, their targets, losses and gradients.

MXNet computes in the background, so a method that does not wait lets the next device begin.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import MatchConfig
from explorer.i18n import _
from explorer.net.runtime import Device, mx
from explorer.net.toy_ssd import ToySSD
from explorer.ssd.not_finite import NotFiniteError, images_not_finite, worst_ground_truth
from explorer.ssd.targets import TOO_FEW_NEGATIVES

Float32 = NDArray[np.float32]


def divide(num_images: int, devices: Sequence[Device]) -> Iterator[tuple[Device, slice]]:
    """Yield each device with its rows of a batch: as even as can be, in order, the first the more.

    With fewer images than devices the last devices are left out.
    """
    each, more = divmod(num_images, len(devices))
    start = 0
    for number, device in enumerate(devices):
        end = start + each + (number < more)
        if end > start:
            yield device, slice(start, end)
        start = end


class Share:
    """The rows of a batch that one device learns from.

    Making it runs the network, and waits for nothing. `assign_targets` and then `compute_losses`
    follow; the arrays below are MXNet's, on the device, with B the share's number of images.

    Parameters
    ----------
    net : ToySSD, initialised on `device`
    planes : (B, 3, H, W) float32
        As `preprocess` returns them.
    labels : (B, G, 5) float32, G at least 1

    Attributes
    ----------
    anchors : (1, A, 4)
    class_scores : (B, A, C+1)
    offsets, box_target, box_mask : (B, A·4)
    cls_target : (B, A)
    class_loss, box_loss : (B,)
        Means over the anchors, not divided.
    loss : (B,)
        As the recipe divides and weighs them: what `backward` is called on.
    """

    def __init__(self, net: ToySSD, planes: Float32, labels: Float32, device: Device) -> None:
        self.num_images = len(planes)
        x = mx.nd.array(planes, ctx=device.context)
        self._labels = mx.nd.array(labels, device.context)
        with mx.autograd.record():
            self.anchors, self.class_scores, self.offsets = net(x)

    def assign_targets(self, match: MatchConfig) -> None:
        """Match, mine and encode; waits for nothing."""
        self.box_target, self.box_mask, self.cls_target = mx.nd.contrib.MultiBoxTarget(
            self.anchors,
            self._labels,
            self.class_scores.transpose((0, 2, 1)),
            overlap_threshold=match.match_iou_threshold,
            negative_mining_ratio=match.negative_mining_ratio,
            negative_mining_thresh=match.negative_mining_threshold,
            variances=match.variances,
        )
        self._num_positives = (self.cls_target > 0).sum()

    @property
    def num_positives(self) -> int:
        """Wait for the targets and return how many anchors are positive.

        Raises
        ------
        ValueError
            If mining found too few negatives.
        """
        try:
            return int(self._num_positives.asscalar())
        except mx.base.MXNetError as error:
            if "num_negative" in str(error):
                raise ValueError(_(TOO_FEW_NEGATIVES)) from error
            raise

    def compute_losses(
        self, of_class: Any, of_box: Any, class_factor: float, box_factor: float
    ) -> None:
        """Compute both losses and their sum, each times its factor; waits for nothing.

        Parameters
        ----------
        of_class, of_box : gluon.loss.Loss
        """
        with mx.autograd.record():
            self.class_loss = of_class(self.class_scores, self.cls_target)
            self.box_loss = of_box(self.offsets, self.box_target, self.box_mask)
            self.loss = self.class_loss * class_factor + self.box_loss * box_factor


def joined(arrays: Sequence[Any]) -> Float32:
    """Wait for the shares' arrays (B, …) and return them as one, the batch's."""
    parts: list[Float32] = [array.asnumpy() for array in arrays]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def total(arrays: Sequence[Any]) -> float:
    """Return the sum of all numbers of the shares' arrays."""
    sums = [array.sum() for array in arrays]
    return sum(float(each.asscalar()) for each in sums)


def is_finite(array: Any) -> bool:
    """Wait for an array of MXNet's and return whether no number of it is NaN or infinite."""
    # In numpy: on the CPU twenty times as fast as MXNet's multi_all_finite.
    return bool(np.isfinite(array.asnumpy()).all())


def check_output(shares: Sequence[Share]) -> None:
    """Wait for the network's output, and raise `NotFiniteError` if it is not finite."""
    # Also because mining sorts by score, and sorting NaN can end the process.
    if all(is_finite(share.class_scores) and is_finite(share.offsets) for share in shares):
        return
    scores = joined([share.class_scores for share in shares])
    images_hit = images_not_finite(scores, joined([share.offsets for share in shares]))
    raise NotFiniteError(_("the network's output is not finite"), "output", images_hit)


def check_losses(
    shares: Sequence[Share],
    class_value: float,
    box_value: float,
    labels: Float32,
    match_iou_threshold: float,
) -> None:
    """Raise `NotFiniteError` if a loss of the batch, with these `labels`, is not finite."""
    if not math.isfinite(class_value):
        images_hit = images_not_finite(joined([share.class_loss for share in shares]))
        text = _("the class loss is {class_value}")
        raise NotFiniteError(text.format(class_value=class_value), "class loss", images_hit)
    if math.isfinite(box_value):
        return
    images_hit = images_not_finite(joined([share.box_loss for share in shares]))
    gt_index = None
    if images_hit:  # else each image's loss is finite, their sum is not
        error = joined([(each.offsets - each.box_target) * each.box_mask for each in shares])
        gt_index = worst_ground_truth(
            shares[0].anchors[0].asnumpy(),
            labels[images_hit[0]],
            error[images_hit[0]].reshape(-1, 4),
            match_iou_threshold,
        )
    text = _("the box loss is {box_value}")
    raise NotFiniteError(text.format(box_value=box_value), "box loss", images_hit, gt_index)
