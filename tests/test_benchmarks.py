"""The figures that benchmarks compute, and that training can be measured at all."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import pytorch, training
from benchmarks.__main__ import NAMES
from benchmarks.figures import Block, block_of, median_seconds, ratio, shares, total
from benchmarks.own_process import OwnProcess
from benchmarks.pytorch import Contest, check_same_work
from benchmarks.training import compare
from tests.places import ROOT
from tests.training.runs import tiny_config, write_tiny_dataset


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


class _Here:
    """A side of the comparison with PyTorch that computes nothing."""

    def __init__(self, output: float = 2.0, losses: tuple[float, ...] = (4.0, 3.0)) -> None:
        self._answers = {
            "num_parameters": 7,
            "outputs": (np.array([output]), np.array([1.0])),
            "losses": list(losses),
        }

    def call(self, method: str, *_arguments: object) -> Any:
        return self._answers[method]


def test_equal_sides_may_be_compared() -> None:
    there = _Here(output=2.0001, losses=(4.00002, 3.0015))
    found = check_same_work(_Here(), [_Here(), there])
    assert found == (7, pytest.approx(5e-5), pytest.approx((5e-6, 5e-4)))


@pytest.mark.parametrize(
    ("there", "text"),
    [
        (_Here(output=2.001), "the outputs differ from PyTorch's by 5.0e-04"),
        (_Here(output=float("nan")), "the outputs differ"),
        (_Here(losses=(4.0, 3.3)), "the losses differ from PyTorch's by 0.0e+00 and 1.0e-01"),
        (_Here(losses=(4.001, 3.0)), "the losses differ"),
    ],
)
def test_sides_that_do_other_work_are_not_compared(there: _Here, text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        check_same_work(_Here(), [_Here(), there])


def test_ours_is_compared_with_the_best_layout() -> None:
    speeds = {"the same work": 6, "step of training": 5, "contiguous": 2, "channels last": 3}
    blocks = {name: [Block(speed, 1.0)] for name, speed in speeds.items()}
    contest = Contest(blocks, 7, 0.0, (0.0, 0.0), "0")
    assert contest.best_layout == "channels last"
    assert contest.times_as_fast("the same work") == 2.0
    assert contest.rounds("step of training") == [5 / 3]


def test_without_pytorch_one_sentence_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    pytorch.main(quick=True)
    assert capsys.readouterr().out.count("\n") == 1


def test_tiny_training_is_the_same_in_pytorch(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the extra `pytorch` is not installed")
    # Adam's steps are as long where a gradient is mere rounding, and with so few images much is.
    config = tiny_config(write_tiny_dataset(tmp_path / "data"), learning_rate=0.0002)
    contest = pytorch.compare(config, rounds=1, steps=1)
    assert set(contest.blocks) == {*pytorch.OURS, *pytorch.LAYOUTS}
    assert all([block.samples for block in blocks] == [4] for blocks in contest.blocks.values())


def test_an_object_in_its_own_process_answers_and_its_end_is_noticed() -> None:
    with OwnProcess(Block, 30, 2.0) as made:
        assert made.call("__eq__", Block(30, 2.0))
        assert made.call("__getattribute__", "samples_per_second") == 15.0
        with pytest.raises(RuntimeError, match=r"ended with code 1 in no_such\(\)"):
            made.call("no_such")


def test_every_benchmark_can_be_called_by_its_name() -> None:
    code = f"import importlib; [importlib.import_module(f'benchmarks.{{n}}').main for n in {NAMES}]"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_an_unknown_name_is_refused() -> None:
    command = [sys.executable, "-m", "benchmarks", "speed"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no benchmark is called speed" in done.stderr
