"""The losses of SSD training, as Gluon losses over (B, A) anchors.

`FocalLoss` and `SmoothL1Loss` are the tutorial's; `MinedCrossEntropyLoss` is the paper's.
Which of them a configuration means, and by what it divides them, is said here once.
"""

from __future__ import annotations

from typing import Any

from explorer.config import TrainConfig
from explorer.net.runtime import mx


class _ImageLoss(mx.gluon.loss.Loss):
    """A loss of each image of a batch, not weighted further."""

    def __init__(self) -> None:
        super().__init__(weight=None, batch_axis=0)


class FocalLoss(_ImageLoss):
    """Focal loss: ``-alpha · (1 - p)^gamma · log p`` of the right class, averaged over anchors.

    An anchor that is already right costs almost nothing, so that the thousands of easy
    background anchors do not drown the few positive ones. `forward(class_scores, cls_target)`
    takes (B, A, C+1) and (B, A), and returns (B,). An ignored anchor (-1) counts as background,
    as it does in the tutorial.

    Parameters
    ----------
    alpha : float
        Factor of the whole loss.
    gamma : float, at least 0
        How fast the loss of an easy anchor fades; 0 gives cross-entropy times alpha.

    References
    ----------
    Lin et al. 2017, arXiv:1708.02002, equation 5.
    """

    def __init__(self, alpha: float = 0.25, gamma: float = 2.0) -> None:
        super().__init__()
        self._alpha = alpha
        self._gamma = gamma

    def hybrid_forward(self, F: Any, class_scores: Any, cls_target: Any) -> Any:
        # The logarithm is taken of the scores, not of the probability: log(0) would be -inf.
        log_prob = F.pick(F.log_softmax(class_scores, axis=-1), cls_target, axis=-1, keepdims=True)
        # Where p is 1, a power below 1 has an infinite slope: 0 · inf would be NaN.
        wrong = F.maximum(1 - F.exp(log_prob), 1e-8)
        loss = -self._alpha * (wrong**self._gamma) * log_prob
        return F.mean(loss, axis=self._batch_axis, exclude=True)


class SmoothL1Loss(_ImageLoss):
    """Smooth L1 between predicted and target offsets where the mask is 1, averaged.

    `forward(offsets, box_target, box_mask)` takes three (B, A·4) arrays and returns (B,). The
    mean is over all A·4 numbers, positives or not, as in the tutorial.

    References
    ----------
    Liu et al. 2016, arXiv:1512.02325, equation 2; Girshick 2015, arXiv:1504.08083, equation 3.
    """

    def hybrid_forward(self, F: Any, offsets: Any, box_target: Any, box_mask: Any) -> Any:
        loss = F.smooth_l1((offsets - box_target) * box_mask, scalar=1.0)
        return F.mean(loss, axis=self._batch_axis, exclude=True)


class MinedCrossEntropyLoss(_ImageLoss):
    """Softmax cross-entropy over the anchors that are not ignored, averaged over all anchors.

    With hard-negative mining in the targets, those are the positives and the mined negatives.
    `forward(class_scores, cls_target)` takes (B, A, C+1) and (B, A) with -1 for ignored, and
    returns (B,).

    References
    ----------
    Liu et al. 2016, arXiv:1512.02325, equation 3 and "Hard negative mining" in section 2.2.
    """

    def hybrid_forward(self, F: Any, class_scores: Any, cls_target: Any) -> Any:
        # pick() clips -1 to the background; the mask then takes those anchors out again.
        log_prob = F.pick(F.log_softmax(class_scores, axis=-1), cls_target, axis=-1)
        return F.mean(-log_prob * (cls_target >= 0), axis=self._batch_axis, exclude=True)


def class_loss_of(config: TrainConfig) -> Any:
    """Return the class loss that `config` names, a Gluon loss over (B, A) anchors."""
    if config.class_loss == "focal":
        return FocalLoss(alpha=config.focal_alpha, gamma=config.focal_gamma)
    if config.class_loss == "cross-entropy":
        return MinedCrossEntropyLoss()
    raise NotImplementedError(f"class loss {config.class_loss}")


def loss_scales(
    config: TrainConfig, num_images: int, num_anchors: int, num_positives: int
) -> tuple[float, float]:
    """Return what turns the sums of class and box loss over a batch into the recipe's division.

    The losses above are means per image. ``anchors`` averages those over the batch, as the
    tutorial does; ``positives`` makes sums of them (of an anchor's four offsets too) and divides
    by the positives of the batch, at least 1, so that the step does not shrink with the number
    of anchors.
    """
    if config.loss_average == "anchors":
        return 1.0 / num_images, 1.0 / num_images
    positives = max(1, num_positives)
    return num_anchors / positives, 4 * num_anchors / positives
