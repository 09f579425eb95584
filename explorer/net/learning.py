"""One training step of a ToySSD and one forward pass of any network, with numpy in and out.

A step may be shared by several devices; what each of them does is in `explorer.net.data_parallel`.
"""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import OPTIMIZERS, DetectorConfig, TrainConfig
from explorer.i18n import _
from explorer.net.data_parallel import (
    Share,
    check_losses,
    check_output,
    divide,
    is_finite,
    joined,
    total,
)
from explorer.net.losses import SmoothL1Loss, class_loss_of, loss_scales
from explorer.net.networks import Network, build_known
from explorer.net.preprocessing import preprocess
from explorer.net.runtime import Device, mx
from explorer.net.step_metrics import (
    StepRecord,
    num_positives_per_layer,
    positive_box_error_px,
    step_metrics,
)
from explorer.net.toy_ssd import ToySSD, fuse_relu
from explorer.ssd.anchors import anchors_per_layer
from explorer.ssd.not_finite import NotFiniteError
from explorer.ssd.predictions import Predictions
from explorer.ssd.targets import check_batch_labels


def new_network(
    detector: DetectorConfig, device: Device, *others: Device, seed: int = 0, hybridize: bool = True
) -> ToySSD:
    """Return a detector's network with fresh Xavier weights, the same for the same `seed`.

    Each device has a copy of them; `forward` is called on the first.

    Raises
    ------
    ValueError
        If its architecture cannot be built.
    """
    size = detector.input_size
    net = build_known(detector)
    mx.random.seed(seed)
    net.initialize(mx.init.Xavier(magnitude=2), ctx=[each.context for each in (device, *others)])
    if hybridize:
        net.hybridize(static_alloc=True, static_shape=True)
    # One call on a single thread: a cold hybridized network fails when several threads meet it.
    forward(net, np.zeros((1, size, size, 3), np.uint8), device)
    return net


def to_input(net: Network, images: NDArray[np.uint8], device: Device) -> Any:
    """Return images (B, H, W, 3) uint8 RGB as the network's input on `device`."""
    return mx.nd.array(preprocess(images, net.pixels), ctx=device.context)


def forward(net: Network, images: NDArray[np.uint8], device: Device) -> Predictions:
    """Run the network once.

    Parameters
    ----------
    images : (B, H, W, 3) uint8 RGB

    Returns
    -------
    Predictions
        numpy: anchors (A, 4), class_scores (B, A, C+1), offsets (B, A, 4), float32.
    """
    anchors, class_scores, offsets = net(to_input(net, images, device))
    return Predictions(
        anchors[0].asnumpy(),
        class_scores.asnumpy(),
        offsets.reshape((0, -1, 4)).asnumpy(),
    )


