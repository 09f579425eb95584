"""Training as a generator of records.

`Training.records` does the work and yields one JSON-able dict after each step, each film frame
and each epoch. Whoever drives it (the worker process, a test, a notebook) decides between two
records whether to go on, to wait, to save or to stop.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Generator, Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import psutil

from explorer.config import OVERFIT_STEPS, TrainConfig
from explorer.datasets import Batch, RecordDataset, epoch_batches, num_batches
from explorer.datasets.labels import padded
from explorer.datasets.records.trainable import check_objects
from explorer.engine import Engine
from explorer.engine.pretrained import pretrained_name
from explorer.evaluation.evaluate import evaluate
from explorer.i18n import _
from explorer.ssd.not_finite import NotFiniteError, images_not_finite
from explorer.training.film import film_frame, watched_images
from explorer.training.tripwire import DivergedError

_FRAMES_AN_EPOCH = 4
_MB = 1e6

_process = psutil.Process()


def batches_of(
    config: TrainConfig, dataset: RecordDataset, epoch: int, done: int
) -> Generator[Batch, None, None]:
    """Yield an epoch's batches after the first `done`; a run that overfits has the first alone."""
    overfit = config.overfit
    return epoch_batches(
        dataset,
        config.batch_size,
        config.input_size,
        seed=config.seed,
        epoch=0 if overfit else epoch,
        augment_mode="none" if overfit else config.augment,
        skip=0 if overfit else done,
    )


class Training:
    """A run in memory: the network, its optimiser, and the position in the data.

    Parameters
    ----------
    engine : Engine
        Of the data set's classes.
    train_set, val_set : RecordDataset

    Raises
    ------
    CheckpointError
        If the weights to begin with are missing or damaged.
    ValueError
        If no image has an object, to learn from or to validate on.
    """

    def __init__(self, engine: Engine, train_set: RecordDataset, val_set: RecordDataset) -> None:
        check_objects(train_set, val_set)
        self.engine = engine
        self.config = config = engine.train_config
        self.train_set = train_set
        self.val_set = val_set
        engine.prepare()  # so that what cannot be built is said before the first step
        self.steps_per_epoch = (
            OVERFIT_STEPS if config.overfit else num_batches(len(train_set), config.batch_size)
        )
        self.epochs = config.epochs
        """Of the whole run; `set_epochs` changes it."""
        self.step = 0
        self.validated_step = 0
        """The step after which the last "epoch" record was made."""
        self.learning_rate: float | None = None
        """Overrides the recipe's schedule while it is not None."""
        self.watched = watched_images(val_set, engine)

    @property
    def epoch(self) -> int:
        """The epoch of the next step, 0-based: the number of those that are done."""
        return self.config.first_epoch + self.step // self.steps_per_epoch

    @property
    def num_steps(self) -> int:
        """Steps of the whole run, at which the learning rate's schedule ends."""
        return self.steps_per_epoch * (self.epochs - self.config.first_epoch)

    def scheduled_rate(self) -> float:
        """Return the learning rate that the schedule has for the next step."""
        before = self.steps_per_epoch * self.config.first_epoch
        return self.config.learning_rate_at(before + self.step, before + self.num_steps)

    def remarks(self) -> Iterator[dict[str, Any]]:
        """Yield what one should know of the weights and the data, an event each."""
        if self.engine.taken is not None:
            source = pretrained_name(self.config.pretrained)
            yield {"event": "pretrained", "source": source, **asdict(self.engine.taken)}
        if (num_images := len(self.train_set)) < (batch_size := self.config.batch_size):
            yield {"event": "few_images", "num_images": num_images, "batch_size": batch_size}

    def set_epochs(self, epochs: int) -> None:
        """Let the run have this many epochs; fewer than are begun: end it after the present one."""
        begun = max(1, -(-self.step // self.steps_per_epoch))
        self.epochs = max(epochs, self.config.first_epoch + begun)

    def records(self) -> Iterator[dict[str, Any]]:
        """Train from the present position to the end, yielding records.

        Yields
        ------
        dict
            ``kind`` is "step" (`StepRecord`, the epoch, seconds of data loading and the
            process's memory), "film" (detections on the fixed images) or "epoch" (validation
            figures). Each holds ``step``, the number of steps done.

        Raises
        ------
        DivergedError
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
        frame_every = max(1, self.steps_per_epoch // _FRAMES_AN_EPOCH)
        asked = time.perf_counter()
        for batch in self._batches(epoch, done=self.step % self.steps_per_epoch):
            data_seconds = time.perf_counter() - asked
            rate = self.learning_rate
            if rate is None:
                rate = self.scheduled_rate()
            try:
                done = self.engine.train_step(batch.images, batch.labels, rate)
            except NotFiniteError as error:
                names = self.engine.class_names
                raise DivergedError(error, self.step + 1, batch, names) from error
            self.step += 1
            record = {"kind": "step", "step": self.step, "epoch": epoch + 1, **asdict(done)}
            record["seconds"]["data"] = data_seconds
            record |= self._memory()
            yield record
            at_end = self.step % self.steps_per_epoch == 0
            if self.step % frame_every == 0 and not at_end:
                yield self._film_record()
            asked = time.perf_counter()

    def _batches(self, epoch: int, done: int) -> Iterator[Batch]:
        """Yield the batches of an epoch after those that are done."""
        batches = batches_of(self.config, self.train_set, epoch, done)
        if not self.config.overfit:
            return batches
        with contextlib.closing(batches):
            return itertools.repeat(next(batches), self.steps_per_epoch - done)

    def _memory(self) -> dict[str, float]:
        """Return the memory in use, 10⁶ bytes: what grows from step to step will end a run.

        ``memory_mb``, resident, of this process; on GPUs also ``gpu_memory_mb``, of the fullest
        card as a whole, whoever uses it.
        """
        used = {"memory_mb": _process.memory_info().rss / _MB}
        on_gpus = self.engine.gpu_memory_bytes()
        if on_gpus is not None:
            used["gpu_memory_mb"] = on_gpus / _MB
        return used

    def _validation_record(self) -> dict[str, Any]:
        result = evaluate(self.engine, self.val_set)
        self.validated_step = self.step
        return {
            "kind": "epoch",
            "step": self.step,
            "epoch": self.epoch,
            **asdict(result.precision),
            "num_images": result.num_images,
            "seconds": result.seconds,
        }

    def _film_record(self) -> dict[str, Any]:
        images = np.stack([each.image for each in self.watched])
        predictions = self.engine.predict(images)
        spoiled = images_not_finite(predictions.class_scores, predictions.offsets)
        if spoiled:
            raise self._film_diverged(spoiled)
        frames = film_frame(self.watched, predictions, self.engine)
        return {"kind": "film", "step": self.step, "images": frames}

    def _film_diverged(self, spoiled: tuple[int, ...]) -> DivergedError:
        most = self.val_set.max_objects
        seen = Batch(
            np.stack([each.image for each in self.watched]),
            np.stack([padded(each.labels, most) for each in self.watched]),
            np.array([each.record_id for each in self.watched]),
        )
        cause = NotFiniteError(_("the network's output is not finite"), "output", spoiled)
        return DivergedError(cause, self.step, seen, self.engine.class_names, split="val")
