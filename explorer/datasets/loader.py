"""Batches of an epoch: decoded, augmented and padded ahead of the training step."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.augmentation import MODES, augment
from explorer.datasets.labels import padded
from explorer.datasets.records.dataset import RecordDataset
from explorer.i18n import _

AHEAD = 2
"""Batches made ahead: one to hide a slow read, one more to hide a slow batch."""


@dataclass(frozen=True)
class Batch:
    """What one step sees."""

    images: NDArray[np.uint8]
    """(B, S, S, 3) uint8, RGB."""
    labels: NDArray[np.float32]
    """(B, G, 5) float32: G is the same for all batches of a data set; rows of -1 are padding."""
    record_ids: NDArray[np.int64]
    """(B,) int64."""


def num_batches(num_records: int, batch_size: int, drop_last: bool = True) -> int:
    """Return how many batches an epoch has.

    An incomplete last batch is dropped if `drop_last` and there is a complete one; a data set
    smaller than a batch gives one small batch.
    """
    whole, rest = divmod(num_records, batch_size)
    return whole + (1 if rest and not (drop_last and whole) else 0)


def epoch_batches(
    dataset: RecordDataset,
    batch_size: int,
    input_size: int,
    seed: int,
    epoch: int,
    augment_mode: str = "full",
    shuffle: bool = True,
    skip: int = 0,
    drop_last: bool = True,
) -> Generator[Batch, None, None]:
    """Yield the batches of one epoch; a thread works ahead and ends with the generator.

    Order and augmentation of a record depend on (seed, epoch, record) alone, so an epoch that
    is resumed in its middle with `skip` gives the same bytes as one that was never stopped.

    Parameters
    ----------
    augment_mode : {"none", "crop", "full"}
    skip : int
        Batches already done; they are not decoded.
    drop_last : bool
        For training; validation keeps the incomplete last batch.

    Raises
    ------
    ValueError
        If a number is out of range or an image cannot be read.
    """
    if batch_size < 1 or input_size < 1 or skip < 0 or seed < 0 or epoch < 0:
        text = _(
            "batch_size and input_size must be at least 1, seed, epoch and skip at least 0, got "
            "{batch_size}, {input_size}, {seed}, {epoch}, {skip}"
        )
        raise ValueError(
            text.format(
                batch_size=batch_size, input_size=input_size, seed=seed, epoch=epoch, skip=skip
            )
        )
    if augment_mode not in MODES:
        text = _("augment must be one of {names}, got {augment_mode!r}")
        raise ValueError(text.format(names=", ".join(MODES), augment_mode=augment_mode))
    order = np.arange(len(dataset))
    if shuffle:
        order = _generator(seed, epoch, 0).permutation(order)
    count = num_batches(len(dataset), batch_size, drop_last)

    def batches() -> Iterator[Batch]:
        for number in range(skip, count):
            ids = order[number * batch_size : (number + 1) * batch_size]
            yield _batch(dataset, ids, input_size, seed, epoch, augment_mode)

    return _ahead(batches())


def _generator(seed: int, epoch: int, stream: int) -> np.random.Generator:
    """Return a generator of its own for the shuffle (stream 0) and each record (from 1)."""
    return np.random.default_rng([seed, epoch, stream])


def _batch(
    dataset: RecordDataset,
    ids: NDArray[np.int64],
    input_size: int,
    seed: int,
    epoch: int,
    augment_mode: str,
) -> Batch:
    images = np.empty((len(ids), input_size, input_size, 3), dtype=np.uint8)
    labels = np.empty((len(ids), dataset.max_objects, 5), dtype=np.float32)
    for row, number in enumerate(ids):
        sample = dataset[int(number)]
        rng = _generator(seed, epoch, int(number) + 1)
        images[row], objects = augment(sample.image, sample.labels, input_size, rng, augment_mode)
        labels[row] = padded(objects, dataset.max_objects)
    return Batch(images, labels, np.asarray(ids, dtype=np.int64))


def _ahead(batches: Iterator[Batch]) -> Generator[Batch, None, None]:
    """Yield what the iterator yields, made by a thread up to `AHEAD` batches before."""
    ready: queue.Queue[Batch | BaseException | None] = queue.Queue(maxsize=AHEAD)
    closed = threading.Event()

    def put(item: Batch | BaseException | None) -> None:
        while not closed.is_set():
            with contextlib.suppress(queue.Full):
                ready.put(item, timeout=0.1)
                return

    def work() -> None:
        try:
            for batch in batches:
                put(batch)
                if closed.is_set():
                    return
            put(None)
        except BaseException as error:  # noqa: BLE001 - the consumer must hear of anything
            put(error)

    thread = threading.Thread(target=work, name="batches", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        closed.set()
        thread.join()
