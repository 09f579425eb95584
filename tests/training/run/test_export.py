"""What is exported is read back as other programs do: as CSV, and as TensorBoard's records."""

from __future__ import annotations

import csv
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from explorer.config import TrainConfig
from explorer.training.run.directory import RunDirectory
from explorer.training.run.export import export_csv, export_tensorboard
from tests.training.runs import files_no_larger_than, of_kind, step_record


@pytest.fixture
def resumed(tmp_path: Path) -> RunDirectory:
    """A run whose steps 2 and 3 were done twice."""
    run = RunDirectory.create(TrainConfig(), tmp_path / "runs")
    run.append_record({"kind": "start", "step": 0, "time": 1.0})
    for step in (1, 2, 3):
        run.append_record(step_record(step, class_loss=9.0, time=1.0 + step))
    run.append_record({"kind": "resume", "step": 1, "time": 10.0})
    for step in (2, 3):
        changes = {"seconds": {"data": 0.25}, "positive_accuracy": None, "time": 10.0 + step}
        run.append_record(step_record(step, class_loss=step / 2, **changes))
    return run


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def _events(folder: Path) -> Iterator[Any]:
    """Yield the events of a folder's one file; each record's checksums are checked."""
    from tensorboardX.crc32c import crc32c
    from tensorboardX.proto.event_pb2 import Event

    def masked(content: bytes) -> int:
        crc = crc32c(content)
        return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF

    (path,) = folder.iterdir()
    assert path.name.startswith("events.out.tfevents.")
    content = path.read_bytes()
    while content:
        (size,) = struct.unpack("<Q", content[:8])
        assert struct.unpack("<I", content[8:12]) == (masked(content[:8]),)
        record = content[12 : 12 + size]
        assert struct.unpack("<I", content[12 + size : 16 + size]) == (masked(record),)
        yield Event.FromString(record)
        content = content[16 + size :]


def _written(folder: Path) -> list[Path]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if folder / "runs" not in path.parents]


def test_csv_of_a_real_run(finished: RunDirectory, tmp_path: Path) -> None:
    steps, validations = export_csv(finished, tmp_path / "curves.csv")
    assert (steps.name, validations.name) == ("curves.csv", "curves-epochs.csv")
    for path, kind in ((steps, "step"), (validations, "epoch")):
        records = of_kind(finished, kind)
        rows = _table(path)
        assert [int(row["step"]) for row in rows] == [record["step"] for record in records]
        assert [float(row["time"]) for row in rows] == [record["time"] for record in records]
    assert [float(row["seconds.forward"]) for row in _table(steps)] == [
        record["seconds"]["forward"] for record in of_kind(finished, "step")
    ]
    assert [float(row["ap50"]) for row in _table(validations)] == [
        record["ap50"] for record in of_kind(finished, "epoch")
    ]


def test_csv_without_what_was_taken_back(resumed: RunDirectory, tmp_path: Path) -> None:
    steps, validations = export_csv(resumed, tmp_path / "curves.csv")
    assert steps.read_text() == (
        "step,epoch,class_loss,box_loss,num_samples,time,seconds.data,positive_accuracy\n"
        "1,,9.0,0.25,4,2.0,,\n"
        "2,,1.0,0.25,4,12.0,0.25,\n"
        "3,,1.5,0.25,4,13.0,0.25,\n"
    )
    assert validations.read_text() == "step,epoch\n"


def test_tensorboard_of_a_real_run(finished: RunDirectory, tmp_path: Path) -> None:
    export_tensorboard(finished, tmp_path / "deep" / "board")
    version, *events = _events(tmp_path / "deep" / "board")
    assert version.file_version == "brain.Event:2"
    values = {
        (event.summary.value[0].tag, event.step): event.summary.value[0].simple_value
        for event in events
    }
    assert len(values) == len(events)
    for record in of_kind(finished, "step"):
        for name in ("class_loss", "box_loss", "learning_rate", "num_positives"):
            assert values[f"train/{name}", record["step"]] == pytest.approx(record[name])
    for record in of_kind(finished, "epoch"):
        assert values["validation/ap50", record["step"]] == pytest.approx(record["ap50"])
    assert not any(tag.endswith(("/step", "/epoch", "/time")) for tag, _ in values)


def test_tensorboard_without_what_was_taken_back(resumed: RunDirectory, tmp_path: Path) -> None:
    export_tensorboard(resumed, tmp_path / "board")
    _, *events = _events(tmp_path / "board")
    found = [(e.summary.value[0].tag, e.step, e.wall_time) for e in events]
    always = ("class_loss", "box_loss", "num_samples")
    assert found == [
        *((f"train/{name}", 1, 2.0) for name in always),
        *((f"train/{name}", 2, 12.0) for name in (*always, "seconds.data")),
        *((f"train/{name}", 3, 13.0) for name in (*always, "seconds.data")),
    ]


def test_nothing_is_overwritten(resumed: RunDirectory, tmp_path: Path) -> None:
    kept = tmp_path / "curves-epochs.csv"
    kept.write_text("mine")
    with pytest.raises(ValueError, match=r"curves-epochs\.csv exists already"):
        export_csv(resumed, tmp_path / "curves.csv")
    assert not (tmp_path / "curves.csv").exists()
    (tmp_path / "board").mkdir()
    (tmp_path / "board" / "mine").touch()
    with pytest.raises(ValueError, match="board is not empty"):
        export_tensorboard(resumed, tmp_path / "board")
    assert kept.read_text() == "mine"
    assert [path.name for path in (tmp_path / "board").iterdir()] == ["mine"]


def test_a_run_without_steps_is_refused(tmp_path: Path) -> None:
    run = RunDirectory.create(TrainConfig(), tmp_path / "runs")
    with pytest.raises(ValueError, match="no steps yet"):
        export_csv(run, tmp_path / "curves.csv")
    with pytest.raises(ValueError, match="no steps yet"):
        export_tensorboard(run, tmp_path / "board")
    assert not _written(tmp_path)


def test_on_a_full_disk_nothing_is_left(resumed: RunDirectory, tmp_path: Path) -> None:
    for step in range(4, 100):
        resumed.append_record(step_record(step))
    with files_no_larger_than(1000):
        with pytest.raises(OSError, match="too large"):
            export_csv(resumed, tmp_path / "curves.csv")
        with pytest.raises(OSError, match="too large"):
            export_tensorboard(resumed, tmp_path / "board")
    assert not _written(tmp_path)