class Learner:
    """A network with its losses and optimiser: call `step` once per batch.

    Several devices divide each batch evenly among themselves; their gradients are summed, and
    every device makes the same update. Losses are divided by the positives of the whole batch, so
    a step is the same as on one device, but for batch norm: each device normalises with the mean
    and variance of its own images. The running ones are the mean over the images of all devices,
    so that the network is one, wherever it is.

    Parameters
    ----------
    net : ToySSD, initialised on all devices
    detector : DetectorConfig
        Of that network.
    device, *others : Device

    Raises
    ------
    ValueError
        If it is a network that cannot be trained.
    """

    def __init__(
        self,
        net: Network,
        detector: DetectorConfig,
        config: TrainConfig,
        device: Device,
        *others: Device,
    ) -> None:
        if not isinstance(net, ToySSD):
            raise ValueError(
                _("a network that is a graph of MXNet predicts, but cannot be trained here")
            )
        self.net = net
        self._per_layer = anchors_per_layer(detector.anchors, detector.feature_maps)
        # The same parameters in a network of its own: one that both learns and predicts lays
        # its memory out again at each change between the two, which costs a fifth of a step.
        self._learning_net = type(net)(
            net.num_classes, net.anchor_config, prefix=net.prefix, params=net.collect_params()
        )
        if device.name == "cpu":
            fuse_relu(self._learning_net)
        if net._active:
            self._learning_net.hybridize(static_alloc=True, static_shape=True)
        self.config = config
        self.devices = (device, *others)
        self._class_loss = class_loss_of(config)
        self._box_loss = SmoothL1Loss()
        for loss in (self._class_loss, self._box_loss):
            loss.hybridize(static_alloc=True, static_shape=True)
        options = {"learning_rate": config.learning_rate, "wd": config.weight_decay}
        options |= {name: getattr(config, name) for name in OPTIMIZERS[config.optimizer].options}
        self.trainer = mx.gluon.Trainer(
            net.collect_params(),
            config.optimizer,
            options,
            kvstore="device",
            update_on_kvstore=False,  # the states stay here, where checkpoints find them
        )
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
            text = _("learning_rate must be a number above 0, got {learning_rate}")
            raise ValueError(text.format(learning_rate=learning_rate))
        planes = preprocess(images, self.net.pixels)
        if not len(planes):
            raise ValueError(_("images must hold at least one image, got none"))
        rows = check_batch_labels(labels, len(planes), self.net.num_classes)
        # A list: each device has begun before the first is waited for. So it is below.
        shares = [
            Share(self._learning_net, planes[part], rows[part], device)
            for device, part in divide(len(planes), self.devices)
        ]
        check_output(shares)
        forward_done = time.perf_counter()

        for share in shares:
            share.assign_targets(self.config.match)
        num_positives = sum(share.num_positives for share in shares)
        num_anchors = shares[0].cls_target.shape[1]
        class_scale, box_scale = loss_scales(self.config, len(images), num_anchors, num_positives)
        for share in shares:
            share.compute_losses(
                self._class_loss, self._box_loss, class_scale, box_scale * self.config.box_weight
            )
        class_value = total([share.class_loss for share in shares]) * class_scale
        box_value = total([share.box_loss for share in shares]) * box_scale
        threshold = self.config.match.match_iou_threshold
        check_losses(shares, class_value, box_value, rows, threshold)
        self._backward(shares)
        backward_done = time.perf_counter()

        self.trainer.set_learning_rate(learning_rate)
        self.trainer.step(1)  # the scales above already hold the division
        mx.nd.waitall()
        update_done = time.perf_counter()

        shape_px = images.shape[1:3]
        names = ("class_scores", "cls_target", "offsets", "box_target", "box_mask")
        scores, classes, shifts, box_targets, mask = (
            joined([getattr(share, name) for share in shares]) for name in names
        )
        return StepRecord(
            class_loss=class_value,
            box_loss=box_value,
            **step_metrics(scores, classes, shifts, box_targets, mask),
            positive_box_error_px=positive_box_error_px(
                shares[0].anchors[0].asnumpy(),
                classes,
                shifts,
                box_targets,
                self.config.match.variances,
                shape_px,
            ),
            num_positives=num_positives,
            positives_per_layer=num_positives_per_layer(classes, self._per_layer),
            learning_rate=learning_rate,
            num_samples=len(images),
            seconds={
                "forward": forward_done - started,
                "backward": backward_done - forward_done,
                "update": update_done - backward_done,
            },
        )

    def _backward(self, shares: list[Share]) -> None:
        """Compute the gradients; a finite loss may still have infinite ones."""
        before = {name: each.list_data()[0].copy() for name, each in self._statistics.items()}
        for share in shares:
            share.loss.backward()
        used = slice(len(shares))
        found = {name: each.list_grad()[used] for name, each in self._learned.items()}
        found |= {name: each.list_data()[used] for name, each in self._statistics.items()}
        spoiled = tuple(name for name, arrays in found.items() if not all(map(is_finite, arrays)))
        if spoiled:
            for name, each in self._statistics.items():
                each.set_data(before[name])
            mx.nd.waitall()
            raise NotFiniteError(_("the gradient is not finite"), "gradient", parameters=spoiled)
        if len(self.devices) > 1:
            self._bring_together(shares)

    def _bring_together(self, shares: list[Share]) -> None:
        """Give all devices the same statistics, and those without an image no gradient."""
        num_images = sum(share.num_images for share in shares)
        weights = [np.float32(share.num_images / num_images) for share in shares]
        for each in self._statistics.values():
            parts = [array.asnumpy() for array in each.list_data()[: len(shares)]]
            each.set_data(
                mx.nd.array(sum(w * part for w, part in zip(weights, parts, strict=True)))
            )
        for each in self._learned.values():
            for number in range(len(shares), len(self.devices)):
                each.list_grad()[number][:] = 0
                each.list_data()[number]._fresh_grad = True  # else the trainer thinks it forgotten
