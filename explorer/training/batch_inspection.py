"""The batch that a run learns from next, and what each anchor adds to its loss.

A run is decided by seed, epoch and step, and a checkpoint holds its weights to the last bit. So
the step after a checkpoint can be looked at from outside, while the run goes on or long after.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.config import Hardware, TrainConfig
from explorer.datasets import Batch, RecordDataset, num_batches, open_dataset
from explorer.engine import Engine
from explorer.engine.checkpoint_files import describe_pair
from explorer.i18n import _
from explorer.images import shrunk
from explorer.ssd.anchors import AnchorGrid
from explorer.training import checkpoints
from explorer.training.loop import batches_of
from explorer.training.run.directory import RunDirectory

LARGEST_SIDE_PX = 512
"""Originals are kept no larger: a page shows no more, and a batch may have hundreds."""


@dataclass(frozen=True, eq=False)
class InspectedImage:
    """One image of the batch, and its A anchors."""

    record_id: int
    original: NDArray[np.uint8]
    """(H, W, 3) uint8 RGB: as the data set has it, at most `LARGEST_SIDE_PX` per side."""
    original_labels: NDArray[np.float32]
    """(G, 5) float32: class_id, xmin, ymin, xmax, ymax, normalised."""
    image: NDArray[np.uint8]
    """(S, S, 3) uint8 RGB: as the network sees it."""
    labels: NDArray[np.float32]
    """(G, 5) float32: those of the original, in the same order: augmentation cuts objects but
    drops none.
    """
    kind: NDArray[np.int8]
    gt_index: NDArray[np.int32]
    target_prob: NDArray[np.float32]
    class_loss: NDArray[np.float32]
    box_loss: NDArray[np.float32]
    """(A,): see `explorer.net.batch_losses.BatchLosses`."""

    @property
    def anchor_loss(self) -> NDArray[np.float32]:
        """(A,) float32: both losses of each anchor."""
        return self.class_loss + self.box_loss

    @property
    def loss(self) -> float:
        """What the image adds to the loss of the batch."""
        return float(self.anchor_loss.sum(dtype=np.float64))


@dataclass(frozen=True, eq=False)
class BatchInspection:
    """A batch before it is learned from."""

    step: int
    """The step that learns from it, counted from 1 as records do; the weights are those after
    the step before.
    """
    config: TrainConfig
    """Of the run, with the classes of its data set."""
    grid: AnchorGrid
    images: tuple[InspectedImage, ...]

    @property
    def class_loss(self) -> float:
        """The part of the classes."""
        return float(sum(each.class_loss.sum(dtype=np.float64) for each in self.images))

    @property
    def box_loss(self) -> float:
        """The part of the boxes, times the recipe's `box_weight`."""
        return float(sum(each.box_loss.sum(dtype=np.float64) for each in self.images))

    @property
    def loss(self) -> float:
        """What the step minimises."""
        return self.class_loss + self.box_loss


def inspect_batch(
    run: RunDirectory, on_progress: Callable[[float], None] = lambda _done: None
) -> BatchInspection:
    """Look at the batch that comes after the run's last good checkpoint.

    Its loss is the one that the run records for that step, up to rounding: it is computed on the
    CPU, whatever the run computes on, so that no memory of a GPU is taken from it.

    Parameters
    ----------
    run : RunDirectory
        Nothing is written to it.
    on_progress : callable
        Called with what part is done, from 0 to 1.

    Raises
    ------
    ValueError
        If there is no good checkpoint, the run or its data set is damaged, or the data set has
        changed since the run began.
    FileNotFoundError
        If the data set is no longer there.
    """
    path = checkpoints.latest(run.checkpoints)
    if path is None:
        raise ValueError(_("The run has no good checkpoint yet: wait for the end of an epoch."))
    config = run.read_config()
    dataset = open_dataset(config.dataset, "train")
    if run.fingerprint() not in (None, dataset.fingerprint):
        raise ValueError(
            _(
                "The data set has changed since this run began, so its next batch is not known: "
                "bring the former one back."
            )
        )
    config = config.with_(class_names=dataset.class_names)
    on_progress(0.1)
    engine = Engine.of(config.with_(**dict(Hardware(device="cpu"))))
    engine.load_weights(path)
    step = int(describe_pair(path)[1]["about"]["step"])
    on_progress(0.3)
    batch = _batch_after(step, config, dataset)
    on_progress(0.6)
    losses = engine.batch_losses(batch.images, batch.labels)
    on_progress(0.9)
    images = []
    for row, record_id in enumerate(batch.record_ids.tolist()):
        sample = dataset[record_id]
        labels = batch.labels[row]
        images.append(
            InspectedImage(
                record_id=record_id,
                original=shrunk(sample.image, LARGEST_SIDE_PX),
                original_labels=sample.labels,
                image=batch.images[row],
                labels=labels[labels[:, 0] >= 0],
                kind=losses.kind[row],
                gt_index=losses.gt_index[row],
                target_prob=losses.target_prob[row],
                class_loss=losses.class_loss[row],
                box_loss=losses.box_loss[row],
            )
        )
    return BatchInspection(step + 1, config, engine.anchors(), tuple(images))


def _batch_after(step: int, config: TrainConfig, dataset: RecordDataset) -> Batch:
    """Return the batch that `Training` takes when `step` steps are done."""
    epochs, done = divmod(step, num_batches(len(dataset), config.batch_size))
    batches = batches_of(config, dataset, config.first_epoch + epochs, done)
    with contextlib.closing(batches):
        return next(batches)
