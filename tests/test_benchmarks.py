"""The figures that benchmarks compute, and that training can be measured at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import training
from benchmarks.__main__ import NAMES
from benchmarks.figures import Block, block_of, median_seconds, ratio, shares, total
from benchmarks.training import compare
from tests.training.runs import tiny_config, write_tiny_dataset

ROOT = Path(__file__).resolve().parents[1]


def _step(time: float, **seconds: float) -> dict[str, Any]:
    return {"kind": "step", "num_samples": 32, "time": time, "seconds": seconds}


def test_a_block_begins_with_the_first_step_that_was_written() -> None:
    records = [
        {"kind": "event", "time": 5.0},
        _step(10.0, data=9.0, forward=9.0),
        _step(14.0, data=0.5, forward=0.5, backward=1.0, update=0.25),
        {"kind": "epoch", "time": 15.0, "seconds": 1.0},
        _step(18.0, data=0.5, forward=0.5, backward=1.0, update=0.25),
        {"kind": "event", "time": 90.0},
    ]
    block = block_of(records)
    assert (block.samples, block.seconds) == (64, 8.0)
    phases = {"data": 1.0, "forward": 1.0, "backward": 2.0, "update": 0.5, "validation": 1.0}
    assert block.phases == phases
    assert block.samples_per_second == 8.0
    assert block.samples_per_second_without_validation == 64 / 7
    assert shares(block) == {name: seconds / 8 for name, seconds in phases.items()} | {
        "rest": 2.5 / 8
    }


def test_a_block_of_one_step_has_no_speed() -> None:
    with pytest.raises(ValueError, match="at least 2 steps, got 1"):
        block_of([_step(1.0)])


def test_blocks_add_up_so_that_a_long_one_weighs_more() -> None:
    bare = total([Block(30, 1.0), Block(30, 2.0)])
    assert (bare.samples, bare.seconds, bare.phases) == (60, 3.0, {})
    whole = total([Block(10, 1.0, {"data": 0.5}), Block(30, 3.0, {"data": 0.25, "update": 1.0})])
    assert whole == Block(40, 4.0, {"data": 0.75, "update": 1.0})
    assert ratio(whole, bare) == 0.5


def test_the_median_leaves_the_first_call_out() -> None:
    clock = iter([10.0, 13.0, 20.0, 22.0, 30.0, 31.0])  # calls of 3, 2 and 1 seconds
    calls: list[int] = []
    found = median_seconds(lambda: calls.append(1), repeats=3, clock=lambda: next(clock))
    assert found == 2.0
    assert len(calls) == 4


def test_tiny_training_is_measured_by_turns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = write_tiny_dataset(tmp_path / "data", num_train=40)
    config = tiny_config(dataset, epochs=1000, schedule="constant")
    measured = compare(config, rounds=2, steps=3, bare_steps=2, page=False)
    assert [block.samples for block in measured.bare] == [8, 8]
    assert len(measured.end_to_end) == 2
    for block in measured.end_to_end:
        assert block.samples >= 3 * 4
        assert 0.0 < sum(block.phases.values()) <= block.seconds
    assert not measured.page
    training._report(measured)
    printed = capsys.readouterr().out
    found = ratio(total(measured.end_to_end), total(measured.bare))
    assert f"ratio              {found:6.3f}" in printed
    assert "no page attached" in printed


def test_every_benchmark_can_be_called_by_its_name() -> None:
    code = f"import importlib; [importlib.import_module(f'benchmarks.{{n}}').main for n in {NAMES}]"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_an_unknown_name_is_refused() -> None:
    command = [sys.executable, "-m", "benchmarks", "speed"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no benchmark is called speed" in done.stderr
