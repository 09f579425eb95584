"""The training step and nothing else: what training end to end is measured against."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Block
from explorer.config import TrainConfig
from explorer.config.pixels import Pixels
from explorer.net.learning import new_network
from explorer.net.losses import MinedCrossEntropyLoss, SmoothL1Loss
from explorer.net.preprocessing import preprocess
from explorer.net.runtime import choose_device, mx


class BareStep:
    """Forward, targets, losses, backward and update on one batch that stays where it is.

    Nothing is read back and nothing is checked, so that MXNet may run ahead as it likes: this
    is as fast as the hybridized network learns here.

    Parameters
    ----------
    config : TrainConfig
        Of the recipe `fast`: other recipes divide otherwise and take the same time.
    num_classes : int
    images : (B, H, W, 3) uint8 RGB
    labels : (B, G, 5) float32
    """

    def __init__(
        self,
        config: TrainConfig,
        num_classes: int,
        images: NDArray[np.uint8],
        labels: NDArray[np.float32],
    ) -> None:
        self._config = config
        device = choose_device(config.device)
        detector = config.detector(tuple(map(str, range(num_classes))))
        self._net = new_network(detector, device, seed=config.seed)
        self._images = mx.nd.array(preprocess(images, Pixels()), ctx=device.context)
        self._labels = mx.nd.array(labels, ctx=device.context)
        self._class_loss = MinedCrossEntropyLoss()
        self._box_loss = SmoothL1Loss()
        for loss in (self._class_loss, self._box_loss):
            loss.hybridize(static_alloc=True, static_shape=True)
        options = {"learning_rate": config.learning_rate, "wd": config.weight_decay}
        self._trainer = mx.gluon.Trainer(self._net.collect_params(), config.optimizer, options)

    def measure(self, num_steps: int) -> Block:
        """Do that many steps."""
        mx.nd.waitall()
        started = time.perf_counter()
        for _ in range(num_steps):
            self._step()
        mx.nd.waitall()
        return Block(num_steps * len(self._images), time.perf_counter() - started)

    def _targets(self, anchors: Any, class_scores: Any) -> tuple[Any, Any, Any]:
        match = self._config.match
        return tuple(
            mx.nd.contrib.MultiBoxTarget(
                anchors,
                self._labels,
                class_scores.transpose((0, 2, 1)),
                overlap_threshold=match.match_iou_threshold,
                negative_mining_ratio=match.negative_mining_ratio,
                negative_mining_thresh=match.negative_mining_threshold,
                variances=match.variances,
            )
        )

    def _step(self) -> Any:
        """Return the loss of each image, from before the update."""
        with mx.autograd.record():
            anchors, class_scores, offsets = self._net(self._images)
        box_target, box_mask, cls_target = self._targets(anchors, class_scores)
        with mx.autograd.record():
            class_loss = self._class_loss(class_scores, cls_target)
            box_loss = self._box_loss(offsets, box_target, box_mask)
            # Means become sums over the positives, as in the recipe `fast`.
            scale = class_scores.shape[1] / mx.nd.maximum((cls_target > 0).sum(), 1)
            loss = (class_loss + 4 * self._config.box_weight * box_loss) * scale
        loss.backward()
        self._trainer.step(1)
        return loss
