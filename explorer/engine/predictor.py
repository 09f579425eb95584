"""The part of `Engine` that predicts: a network, where it computes, and what it finds."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DetectConfig, DetectorConfig, TrainConfig
from explorer.config.settings import one_sentence
from explorer.engine.decoding import class_probabilities, decode_predictions
from explorer.engine.matcher import Matcher
from explorer.engine.pretrained import pretrained_path
from explorer.i18n import _
from explorer.images import resize
from explorer.ssd.detection import Detections
from explorer.ssd.predictions import Predictions

if TYPE_CHECKING:
    from explorer.engine.export.exported import Exported
    from explorer.engine.transfer import Transfer
    from explorer.net.networks import Network
    from explorer.net.runtime import Device


class Predictor(Matcher):
    """A detector's network, built when it is first needed.

    Parameters
    ----------
    config : TrainConfig
        Its device, the seed of its weights, and what they begin with.
    detector : DetectorConfig
        What the network is.
    devices : tuple of Device
        Instead of those that `config` names; empty for these.
    """

    def __init__(
        self, config: TrainConfig, detector: DetectorConfig, devices: tuple[Device, ...] = ()
    ) -> None:
        super().__init__(
            detector.anchors,
            detector.feature_maps,
            detector.input_shape_px,
            config.match,
            len(detector.class_names),
        )
        self.train_config, self.detector = config, detector
        self.taken: Transfer | None = None
        """What the first weights took from `TrainConfig.pretrained`; None if nothing was asked."""
        self._devices = devices
        self._net: Network | None = None
        self._lock = threading.RLock()  # MXNet's networks are not safe to call from two threads

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names in order of `class_id`."""
        return self.detector.class_names

    @property
    def devices(self) -> tuple[Device, ...]:
        """Where training computes."""
        if not self._devices:
            from explorer.net.runtime import choose_devices

            self._devices = choose_devices(self.train_config.device, self.train_config.num_gpus)
        return self._devices

    @property
    def device(self) -> Device:
        """Where the network predicts; its `notice` says so when no GPU was found."""
        return self.devices[0]

    @property
    def net(self) -> Network:
        """The Gluon network, built at first use: the same seed gives the same weights.

        Raises
        ------
        CheckpointError
            If the weights to begin with are missing or damaged.
        """
        with self._lock:
            if self._net is None:
                from explorer.engine.warm_start import warm_start
                from explorer.net.learning import new_network

                net = new_network(self.detector, *self.devices, seed=self.train_config.seed)
                if pretrained := self.train_config.pretrained:
                    self.taken = warm_start(net, self.detector, pretrained_path(pretrained))
                self._net = net
            return self._net

    def predict(self, images: Any) -> Predictions:
        """Run the network.

        Parameters
        ----------
        images : (B, H, W, 3) uint8 RGB, B at least 1
            Resized to the network's input where they are not.

        Returns
        -------
        Predictions
            anchors (A, 4), class_scores (B, A, C+1), offsets (B, A, 4), float32.

        Raises
        ------
        ValueError
            If `images` holds none, or something else.
        """
        from explorer.net.learning import forward

        if not isinstance(images, Iterable):
            text = _("images must be (B, H, W, 3) uint8 RGB, got {images!r}")
            raise ValueError(text.format(images=images))
        batch = self._batch(images)
        with self._lock:
            return forward(self.net, batch, self.device)

    def _batch(self, images: Any) -> NDArray[np.uint8]:
        """Return images as one batch; one that has the input's size already is not copied."""
        size = self.detector.input_size
        if not (isinstance(images, np.ndarray) and images.shape[1:] == (size, size, 3)):
            images = [resize(_check_image(image), size, size) for image in images]
        if not len(images):
            raise ValueError(_("images must hold at least one image, got none"))
        return np.asarray(images)

    def probabilities(self, predictions: Predictions) -> NDArray[np.float32]:
        """Return the probability of each class, background first, (B, A, C+1) float32."""
        return class_probabilities(self.detector, predictions)

    def decode(
        self, predictions: Predictions, config: DetectConfig | None = None, **changes: Any
    ) -> list[Detections]:
        """Turn predictions of B images into B `Detections`; no forward pass is needed.

        Parameters
        ----------
        predictions : Predictions
            As `predict` returns them.
        config, **changes
            As for `detect`.

        Raises
        ------
        ValueError
            If a setting is out of range, or the network's output is not finite.
        """
        with one_sentence():
            config = (config or DetectConfig()).with_(**changes)
        return decode_predictions(self.detector, predictions, config)

    def detect(self, image: Any, config: DetectConfig | None = None, **changes: Any) -> Detections:
        """Find the objects in one image.

        Parameters
        ----------
        image : (H, W, 3) uint8 RGB, any size
        config : DetectConfig, optional
        **changes
            Single settings of it: ``score_threshold=0.5``, ``nms_iou_threshold=0.45``, …

        Returns
        -------
        Detections
            By falling score; boxes normalised to the image.

        Raises
        ------
        ValueError
            If the image has another shape or dtype, a setting is out of range, or the
            network's output is not finite.
        """
        with one_sentence():
            config = (config or DetectConfig()).with_(**changes)
        return self.decode(self.predict([image]), config)[0]

    def save(self, path: str | Path, about: dict[str, Any] | None = None) -> None:
        """Write the weights to `path` (``….params``) and a JSON beside it that says what fits.

        Parameters and errors are those of `explorer.engine.checkpoint.save_checkpoint`.
        """
        from explorer.engine.checkpoint import save_checkpoint

        with self._lock:
            save_checkpoint(Path(path), self.net, self.detector, about)

    def load_weights(self, path: Path) -> None:
        """Take the weights of a checkpoint of this very detector.

        Raises
        ------
        CheckpointError
            If it is missing, damaged or another detector's; the engine is then as it was.
        """
        from explorer.engine.checkpoint import load_checkpoint

        net, _detector = load_checkpoint(path, *self.devices, expected=self.detector)
        with self._lock:
            self._net = net

    def as_onnx(self, checksum: str) -> Exported:
        """Return the network as ONNX; see `explorer.engine.export.onnx_file.as_onnx`."""
        from explorer.engine.export.onnx_file import as_onnx

        with self._lock:
            return as_onnx(self.net, self.detector, self.device, checksum)

    def as_torch(self, checksum: str) -> Exported:
        """Return it as a PyTorch module; see `explorer.engine.export.torch_files.as_torch`."""
        from explorer.engine.export.torch_files import as_torch

        with self._lock:
            return as_torch(self.net, self.detector, self.device, checksum)


def _check_image(image: Any) -> NDArray[np.uint8]:
    array = np.asarray(image)
    if array.ndim != 3 or array.shape[2] != 3 or array.dtype != np.uint8 or array.size == 0:
        text = _("image must be (H, W, 3) uint8 RGB, got {shape} {dtype}")
        raise ValueError(text.format(shape=array.shape, dtype=array.dtype))
    return array
