"""A run of 100,000 steps: seconds until its curves can be drawn, and what the browser gets."""

from __future__ import annotations

import json
import random
import tempfile
from pathlib import Path

from bokeh.document import Document
from bokeh.document.events import DocumentPatchedEvent
from bokeh.protocol import Protocol

from benchmarks.figures import median_seconds
from explorer.config import recipe
from explorer.pages.train.curves.panel import Curves
from explorer.pages.train.model import TrainLiveModel
from explorer.training.run.directory import RunDirectory, RunStatus

NUM_STEPS = 100_000
LIMIT_S = 2.0


def main(quick: bool) -> None:
    """Measure a run of 100,000 steps and print seconds and bytes."""
    repeats = 1 if quick else 5
    with tempfile.TemporaryDirectory() as root:
        run = write_long_run(Path(root), NUM_STEPS)
        path = run.path / "records.jsonl"
        model = TrainLiveModel(Path(root))

        def plain() -> None:
            with path.open("rb") as stream:
                for line in stream:
                    json.loads(line)

        def opened() -> None:
            model.follow(run)
            Curves(model).send_all()

        parsed, seconds = median_seconds(plain, repeats), median_seconds(opened, repeats)
        megabytes = path.stat().st_size / 1e6
    print(f"A run of {NUM_STEPS:,} steps, {megabytes:.0f} MB of records:")
    print(f"  read and ready to be drawn  {seconds:9.2f} s   limit {LIMIT_S:.0f} s")
    print(f"  parsed by json, no more     {parsed:9.2f} s   ratio {seconds / parsed:.2f}")
    print(f"  sent to the browser         {num_bytes_sent(model):9,} bytes")


def write_long_run(root: Path, num_steps: int) -> RunDirectory:
    """Return a finished run that says it did `num_steps` steps."""
    run = RunDirectory.create(recipe("fast"), root)
    noise = random.Random(0)
    with (run.path / "records.jsonl").open("w", encoding="utf-8") as stream:
        for step in range(1, num_steps + 1):
            stream.write(step_line(step, 3.0 / (1 + step / 100) + 0.1 * noise.random()))
    run.write_status(RunStatus(state="finished", step=num_steps, num_steps=num_steps))
    return run


def step_line(step: int, class_loss: float) -> str:
    """Return a step's record as the worker writes it, with its newline."""
    record = {
        "kind": "step",
        "step": step,
        "epoch": 1 + step // 100,
        "class_loss": class_loss,
        "box_loss": 1.23456789,
        "accuracy": 0.9912345678,
        "background_accuracy": 0.99345678,
        "positive_accuracy": 0.123456789,
        "box_mae": 0.00123456789,
        "positive_box_mae": 0.5123456789,
        "positive_box_error_px": 12.3456789,
        "num_positives": 200,
        "positives_per_layer": [100, 50, 25, 20, 5],
        "learning_rate": 0.001,
        "num_samples": 16,
        "memory_mb": 1234.5,
        "seconds": {
            "data": 0.00123456789,
            "forward": 0.3123456789,
            "backward": 0.5123456789,
            "update": 0.0123456789,
        },
        "time": 1795475113.3514848 + step,
    }
    return json.dumps(record) + "\n"


def num_bytes_sent(model: TrainLiveModel) -> int:
    """Return the size of the message that gives a browser the curves of the shown run."""
    curves, document = Curves(model), Document()
    document.add_root(curves.layout)
    changes: list[DocumentPatchedEvent] = []
    document.on_change(changes.append)
    curves.send_all()
    patch = Protocol().create("PATCH-DOC", changes)
    return len(patch.content_json) + sum(len(buffer.to_bytes()) for buffer in patch.buffers)
