"""One training step and one forward pass of a ToySSD, with numpy in and out."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.config import TrainConfig
from explorer.net.losses import FocalLoss, MinedCrossEntropyLoss, SmoothL1Loss
from explorer.net.runtime import Device, mx
from explorer.net.step_metrics import (
    StepRecord,
    num_positives_per_layer,
    positive_box_error_px,
    step_metrics,
)
from explorer.net.toy_ssd import Predictions, ToySSD, preprocess
from explorer.net.tripwire import NotFiniteError, images_not_finite, worst_ground_truth
from explorer.ssd.anchors import feature_map_shapes
from explorer.ssd.targets import TOO_FEW_NEGATIVES, check_labels

__all__ = ["Learner", "NotFiniteError", "StepRecord", "forward", "learning_rate_at", "new_network"]


def new_network(
    num_classes: int, config: TrainConfig, device: Device, *, hybridize: bool = True
) -> ToySSD:
    """Return a ToySSD with fresh Xavier weights, the same for the same `config.seed`.

    Raises
    ------
    ValueError
        If the input is too small for the number of layers.
    """
    size = config.input_size
    feature_map_shapes((size, size), len(config.anchors.layers))  # MXNet would crash, this raises
    mx.random.seed(config.seed)
    net = ToySSD(num_classes, config.anchors)
    net.initialize(mx.init.Xavier(magnitude=2), ctx=device.context)
    if hybridize:
        net.hybridize(static_alloc=True, static_shape=True)
    # One call on a single thread: a cold hybridized network fails when several threads meet it.
    forward(net, np.zeros((1, size, size, 3), np.uint8), device)
    return net


def to_input(images: NDArray[np.uint8], device: Device) -> Any:
    """Return images (B, H, W, 3) uint8 as the network's input on `device`; see `preprocess`."""
    return mx.nd.array(preprocess(images), ctx=device.context)


def forward(net: ToySSD, images: NDArray[np.uint8], device: Device) -> Predictions:
    """Run the network once.

    Parameters
    ----------
    images : (B, H, W, 3) uint8 RGB

    Returns
    -------
    Predictions
        numpy: anchors (A, 4), class_scores (B, A, C+1), offsets (B, A, 4), float32.
    """
    anchors, class_scores, offsets = net(to_input(images, device))
    return Predictions(
        anchors[0].asnumpy(),
        class_scores.asnumpy(),
        offsets.reshape((0, -1, 4)).asnumpy(),
    )


def learning_rate_at(config: TrainConfig, step: int, num_steps: int) -> float:
    """Return the learning rate of step `step` (0-based) of `num_steps`."""
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    if config.schedule == "constant":
        return config.learning_rate
    done = (step - config.warmup_steps) / max(1, num_steps - config.warmup_steps)
    return config.learning_rate * 0.5 * (1.0 + math.cos(math.pi * min(1.0, done)))


