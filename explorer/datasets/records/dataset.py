"""A split of a data set, opened and checked: images and labels by their number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.catalog import command_for, dataset_path, is_named, named
from explorer.datasets.description import SPLITS, Description
from explorer.datasets.labels import clean, problem
from explorer.datasets.records.detection_record import label_end, unpack_image, unpack_labels
from explorer.datasets.records.recordio import RecordReader
from explorer.files import sha256
from explorer.i18n import _
from explorer.images import read_image

_LIKELY_LABEL_BYTES = 4096

_MOST_NAMED = 20
"""Bad records that a sentence names."""


class BadImageError(ValueError):
    """The image of a record cannot be read; one sentence says which, and why."""


@dataclass(frozen=True)
class Sample:
    """One image with what is on it."""

    image: NDArray[np.uint8]
    """(H, W, 3) uint8, RGB."""
    labels: NDArray[np.float32]
    """(G, 5) float32: class_id and corner box, normalised; G = 0 if there is nothing."""
    record_id: int
    """Its number in the data set, from 0."""


class RecordDataset:
    """A record file with detection labels. Reading is safe from several threads.

    All labels are read and checked when it is opened; images are decoded when asked for.

    Parameters
    ----------
    records : Path
        A ``.rec`` file; an ``.idx`` beside it is used, and not needed.
    class_names : sequence of str
        Names in order of `class_id`. If empty, those of ``dataset.json`` beside the file, else
        ``class 0``, ``class 1``, … up to the highest class that occurs.

    Raises
    ------
    ValueError
        If the file is damaged or any record's label is bad; the message lists these.
    """

    def __init__(self, records: Path, class_names: tuple[str, ...] = ()) -> None:
        self.path = records
        self._reader = RecordReader(records)
        self._description = Description.load(records.parent)
        if not class_names and self._description is not None:
            class_names = self._description.class_names
        self.labels = self._read_labels(len(class_names) or None)
        if not class_names:
            ids = [int(labels[:, 0].max()) for labels in self.labels if len(labels)]
            class_names = tuple(f"class {number}" for number in range(max(ids, default=0) + 1))
        self.class_names = tuple(class_names)

    def __len__(self) -> int:
        return len(self._reader)

    def __getitem__(self, number: int) -> Sample:
        number = range(len(self))[number]
        called = _("{name}, record {number}", name=self.path.name, number=number)
        try:
            image = read_image(self.encoded(number), called)
        except ValueError as error:
            raise BadImageError(str(error)) from error
        return Sample(image, self.labels[number].copy(), number)

    def encoded(self, number: int) -> bytes:
        """Return the encoded image of a record."""
        return unpack_image(self._reader.read(number))

    def __iter__(self) -> Iterator[Sample]:
        return (self[number] for number in range(len(self)))

    @cached_property
    def max_objects(self) -> int:
        """The most objects on one image, at least 1: the rows that padded labels need."""
        return max((len(labels) for labels in self.labels), default=1) or 1

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the record file, as hex; from ``dataset.json`` where that knows it."""
        if self._description is not None:
            known = self._description.splits.get(self.path.stem)
            if known is not None and known.num_bytes == self.path.stat().st_size:
                return known.fingerprint
        return sha256(self.path)

    def _read_labels(self, num_classes: int | None) -> tuple[NDArray[np.float32], ...]:
        good, bad = [], []
        for number in range(len(self)):
            try:
                labels = read_labels(self._reader, number)
                what = problem(labels, num_classes)
            except ValueError as error:
                what = str(error)
            if what is None:
                good.append(clean(labels))
            else:
                bad.append(_("record {number}: {what}", number=number, what=what))
        if bad:
            raise ValueError(bad_records(self.path, bad, len(self)))
        return tuple(good)


def bad_records(path: Path, bad: Sequence[str], num_records: int) -> str:
    """Return the sentence on bad records of a file, which names each with its reason.

    Parameters
    ----------
    bad : sequence of str
        "record 4: …" or "record 4 is …" of each; at least one.
    """
    values = {"name": path.name, "bad": len(bad), "all": num_records, "folder": path.parent}
    if len(bad) == 1:
        return _("{name}, {what}", name=path.name, what=bad[0])
    text = _("{name}, {what} ({bad:,} of {all:,} records are bad)")
    if len(bad) > _MOST_NAMED:
        text = _(
            "{name}, {what}; … ({bad:,} of {all:,} records are bad; `ssd-explorer data check "
            "{folder} --json` lists them all)"
        )
    return text.format(what="; ".join(bad[:_MOST_NAMED]), **values)


def read_labels(reader: RecordReader, number: int) -> NDArray[np.float32]:
    """Return the (G, 5) labels of a record as they stand there, without reading its image.

    Raises
    ------
    ValueError
        If it has no detection label, or its widths do not fit.
    """
    start = reader.start_of(number, _LIKELY_LABEL_BYTES)
    needed = label_end(start)
    if needed > len(start):
        start = reader.start_of(number, needed)
    return unpack_labels(start)


def open_dataset(name_or_path: str | Path, split: str = "val") -> RecordDataset:
    """Open a split of a data set, by the set's name or its folder.

    Parameters
    ----------
    name_or_path : str or Path
        A name of the catalogue (`creature`, …), else a folder with ``train.rec``, ``val.rec``.
    split : {"train", "val"}

    Raises
    ------
    FileNotFoundError
        If it is not there; the message says how to get it.
    ValueError
        If it is damaged, or empty.
    """
    if split not in SPLITS:
        raise ValueError(_("split must be 'train' or 'val', got {split!r}", split=split))
    name = str(name_or_path)
    if is_named(name):
        folder = dataset_path(name)
        advice = _("get it with: {command}", command=command_for(name))
    else:
        folder = Path(name_or_path)
        text = _("a data set is a folder with train.rec and val.rec, or one of {names}")
        advice = text.format(names=", ".join(named()))
    records = folder / f"{split}.rec"
    if not records.is_file():
        text = _("data set {name} has no {split}.rec in {folder}; {advice}")
        raise FileNotFoundError(text.format(name=name, split=split, folder=folder, advice=advice))
    found = RecordDataset(records)
    if not len(found):
        text = _("{records} has no record: import or make the data set again")
        raise ValueError(text.format(records=records))
    return found
