"""What would stop a training in its middle, found before it begins."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from explorer.datasets.description import SPLITS
from explorer.datasets.doctor.image_facts import look_at
from explorer.datasets.folder_in_place import CancelledError
from explorer.datasets.records.dataset import RecordDataset, bad_records, open_dataset
from explorer.datasets.walking import Cancelled, Progress
from explorer.i18n import _

_AT_ONCE = 64
"""Images between two reports of how far it is."""

_WORKERS = 2
"""Pillow releases Python's lock while it unpacks."""


def open_to_train(name_or_path: str | Path) -> tuple[RecordDataset, RecordDataset]:
    """Open a data set to learn from and to be judged by.

    Raises
    ------
    FileNotFoundError
        If it is not there; the message says how to get it.
    ValueError
        If it is damaged, or a part of it has no object.
    """
    train_set, val_set = (open_dataset(name_or_path, split) for split in SPLITS)
    check_objects(train_set, val_set)
    return train_set, val_set


def check_objects(train_set: RecordDataset, val_set: RecordDataset) -> None:
    """Refuse sets without any object.

    Raises
    ------
    ValueError
        If nothing could be learned, or no epoch be judged.
    """
    if not any(len(labels) for labels in train_set.labels):
        raise ValueError(_("no image to train on has an object: take another data set"))
    if not any(len(labels) for labels in val_set.labels):
        raise ValueError(_("no image to validate on has an object: take another split"))


def check_images(
    dataset: RecordDataset, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> None:
    """Unpack all images of a set, small where that is faster.

    Raises
    ------
    CancelledError
        If `cancelled` returned True.
    ValueError
        If some cannot be read: one sentence that lists them.
    """
    bad: list[str] = []
    with ThreadPoolExecutor(_WORKERS) as pool:
        for start in range(0, len(dataset), _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, len(dataset)))
            found = pool.map(lambda number: _damage(dataset, number), numbers)
            bad += [what for what in found if what is not None]
            if progress is not None:
                progress(numbers.stop, len(dataset))
            if cancelled is not None and cancelled():
                raise CancelledError(_("the examination was stopped"))
    if bad:
        raise ValueError(bad_records(dataset.path, bad, len(dataset)))


def _damage(dataset: RecordDataset, number: int) -> str | None:
    facts = look_at(dataset.encoded(number), _("record {number}", number=number))
    return None if facts.problem is None else facts.problem[1].rstrip(".")
