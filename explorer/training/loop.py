"""Training as a generator of records.

`Training.records` does the work and yields one JSON-able dict after each step, each film frame
and each epoch. Whoever drives it (the worker process, a test, a notebook) decides between two
records whether to go on, to wait, to save or to stop.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DetectConfig, DetectorConfig, TrainConfig
from explorer.datasets import RecordDataset, epoch_batches, num_batches
from explorer.evaluation.evaluate import detect_batch, evaluate
from explorer.images import resize
from explorer.net.learning import Learner, NotFiniteError, forward, learning_rate_at, new_network
from explorer.net.runtime import Device

__all__ = ["FILM_IMAGES", "Training"]

FILM_IMAGES = 6
"""Validation images that are watched during the run."""

_CURE = "Try a lower learning rate; the last checkpoint is good."
_FRAMES_AN_EPOCH = 4
_FILM_DETECT = DetectConfig(score_threshold=0.05, nms_topk=200)


class Training:
    """A run in memory: the network, its optimiser, and the position in the data.

    Parameters
    ----------
    config : TrainConfig
        With `class_names` equal to the data set's.
    train_set, val_set : RecordDataset
    device : Device
    """

    def __init__(
        self, config: TrainConfig, train_set: RecordDataset, val_set: RecordDataset, device: Device
    ) -> None:
        self.config = config
        self.train_set = train_set
        self.val_set = val_set
        self.device = device
        self.detector = DetectorConfig(
            class_names=train_set.class_names, anchors=config.anchors, input_size=config.input_size
        )
        self.net = new_network(len(train_set.class_names), config, device)
        self.learner = Learner(self.net, config, device)
        self.steps_per_epoch = num_batches(len(train_set), config.batch_size)
        self.num_steps = self.steps_per_epoch * config.epochs
        self.step = 0
        self.validated_step = 0
        """The step after which the last "epoch" record was made."""
        self.learning_rate: float | None = None
        """Overrides the recipe's schedule while it is not None."""
        self.film_images = self._film_images()

    @property
    def epoch(self) -> int:
        """The epoch of the next step, 0-based."""
        return self.step // self.steps_per_epoch

    def records(self) -> Iterator[dict[str, Any]]:
        """Train from the present position to the end, yielding records.

        Yields
        ------
        dict
            ``kind`` is "step" (`StepRecord`, the epoch and seconds of data loading), "film"
            (detections on the fixed images) or "epoch" (validation figures). Each holds
            ``step``, the number of steps done.

        Raises
        ------
        NotFiniteError
            If the network's output, a loss or a gradient is NaN or infinite.
        """
        if self.step == 0:
            yield self._film_record()
        while self.step < self.num_steps or self._owes_validation():
            # A run stopped right after the last step of an epoch comes back without its figures.
            if not self._owes_validation():
                yield from self._epoch()
            yield self._film_record()
            yield self._validation_record()

    def _owes_validation(self) -> bool:
        at_end = self.step > 0 and self.step % self.steps_per_epoch == 0
        return at_end and self.validated_step != self.step

    def _epoch(self) -> Iterator[dict[str, Any]]:
        epoch = self.epoch
        batches = epoch_batches(
            self.train_set,
            self.config.batch_size,
            self.config.input_size,
            seed=self.config.seed,
            epoch=epoch,
            augment_mode=self.config.augment,
            skip=self.step - epoch * self.steps_per_epoch,
        )
        frame_every = max(1, self.steps_per_epoch // _FRAMES_AN_EPOCH)
        asked = time.perf_counter()
        for batch in batches:
            data_seconds = time.perf_counter() - asked
            rate = self.learning_rate
            if rate is None:
                rate = learning_rate_at(self.config, self.step, self.num_steps)
            try:
                done = self.learner.step(batch.images, batch.labels, rate)
            except NotFiniteError as error:
                ids = ", ".join(str(i) for i in batch.record_ids)
                raise NotFiniteError(
                    f"Stopped at step {self.step + 1}: {error} in the batch of records {ids}. "
                    f"{_CURE}"
                ) from error
            self.step += 1
            record = {"kind": "step", "step": self.step, "epoch": epoch + 1, **asdict(done)}
            record["seconds"]["data"] = data_seconds
            yield record
            at_end = self.step % self.steps_per_epoch == 0
            if self.step % frame_every == 0 and not at_end:
                yield self._film_record()
            asked = time.perf_counter()

    def _validation_record(self) -> dict[str, Any]:
        result = evaluate(self.net, self.detector, self.val_set, self.device)
        self.validated_step = self.step
        return {
            "kind": "epoch",
            "step": self.step,
            "epoch": self.step // self.steps_per_epoch,
            **asdict(result.precision),
            "num_images": result.num_images,
            "seconds": result.seconds,
        }

    def _film_images(self) -> list[tuple[NDArray[np.uint8], NDArray[np.float32]]]:
        """Return (image, labels) of validation images spread evenly over the set."""
        count = min(FILM_IMAGES, len(self.val_set))
        size = self.config.input_size
        chosen = np.linspace(0, len(self.val_set) - 1, count).astype(int)
        samples = [self.val_set[int(index)] for index in chosen]
        return [(resize(sample.image, size, size), sample.labels) for sample in samples]

    def _film_record(self) -> dict[str, Any]:
        images = np.stack([image for image, _ in self.film_images])
        predictions = forward(self.net, images, self.device)
        if not all(np.isfinite(x).all() for x in (predictions.class_scores, predictions.offsets)):
            raise NotFiniteError(
                f"Stopped after step {self.step}: the network's output is no longer finite. {_CURE}"
            )
        frames = []
        for found in detect_batch(predictions, _FILM_DETECT):
            frames.append(
                {
                    "boxes": np.round(found.boxes, 4).tolist(),
                    "score": np.round(found.score, 4).tolist(),
                    "class_id": found.class_id.tolist(),
                }
            )
        return {"kind": "film", "step": self.step, "images": frames}
