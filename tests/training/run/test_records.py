"""Whatever a line of a run's records holds, all else of the run and of its folder can be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.config import recipe
from explorer.pages.train.model import TrainLiveModel
from explorer.pages.train.run.headline import headline
from explorer.pages.train.run.numbers import run_numbers
from explorer.training.run.directory import RunDirectory
from explorer.training.run.export import export_csv, export_tensorboard
from explorer.training.run.history import summarise_run
from explorer.training.run.records import parse_record

STEP = {
    "kind": "step", "step": 7, "epoch": 2, "class_loss": 0.5, "box_loss": 0.25, "accuracy": 0.75,
    "background_accuracy": 0.5, "positive_accuracy": None, "box_mae": 1e-4,
    "positive_box_error_px": 2.5, "num_positives": 3, "positives_per_layer": [2, 1],
    "learning_rate": 0.001, "num_samples": 4, "seconds": {"forward": 0.5}, "memory_mb": 300,
    "time": 1.7e9,
}  # fmt: skip
EPOCH = {"kind": "epoch", "step": 8, "epoch": 2, "ap50": 0.5, "ap75": 0, "map": 1, "time": 1.7e9}
EVENT = {"kind": "event", "step": 8, "event": "checkpoint", "name": "epoch-0002", "time": 1.7e9}
START = {"kind": "start", "step": 0, "fingerprint": "f", "time": 1.7e9}
GOOD = (STEP, EPOCH, EVENT, START)


def line(record: Any) -> bytes:
    return json.dumps(record).encode()


@pytest.mark.parametrize("record", GOOD, ids=lambda record: record["kind"])
def test_what_a_worker_writes_is_a_record_and_stays_as_it_is(record: dict[str, Any]) -> None:
    assert parse_record(line(record)) == record
    assert parse_record(line({**record, "of a later version": [1]})) is not None


@pytest.mark.parametrize(
    ("record", "changes"),
    [
        (STEP, {"time": None}),
        (STEP, {"time": "now"}),
        (STEP, {"time": 1e300}),
        (STEP, {"step": None}),
        (STEP, {"step": 1.5}),
        (STEP, {"step": True}),
        (STEP, {"step": -1}),
        (STEP, {"step": 2**60}),
        (STEP, {"kind": None}),
        (STEP, {"kind": "snow"}),
        (STEP, {"kind": ["step"]}),
        (STEP, {"kind": "epoch"}),
        (STEP, {"class_loss": "0.5"}),
        (STEP, {"seconds": [1]}),
        (STEP, {"seconds": {"forward": "1"}}),
        (STEP, {"num_samples": None}),
        (STEP, {"positives_per_layer": 3}),
        (STEP, {"accuracy": 75}),
        (EPOCH, {"ap50": None}),
        (EPOCH, {"ap75": -0.5}),
        (EPOCH, {"map": "1"}),
        (EPOCH, {"epoch": {}}),
        (EVENT, {"event": "epochs"}),
        (EVENT, {"event": 5}),
        (EVENT, {"event": []}),
        (EVENT, {"answers": "all"}),
        (EVENT, {"event": "learning_rate", "value": "high"}),
        (START, {"fingerprint": 5}),
    ],
)
def test_a_value_of_another_type_is_no_record(
    record: dict[str, Any], changes: dict[str, Any]
) -> None:
    assert parse_record(line({**record, **changes})) is None


@pytest.mark.parametrize(
    ("record", "name"),
    [(record, name) for record in GOOD for name in ("kind", "step", "time")]
    + [(STEP, "class_loss"), (STEP, "seconds"), (EPOCH, "map"), (EVENT, "name")],
)
def test_a_value_that_is_missing_makes_it_no_record(record: dict[str, Any], name: str) -> None:
    assert parse_record(line({n: value for n, value in record.items() if n != name})) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
NAMES = sorted({name for record in GOOD for name in record} | {"answers", "text", "value"})


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """A line of a worker with some values exchanged or left out, or anything at all."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=40)).replace(b"\n", b"")
    record: dict[str, Any] = dict(draw(st.sampled_from(GOOD)))
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=3)):
        if draw(st.booleans()):
            record.pop(name, None)
        else:
            record[name] = draw(VALUES)
    return line(record)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(odd=st.lists(lines(), max_size=6))
def test_all_that_reads_a_run_reads_it_whatever_its_lines_hold(
    odd: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = RunDirectory.create(recipe("fast"), tmp_path_factory.mktemp("runs"))
    content = b"".join(each + b"\n" for each in (line(START), line(STEP), *odd, line(EPOCH)))
    (run.path / "records.jsonl").write_bytes(content)
    read = [parse_record(each) for each in odd]

    summary = summarise_run(run)
    assert summary.num_left_out == sum(each is None for each in read)
    model = TrainLiveModel(root=run.path.parent)
    model.follow(run)
    assert model.curves.num_left_out == summary.num_left_out
    assert headline(model)
    assert run_numbers(model.curves)
    records = run.records()
    assert records[-1] == EPOCH
    if any(record["kind"] == "step" for record in records):
        export_csv(run, run.path / "export" / "curves.csv")
        export_tensorboard(run, run.path / "export" / "board")


def _write(folder: Path, name: str, content: bytes) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(
    name=st.sampled_from(
        ["status.json", "config.json", "exit.json", "film/images.json", "film/frame-00000001.json"]
    ),
    keys=st.lists(st.text(max_size=3), max_size=2),
    value=VALUES,
    data=st.data(),
)
def test_all_that_reads_a_run_reads_it_whatever_its_files_hold(
    name: str, keys: list[str], value: Any, data: st.DataObject, tmp_path_factory: Any
) -> None:
    run = RunDirectory.create(recipe("fast"), tmp_path_factory.mktemp("runs"))
    whole = {
        "exit.json": {"pid": 1, "process_started": 1.5, "code": 0},
        "film/images.json": {"labels": [[[0, 0.1, 0.1, 0.5, 0.5]]]},
        "film/frame-00000001.json": {
            "step": 1,
            "images": [{"boxes": [[0, 0, 1, 1]], "score": [0.5], "class_id": [0]}],
        },
    }
    path = run.path / name
    content = json.loads(path.read_bytes()) if path.is_file() else whole[name]
    for key in data.draw(st.lists(st.sampled_from(sorted(content)), max_size=2)):
        content[key] = value
    content.update(dict.fromkeys(keys, value))
    written = data.draw(st.sampled_from([content, value]))
    _write(run.path, name, data.draw(st.sampled_from([line(written), line(written)[:-1], b""])))

    assert summarise_run(run).run_id == run.run_id
    model = TrainLiveModel(root=run.path.parent)
    model.follow(run)
    assert headline(model)
    model.film.watched()
