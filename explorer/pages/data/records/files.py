"""The record files of a data set as they lie in its folder, sound or not."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.description import Description
from explorer.datasets.records.dataset import read_labels
from explorer.datasets.records.image_bytes import open_records
from explorer.datasets.records.recordio import RecordReader, read_index
from explorer.i18n import _, reason_of

_SPLITS = ("train", "val")

NO_LABEL = -1
"""In place of a number of objects."""

_OFTEN = 500
"""Records between two reports of the progress."""


@dataclass(frozen=True, eq=False)
class SplitFile:
    """One record file."""

    name: str
    """{"train", "val"}."""
    reader: RecordReader | None
    """None where the file cannot be read at all; the last of `notes` then says why."""
    keys: tuple[int, ...]
    """Of the index, record by record; empty without one that fits."""
    num_objects: NDArray[np.int64]
    """(N,) int: of each record; `NO_LABEL` where it has no detection label."""
    notes: tuple[str, ...]
    """What is wrong with the file or its index, a sentence each."""


@dataclass(frozen=True, eq=False)
class RecordFiles:
    """All of them, with the names of their classes."""

    splits: dict[str, SplitFile]
    class_names: tuple[str, ...]

    def close(self) -> None:
        """Close the files."""
        for split in self.splits.values():
            if split.reader is not None:
                split.reader.close()


def open_files(
    folder: Path, progress: Callable[[float], None] = lambda _share: None
) -> RecordFiles:
    """Open ``train.rec`` and ``val.rec``, and count the objects of each record.

    Parameters
    ----------
    progress : callable(share)
        Of all records; what it raises ends the work.

    Raises
    ------
    FileNotFoundError
        If there is neither file.
    """
    there = [name for name in _SPLITS if (folder / f"{name}.rec").is_file()]
    if not there:
        text = _("{folder} has no train.rec and no val.rec: build the set first.")
        raise FileNotFoundError(text.format(folder=folder.name))
    names, no_names = _class_names(folder)
    opened = [_open(folder / f"{name}.rec") for name in there]
    total = sum(len(reader) for reader, _keys, _notes in opened if reader is not None)
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        if done % _OFTEN == 0 or done == total:
            progress(done / total)

    splits = {}
    for name, (reader, keys, notes) in zip(there, opened, strict=True):
        counts = np.zeros(0, np.int64) if reader is None else _num_objects(reader, tick)
        if reader is not None:
            notes = [*notes, *_about(name, counts)]
        splits[name] = SplitFile(name, reader, keys, counts, (*no_names, *notes))
    return RecordFiles(splits, names)


def _class_names(folder: Path) -> tuple[tuple[str, ...], list[str]]:
    try:
        description = Description.load(folder)
    except (ValueError, OSError):
        return (), [_("dataset.json cannot be read, so classes have no names.")]
    return (() if description is None else description.class_names), []


def _open(path: Path) -> tuple[RecordReader | None, tuple[int, ...], list[str]]:
    """Return a file's reader, its keys, and what is wrong with it or its index."""
    try:
        reader, problem = open_records(path)
    except ValueError as error:
        return None, (), [_("{problem}: build the set again.").format(problem=error)]
    except OSError as error:
        text = _("{name} cannot be read: {problem}.")
        return None, (), [text.format(name=path.name, problem=reason_of(error))]
    index = path.with_suffix(".idx")
    if problem is not None:
        return reader, (), [_("{problem}.").format(problem=problem)]
    if not index.exists():
        text = _(
            "{name} is not there. The records are found without it, here and in training; "
            "MXNet’s own ImageDetIter cannot shuffle without it."
        )
        return reader, (), [text.format(name=index.name)]
    return reader, tuple(key for key, _offset in read_index(index)), []


def _num_objects(reader: RecordReader, tick: Callable[[], None]) -> NDArray[np.int64]:
    counts = np.full(len(reader), NO_LABEL, np.int64)
    for number in range(len(reader)):
        with contextlib.suppress(ValueError):
            counts[number] = np.count_nonzero(read_labels(reader, number)[:, 0] != -1)
        tick()
    return counts


def _about(name: str, counts: NDArray[np.int64]) -> list[str]:
    bad = np.flatnonzero(counts == NO_LABEL)
    if not len(counts):
        return [_("{name}.rec has no records.").format(name=name)]
    if not len(bad):
        return []
    return [
        _(
            "{bad:,} of {all:,} records of {name}.rec have no detection label, the first is record "
            "{first}: training needs one in each, so build the set from images and their labels."
        ).format(bad=len(bad), all=len(counts), name=name, first=bad[0])
    ]