class Learner:
    """A network with its losses and optimiser: call `step` once a batch.

    Parameters
    ----------
    net : ToySSD, initialised on `device`
    config : TrainConfig
    device : Device
    """

    def __init__(self, net: ToySSD, config: TrainConfig, device: Device) -> None:
        self.net = net
        # The same parameters in a network of its own: one that both learns and predicts lays
        # its memory out anew at each change between the two, which costs a fifth of a step.
        self._learning_net = ToySSD(
            net.num_classes, net.anchor_config, prefix=net.prefix, params=net.collect_params()
        )
        if net._active:
            self._learning_net.hybridize(static_alloc=True, static_shape=True)
        self.config = config
        self.device = device
        if config.class_loss == "focal":
            self._class_loss = FocalLoss(alpha=config.focal_alpha, gamma=config.focal_gamma)
        else:
            self._class_loss = MinedCrossEntropyLoss()
        self._box_loss = SmoothL1Loss()
        for loss in (self._class_loss, self._box_loss):
            loss.hybridize(static_alloc=True, static_shape=True)
        options = {"learning_rate": config.learning_rate, "wd": config.weight_decay}
        if config.optimizer == "sgd":
            options["momentum"] = config.momentum
        self.trainer = mx.gluon.Trainer(net.collect_params(), config.optimizer, options)
        parameters = net._collect_params_with_prefix()
        self._learned = {n: each for n, each in parameters.items() if each.grad_req != "null"}
        # Batch norm's running mean and variance: every backward pass moves them.
        self._statistics = {n: each for n, each in parameters.items() if each.grad_req == "null"}

    def step(
        self, images: NDArray[np.uint8], labels: NDArray[np.float32], learning_rate: float
    ) -> StepRecord:
        """Learn from one batch.

        Parameters
        ----------
        images : (B, H, W, 3) uint8 RGB
        labels : (B, G, 5) float32
            class_id, xmin, ymin, xmax, ymax, normalised; rows of -1 are padding.
        learning_rate : float above 0

        Raises
        ------
        NotFiniteError
            If the output, a loss or a gradient is NaN or infinite; the network is then as it was.
        ValueError
            If `images`, `labels` or `learning_rate` is malformed, or mining finds too few
            negatives.
        """
        started = time.perf_counter()
        if not 0.0 < learning_rate < math.inf:
            raise ValueError(f"learning_rate must be a number above 0, got {learning_rate}")
        x = to_input(images, self.device)
        y = mx.nd.array(_check_labels(labels, len(x), self.net.num_classes), self.device.context)
        with mx.autograd.record():
            anchors, class_scores, offsets = self._learning_net(x)
        # Also because mining sorts by score, and sorting NaN can end the process.
        if not (_is_finite(class_scores) and _is_finite(offsets)):
            raise NotFiniteError(
                "the network's output is not finite",
                "output",
                images_not_finite(class_scores.asnumpy(), offsets.asnumpy()),
            )
        forward_done = time.perf_counter()

        box_target, box_mask, cls_target, num_positives = self._targets(anchors, y, class_scores)
        with mx.autograd.record():
            class_loss = self._class_loss(class_scores, cls_target)
            box_loss = self._box_loss(offsets, box_target, box_mask)
            class_scale, box_scale = self._scales(class_scores.shape, num_positives)
            loss = class_loss * class_scale + box_loss * (box_scale * self.config.box_weight)
        class_value = float(class_loss.sum().asscalar()) * class_scale
        box_value = float(box_loss.sum().asscalar()) * box_scale
        if not math.isfinite(class_value):
            images_hit = images_not_finite(class_loss.asnumpy())
            raise NotFiniteError(f"the class loss is {class_value}", "class loss", images_hit)
        if not math.isfinite(box_value):
            images_hit = images_not_finite(box_loss.asnumpy())
            error = ((offsets - box_target) * box_mask).asnumpy()
            raise NotFiniteError(
                f"the box loss is {box_value}",
                "box loss",
                images_hit,
                self._worst_box(anchors, y, error, images_hit),
            )
        self._backward(loss)
        backward_done = time.perf_counter()

        self.trainer.set_learning_rate(learning_rate)
        self.trainer.step(1)  # the scales above already hold the division
        mx.nd.waitall()
        update_done = time.perf_counter()

        shape_px = images.shape[1:3]
        scores, classes, shifts, box_targets, mask = (
            array.asnumpy() for array in (class_scores, cls_target, offsets, box_target, box_mask)
        )
        return StepRecord(
            class_loss=class_value,
            box_loss=box_value,
            **step_metrics(scores, classes, shifts, box_targets, mask),
            positive_box_error_px=positive_box_error_px(
                anchors[0].asnumpy(),
                classes,
                shifts,
                box_targets,
                self.config.match.variances,
                shape_px,
            ),
            num_positives=num_positives,
            positives_per_layer=num_positives_per_layer(classes, self.config.anchors, shape_px),
            learning_rate=learning_rate,
            num_samples=len(images),
            seconds={
                "forward": forward_done - started,
                "backward": backward_done - forward_done,
                "update": update_done - backward_done,
            },
        )

    def _backward(self, loss: Any) -> None:
        """Compute the gradients; a finite loss may still have infinite ones."""
        before = {name: each.data().copy() for name, each in self._statistics.items()}
        loss.backward()
        found = {name: each.grad() for name, each in self._learned.items()}
        found |= {name: each.data() for name, each in self._statistics.items()}
        spoiled = tuple(name for name, values in found.items() if not _is_finite(values))
        if not spoiled:
            return
        for name, each in self._statistics.items():
            each.set_data(before[name])
        mx.nd.waitall()
        raise NotFiniteError("the gradient is not finite", "gradient", parameters=spoiled)

    def _worst_box(
        self, anchors: Any, labels: Any, error: NDArray[np.float32], images: tuple[int, ...]
    ) -> int | None:
        """Return which object of the first of `images` lies worst; None if there is none."""
        if not images:  # each image's loss is finite, their sum is not
            return None
        return worst_ground_truth(
            anchors[0].asnumpy(),
            labels[images[0]].asnumpy(),
            error[images[0]].reshape(-1, 4),
            self.config.match.match_iou_threshold,
        )

    def _targets(self, anchors: Any, labels: Any, class_scores: Any) -> tuple[Any, Any, Any, int]:
        match = self.config.match
        box_target, box_mask, cls_target = mx.nd.contrib.MultiBoxTarget(
            anchors,
            labels,
            class_scores.transpose((0, 2, 1)),
            overlap_threshold=match.match_iou_threshold,
            negative_mining_ratio=match.negative_mining_ratio,
            negative_mining_thresh=match.negative_mining_threshold,
            variances=match.variances,
        )
        try:
            num_positives = int((cls_target > 0).sum().asscalar())
        except mx.base.MXNetError as error:
            if "num_negative" in str(error):
                raise ValueError(TOO_FEW_NEGATIVES) from error
            raise
        return box_target, box_mask, cls_target, num_positives

    def _scales(self, shape: tuple[int, ...], num_positives: int) -> tuple[float, float]:
        """Return what turns the losses' means over anchors into the recipe's division.

        The losses are means per image. ``anchors`` averages those over the batch, as the
        tutorial does; ``positives`` makes sums of them and divides by the positives, so that
        the step does not shrink with the number of anchors.
        """
        num_images, num_anchors = shape[0], shape[1]
        if self.config.loss_average == "anchors":
            return 1.0 / num_images, 1.0 / num_images
        positives = max(1, num_positives)
        return num_anchors / positives, 4 * num_anchors / positives


def _check_labels(labels: ArrayLike, num_images: int, num_classes: int) -> NDArray[np.float32]:
    rows = np.asarray(labels, np.float32)
    if rows.ndim != 3 or rows.shape[0] != num_images or rows.shape[2] != 5:
        raise ValueError(f"labels must have shape ({num_images}, G, 5), got {rows.shape}")
    for image in rows:
        check_labels(image, num_classes)
    if rows.shape[1] == 0:  # the operator needs a row, if only of padding
        return np.full((num_images, 1, 5), -1, np.float32)
    return rows


def _is_finite(array: Any) -> bool:
    # In numpy: on the CPU twenty times as fast as MXNet's multi_all_finite.
    return bool(np.isfinite(array.asnumpy()).all())
