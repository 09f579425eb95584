"""The tutorial's printed lines, from records worked out by hand."""

from __future__ import annotations

import math
from typing import Any

from explorer.training.run.tutorial_lines import TutorialLines


def _step(number: int, epoch: int, **changes: Any) -> dict[str, Any]:
    seconds = {"forward": 0.1, "backward": 0.2, "update": 0.02, "data": 0.5}
    figures = {"accuracy": 0.9 + 0.001 * number, "box_mae": 0.01, "num_samples": 32}
    record = {"kind": "step", "step": number, "epoch": epoch, "seconds": seconds, **figures}
    return {**record, **changes}


def _epoch(step: int, epoch: int) -> dict[str, Any]:
    return {"kind": "epoch", "step": step, "epoch": epoch}


def _said(*records: dict[str, Any], lines: TutorialLines | None = None) -> list[str]:
    lines = lines or TutorialLines()
    return [line for record in records for line in lines.of(record)]


def test_an_epoch_of_forty_batches_counts_from_0_as_the_tutorial_does() -> None:
    steps = [_step(number, 149) for number in range(1, 41)]
    steps[-1]["box_mae"] = 0.41
    assert _said(*steps, _epoch(40, 149)) == [
        # Means of 0.901 to 0.92 and of 0.901 to 0.94; 32 images in 0.32 s, without the data's 0.5.
        "[Epoch 148 Batch 19] speed: 100.000000 samples/s, "
        "training: accuracy=0.910500, mae=0.010000",
        "[Epoch 148 Batch 39] speed: 100.000000 samples/s, "
        "training: accuracy=0.920500, mae=0.020000",
        "[Epoch 148] training: accuracy=0.920500, mae=0.020000",
        "[Epoch 148] time cost: 32.800000",
    ]


def test_each_epoch_begins_anew() -> None:
    first = [_step(number, 1) for number in range(1, 16)]
    second = [_step(number, 2, accuracy=0.5) for number in range(16, 31)]
    assert _said(*first, _epoch(15, 1), *second, _epoch(30, 2)) == [
        "[Epoch 0] training: accuracy=0.908000, mae=0.010000",
        "[Epoch 0] time cost: 12.300000",
        "[Epoch 1] training: accuracy=0.500000, mae=0.010000",
        "[Epoch 1] time cost: 12.300000",
    ]


def test_what_a_resume_takes_back_counts_once() -> None:
    lines = TutorialLines()
    lost = [_step(number, 1, accuracy=0.0) for number in range(6, 20)]
    kept = [_step(number, 1, accuracy=0.75) for number in range(1, 6)]
    assert _said(*kept, *lost, {"kind": "resume", "step": 5}, lines=lines) == []
    again = [_step(number, 1, accuracy=0.75) for number in range(6, 21)]
    assert [line.partition("training")[2] for line in _said(*again, lines=lines)] == [
        ": accuracy=0.750000, mae=0.010000"
    ]


def test_larger_batches_weigh_more_and_a_figure_that_is_missing_is_nan() -> None:
    small = _step(1, 1, accuracy=1.0, num_samples=1, box_mae=None)
    large = _step(2, 1, accuracy=0.5, num_samples=3)
    assert _said(small, large, _epoch(2, 1))[0] == (
        f"[Epoch 0] training: accuracy=0.625000, mae={math.nan:f}"
    )


def test_a_validation_without_steps_says_nothing() -> None:
    assert _said(_epoch(40, 1), {"kind": "end", "step": 40}) == []
