"""`Engine`: anchors, matching, targets, training steps, predictions and detections.

The network is built when it is first needed, so that anchors and matching cost no MXNet import.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import (
    AnchorConfig,
    DetectorConfig,
    DetectorHints,
    Hardware,
    TrainConfig,
    anchor_preset,
    recipe,
)
from explorer.config.settings import one_sentence
from explorer.engine.predictor import Predictor
from explorer.i18n import _

if TYPE_CHECKING:
    from explorer.net.batch_losses import BatchLosses
    from explorer.net.learning import Learner
    from explorer.net.runtime import Device
    from explorer.net.step_metrics import StepRecord


class Engine(Predictor):
    """A detector with everything around it.

    Parameters
    ----------
    class_names : sequence of str
        In order of `class_id`, without the background.
    anchors : str or AnchorConfig
        A preset (``"toy-ssd"``, ``"creature"``) or a configuration.
    input_size : int
        Side of the network's square input, px.
    device : str
        ``"auto"`` (first GPU, else CPU), ``"cpu"``, ``"gpu0"``, …
    seed : int
        Of the initial weights.
    train : TrainConfig, optional
        The recipe of `train_step`, by default "fast"; its classes, anchors, input size, device
        and seed are replaced by the ones given here, and it computes on one device.

    Raises
    ------
    ValueError
        If a setting is out of range.

    Examples
    --------
    >>> engine = Engine(class_names=("creature",))
    >>> grid = engine.anchors()
    >>> len(grid), grid.boxes.shape
    (5444, (5444, 4))
    >>> matching = engine.match([[0.3, 0.3, 0.5, 0.5]], [0])
    >>> int(matching.positive.sum())
    31
    """

    _learner: Learner | None = None

    def __init__(
        self,
        class_names: tuple[str, ...] | list[str] = ("object",),
        anchors: str | AnchorConfig = "toy-ssd",
        input_size: int = 256,
        device: str = "auto",
        seed: int = 0,
        train: TrainConfig | None = None,
    ) -> None:
        # tuple("cat") would be three classes
        if isinstance(class_names, str) or not isinstance(class_names, Iterable):
            text = _("class_names must be a list of names, got {class_names!r}")
            raise ValueError(text.format(class_names=class_names))
        with one_sentence():
            config = (train or recipe("fast")).with_(
                class_names=tuple(class_names),
                anchors=anchor_preset(anchors) if isinstance(anchors, str) else anchors,
                input_size=input_size,
                seed=seed,
                **dict(Hardware(device=device)),
            )
        super().__init__(config, config.detector(config.class_names))

    @classmethod
    def of(cls, config: TrainConfig, *devices: Device) -> Engine:
        """Return an engine that learns as `config`, which has class names, says.

        Parameters
        ----------
        *devices : Device
            Instead of those that `config` names, which may be several GPUs.

        Raises
        ------
        ValueError
            If there are no class names, or the input is too small for the number of layers.
        """
        return cls._made(config, config.detector(config.class_names), devices)

    @classmethod
    def _made(
        cls, config: TrainConfig, detector: DetectorConfig, devices: tuple[Device, ...]
    ) -> Engine:
        engine = cls.__new__(cls)
        Predictor.__init__(engine, config, detector, devices)
        return engine

    def prepare(self) -> None:
        """Build the network and its optimiser now, and not in the first step."""
        _learner = self.learner

    @property
    def learner(self) -> Learner:
        """The network with its losses and its optimiser, built at first use."""
        with self._lock:
            if self._learner is None:
                from explorer.net.learning import Learner

                self._learner = Learner(self.net, self.detector, self.train_config, *self.devices)
            return self._learner

    def train_step(
        self, images: Any, labels: Any, learning_rate: float | None = None
    ) -> StepRecord:
        """Learn from one batch.

        Parameters
        ----------
        images : (B, S, S, 3) uint8 RGB, S = input_size
        labels : (B, G, 5) float32
            class_id, xmin, ymin, xmax, ymax, normalised; rows of -1 are padding.
        learning_rate : float, optional
            By default the recipe's.

        Raises
        ------
        NotFiniteError
            If a loss is NaN or infinite; the weights stay as they were.
        ValueError
            If `images` or `labels` is malformed.
        """
        batch = np.asarray(images)
        size = self.detector.input_size
        if batch.shape[1:] != (size, size, 3):
            text = _("images must be (B, {size}, {size}, 3) uint8 RGB, got {shape}")
            raise ValueError(text.format(size=size, shape=batch.shape))
        rate = self.train_config.learning_rate if learning_rate is None else learning_rate
        with self._lock:
            return self.learner.step(batch, np.asarray(labels, np.float32), rate)

    def batch_losses(self, images: NDArray[np.uint8], labels: NDArray[np.float32]) -> BatchLosses:
        """Return the loss that `train_step` would minimise, anchor by anchor; nothing is learned.

        Raises
        ------
        ValueError
            If the network's output is not finite, or mining finds too few negatives.
        """
        from explorer.net.batch_losses import batch_losses

        with self._lock:
            return batch_losses(self.net, self.train_config, images, labels, self.device)

    @classmethod
    def load(
        cls, path: str | Path, device: str = "auto", hints: DetectorHints | None = None
    ) -> Engine:
        """Return an engine with the network and the detector of a checkpoint.

        Parameters
        ----------
        path : path
            A ``.params`` file, ours or one that others made with MXNet.
        hints : DetectorHints, optional
            What is known of others' detector that its file does not say; see
            `explorer.engine.foreign`.

        Raises
        ------
        CheckpointError
            If it is missing or damaged, or of no known network.
        """
        from explorer.engine.checkpoint import load_checkpoint
        from explorer.net.runtime import choose_device

        chosen = choose_device(device)
        net, detector = load_checkpoint(Path(path), chosen, hints=hints or DetectorHints())
        match = recipe("fast").match.with_(variances=detector.variances)
        config = recipe(
            "fast",
            class_names=detector.class_names,
            anchors=detector.anchors,
            input_size=detector.input_size,
            match=match,
            device=device,
        )
        engine = cls._made(config, detector, (chosen,))
        engine._net = net
        return engine

    def load_weights(self, path: Path) -> None:
        """Take the weights of a checkpoint of this very detector; the optimiser begins again.

        Raises
        ------
        CheckpointError
            If it is missing, damaged or another detector's; the engine is then as it was.
        """
        super().load_weights(path)
        self._learner = None

    def save_states(self, path: Path) -> None:
        """Write what the optimiser keeps; see `explorer.engine.optimizer_states`."""
        from explorer.engine.optimizer_states import save_states

        save_states(path, self.learner.trainer)

    def load_states(self, path: Path, step: int) -> None:
        """Take what `save_states` wrote after `step` steps."""
        from explorer.engine.optimizer_states import load_states

        load_states(path, self.learner.trainer, step)

    def gpu_memory_bytes(self) -> int | None:
        """Return the memory in use on the fullest of its GPUs; None on the CPU."""
        from explorer.net.runtime import gpu_memory_bytes

        return gpu_memory_bytes(self.devices)
