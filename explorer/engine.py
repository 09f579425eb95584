"""The façade that a notebook or a script uses: anchors, predictions, matching, steps, detections.

The network is built when it is first needed, so that anchors and matching cost no MXNet import.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import (
    AnchorConfig,
    DetectConfig,
    Hardware,
    MatchConfig,
    TrainConfig,
    anchor_preset,
    recipe,
)
from explorer.config.settings import one_sentence
from explorer.i18n import _
from explorer.images import resize
from explorer.ssd.anchors import AnchorGrid, anchor_grid
from explorer.ssd.boxes import check_boxes, iou
from explorer.ssd.detection import Detections, detect, softmax
from explorer.ssd.matching import Matching, match
from explorer.ssd.targets import check_relative

if TYPE_CHECKING:
    from explorer.net.learning import Learner, StepRecord
    from explorer.net.runtime import Device
    from explorer.net.toy_ssd import Predictions, ToySSD

__all__ = ["Engine"]


class Engine:
    """A ToySSD detector with everything around it.

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
        anchor_config = anchor_preset(anchors) if isinstance(anchors, str) else anchors
        with one_sentence():
            self.train_config = (train or recipe("fast")).with_(
                class_names=tuple(class_names),
                anchors=anchor_config,
                input_size=input_size,
                seed=seed,
                **dict(Hardware(device=device)),
            )
            self.detector = self.train_config.detector(tuple(class_names))
        self._lock = threading.RLock()  # MXNet's networks are not safe to call from two threads
        self._device: Device | None = None
        self._net: ToySSD | None = None
        self._learner: Learner | None = None
        self._grid = anchor_grid(
            self.detector.anchors, self.detector.feature_maps, self.detector.input_shape_px
        )

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names in order of `class_id`."""
        return self.detector.class_names

    @property
    def device(self) -> Device:
        """Where the network computes; its `notice` says so when no GPU was found."""
        if self._device is None:
            from explorer.net.runtime import choose_device

            self._device = choose_device(self.train_config.device)
        return self._device

    @property
    def net(self) -> ToySSD:
        """The Gluon network, built at first use."""
        with self._lock:
            if self._net is None:
                from explorer.training.beginning import first_network

                self._net, _taken = first_network(self.detector, self.train_config, self.device)
            return self._net

    def anchors(self) -> AnchorGrid:
        """Return all anchors, each with its layer, row, column and shape index."""
        return self._grid

    def match(
        self,
        gt_boxes: Any,
        gt_classes: Any = None,
        config: MatchConfig | None = None,
    ) -> Matching:
        """Assign anchors to ground truths, and say why.

        Parameters
        ----------
        gt_boxes : (G, 4), corner, normalised; G may be 0
        gt_classes : (G,) int, optional
            Checked only: matching looks at boxes alone.
        config : MatchConfig, optional

        Returns
        -------
        Matching
            Per anchor its ground truth or -1, the best IoU, and the kind of match.

        Raises
        ------
        ValueError
            If a box is inverted, not finite or in pixels, or a class is not one of `class_names`.
        """
        given = np.asarray(gt_boxes, np.float32)
        boxes = check_boxes(given.reshape(0, 4) if given.size == 0 else given, "gt_boxes")
        check_relative(boxes, "gt_boxes")
        if gt_classes is not None:
            classes = np.asarray(gt_classes, np.int64).reshape(-1)
            if len(classes) != len(boxes):
                text = _("{num_boxes} gt_boxes but {num_classes} gt_classes")
                raise ValueError(text.format(num_boxes=len(boxes), num_classes=len(classes)))
            if ((classes < 0) | (classes >= len(self.class_names))).any():
                text = _("gt_classes must be 0..{last}, got {values}")
                raise ValueError(
                    text.format(last=len(self.class_names) - 1, values=classes.tolist())
                )
        config = config or self.train_config.match
        return match(iou(self._grid.boxes, boxes), config.match_iou_threshold)

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

        size = self.detector.input_size
        resized = [resize(_check_image(image), size, size) for image in images]
        if not resized:
            raise ValueError(_("images must hold at least one image, got none"))
        batch = np.stack(resized)
        with self._lock:
            return forward(self.net, batch, self.device)

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
            config = self.detector.complete((config or DetectConfig()).with_(**changes))
        predictions = self.predict([image])
        return detect(
            predictions.anchors,
            softmax(predictions.class_scores[0]),
            predictions.offsets[0],
            config,
        )

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
        from explorer.net.learning import Learner

        batch = np.asarray(images)
        size = self.detector.input_size
        if batch.shape[1:] != (size, size, 3):
            text = _("images must be (B, {size}, {size}, 3) uint8 RGB, got {shape}")
            raise ValueError(text.format(size=size, shape=batch.shape))
        with self._lock:
            if self._learner is None:
                self._learner = Learner(self.net, self.detector, self.train_config, self.device)
            return self._learner.step(
                batch,
                np.asarray(labels, np.float32),
                self.train_config.learning_rate if learning_rate is None else learning_rate,
            )

    def save(self, path: str | Path) -> None:
        """Write the weights to `path` (``….params``) and a JSON beside it that says what fits."""
        from explorer.net.checkpoint import save_checkpoint

        with self._lock:
            save_checkpoint(Path(path), self.net, self.detector)

    @classmethod
    def load(cls, path: str | Path, device: str = "auto") -> Engine:
        """Return an engine with the network, classes and anchors of a checkpoint.

        Raises
        ------
        CheckpointError
            If it is missing or damaged.
        """
        from explorer.net.checkpoint import load_checkpoint
        from explorer.net.runtime import choose_device

        chosen = choose_device(device)
        net, detector = load_checkpoint(Path(path), chosen)
        train = recipe("fast")
        train = train.with_(match=train.match.with_(variances=detector.variances))
        engine = cls(detector.class_names, detector.anchors, detector.input_size, device, 0, train)
        engine._device = chosen
        engine._net = net
        return engine


def _check_image(image: Any) -> NDArray[np.uint8]:
    array = np.asarray(image)
    if array.ndim != 3 or array.shape[2] != 3 or array.dtype != np.uint8 or array.size == 0:
        text = _("image must be (H, W, 3) uint8 RGB, got {shape} {dtype}")
        raise ValueError(text.format(shape=array.shape, dtype=array.dtype))
    return array
