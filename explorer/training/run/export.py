"""A run's records for other programs: tables as CSV, curves as TensorBoard's event files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from explorer.files import write_atomically, write_together
from explorer.i18n import _
from explorer.training.dotted import dotted
from explorer.training.run.directory import RunDirectory

_POSITION = ("kind", "step", "epoch", "time")
"""What says where a record stands; all else in it was measured."""


def export_csv(run: RunDirectory, path: Path) -> tuple[Path, Path]:
    """Write a row for each step to `path`, and one for each validation to a second file.

    Steps that a resume took back are left out. Columns are named as in the records, those inside
    ``seconds`` as ``seconds.forward``; a value that a record lacks is empty.

    Returns
    -------
    steps, validations : Path
        ``curves.csv`` and, beside it, ``curves-epochs.csv``.

    Raises
    ------
    ValueError
        If one of the files is there already, or the run has no step yet; nothing is written.
    OSError
        If they cannot be written; neither is then there.
    """
    paths = path, path.with_name(f"{path.stem}-epochs{path.suffix}")
    for each in paths:
        if each.exists():
            text = _("{each} exists already: nothing was written. Name another file.")
            raise ValueError(text.format(each=each))
    records = _records(run)
    steps, validations = (
        partial(_write_table, rows=_rows(records, kind)) for kind in ("step", "epoch")
    )
    write_together([(paths[0], steps), (paths[1], validations)])
    return paths


def export_tensorboard(run: RunDirectory, folder: Path) -> Path:
    """Write the numbers of all steps and validations as an event file into a new or empty folder.

    Their tags are ``train/class_loss``, ``train/seconds.forward``, …, ``validation/ap50``, …;
    their wall time is that of the run. Steps that a resume took back are left out.

    Returns
    -------
    Path
        The event file.

    Raises
    ------
    ValueError
        If `folder` holds anything, or the run has no step yet; nothing is written.
    OSError
        If the file cannot be written; it is then not there.
    """
    if folder.is_dir() and any(folder.iterdir()):
        text = _("{folder} is not empty: nothing was written. Name another folder.")
        raise ValueError(text.format(folder=folder))
    records = _records(run)
    path = folder / f"events.out.tfevents.{int(records[0]['time'])}.{run.run_id}"
    write_atomically(path, partial(_write_events, records=records))
    return path


def _records(run: RunDirectory) -> list[dict[str, Any]]:
    records = run.records()
    if not any(record["kind"] == "step" for record in records):
        text = _("Run {run_id} has no steps yet: there is nothing to export.")
        raise ValueError(text.format(run_id=run.run_id))
    return records


def _rows(records: Iterable[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    rows = [dotted(record) for record in records if record["kind"] == kind]
    for row in rows:
        del row["kind"]
    return rows


def _write_table(path: Path, rows: list[dict[str, Any]]) -> None:
    columns = list(dict.fromkeys(["step", "epoch", *(name for row in rows for name in row)]))
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def _write_events(path: Path, records: Iterable[dict[str, Any]]) -> None:
    # Not its SummaryWriter: that hands events to a thread, which a full disk ends in silence.
    from tensorboardX.proto.event_pb2 import Event  # type: ignore[import-untyped]
    from tensorboardX.record_writer import RecordWriter  # type: ignore[import-untyped]
    from tensorboardX.summary import scalar  # type: ignore[import-untyped]

    with closing(RecordWriter(str(path))) as writer:
        writer.write(Event(file_version="brain.Event:2").SerializeToString())
        for record in records:
            for tag, value in _scalars(record):
                event = Event(step=record["step"], wall_time=record["time"])
                event.summary.CopyFrom(scalar(tag, value))
                writer.write(event.SerializeToString())


def _scalars(record: dict[str, Any]) -> Iterator[tuple[str, float]]:
    group = {"step": "train", "epoch": "validation"}.get(record["kind"])
    for name, value in dotted(record).items():
        measured = name not in _POSITION and isinstance(value, (int, float))
        if group and measured:
            yield f"{group}/{name}", value
