"""Our training step against the same step of the same network in PyTorch, in one run, in turns."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.figures import Block, ratio, total
from benchmarks.own_process import OwnProcess
from explorer.config import TrainConfig, recipe
from explorer.datasets import ensure_dataset, epoch_batches, open_dataset

TARGET = 1.7
OURS = ("the same work", "step of training")
LAYOUTS = ("contiguous", "channels last")

_MOST_DIFFERENCE = 1e-4
_MOST_LOSS_DIFFERENCE = (1e-4, 1e-3)
"""In the first step, in which batch norm adds up millions of numbers, PyTorch in its two layouts
differently; and in the second: Adam makes whole steps of gradients that are mere rounding.
"""
_WARM_UP_STEPS = 2


@dataclass(frozen=True)
class Contest:
    """What was measured, round by round.

    Parameters
    ----------
    blocks : dict of str to list of Block
        By `OURS` and `LAYOUTS`.
    num_parameters : int
        Of the network, the same in both.
    output_difference : float
        The greatest between the predictions of the two, both layouts, at the same weights; as a
        part of the greatest output.
    loss_difference : tuple of float
        The greatest between their losses in the first steps, as a part of the loss.
    torch_version : str
    """

    blocks: dict[str, list[Block]]
    num_parameters: int
    output_difference: float
    loss_difference: tuple[float, ...]
    torch_version: str

    @property
    def best_layout(self) -> str:
        """The layout in which PyTorch was faster."""
        return max(LAYOUTS, key=lambda name: total(self.blocks[name]).samples_per_second)

    def times_as_fast(self, ours: str) -> float:
        """Return the speed of one of `OURS` as a multiple of PyTorch's in its best layout."""
        return ratio(total(self.blocks[ours]), total(self.blocks[self.best_layout]))

    def rounds(self, ours: str) -> list[float]:
        """Return the same for each round."""
        pairs = zip(self.blocks[ours], self.blocks[self.best_layout], strict=True)
        return [ratio(here, there) for here, there in pairs]


def main(quick: bool) -> None:
    """Measure on the creature set, batch 32 at 256 px, and print."""
    if importlib.util.find_spec("torch") is None:
        print("PyTorch, to compare with, is not installed (the extra `pytorch` has it): skipped.")
        return
    ensure_dataset("creature")
    config = recipe("fast", batch_size=32, device="cpu")
    rounds, steps = (2, 2) if quick else (5, 5)
    print(f"ToySSD's training step, batch {config.batch_size} at {config.input_size} px,")
    print(f"{rounds} rounds of {steps} steps each, in turns, {_num_threads()} threads:")
    _report(compare(config, rounds, steps))


def compare(config: TrainConfig, rounds: int, steps: int) -> Contest:
    """Measure by turns, each side in a process of its own; while one computes, the others wait.

    Raises
    ------
    ValueError
        If the two do not do the same work.
    """
    train_set = open_dataset(config.dataset, "train")
    with contextlib.closing(
        epoch_batches(train_set, config.batch_size, config.input_size, config.seed, epoch=0)
    ) as batches:
        batch = next(batches)
    given = (config, len(train_set.class_names), batch.images, batch.labels)
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(OwnProcess(_given_targets_step, *given))
        whole = stack.enter_context(OwnProcess(_training_step, *given))
        shared = [ours.call(name) for name in ("inputs", "weights", "targets")]
        theirs = [
            stack.enter_context(
                OwnProcess(_torch_step, config, _num_threads(), name == "channels last", *shared)
            )
            for name in LAYOUTS
        ]
        same = check_same_work(ours, theirs)
        sides = dict(zip((*OURS, *LAYOUTS), (ours, whole, *theirs), strict=True))
        for side in sides.values():
            side.call("measure", _WARM_UP_STEPS)
        blocks: dict[str, list[Block]] = {name: [] for name in sides}
        for _ in range(rounds):
            for name, side in sides.items():
                blocks[name].append(side.call("measure", steps))
    return Contest(blocks, *same, importlib.metadata.version("torch"))


def check_same_work(ours: Any, theirs: list[Any]) -> tuple[int, float, tuple[float, ...]]:
    """Compare both sides at the weights they begin with and in their first steps.

    Equal losses in the second step say that backward and update agree as well.

    Parameters
    ----------
    ours : OwnProcess
    theirs : list of OwnProcess
        With the weights and targets of `ours`.

    Returns
    -------
    number of parameters, difference of the outputs, differences of the losses
        See `Contest`.

    Raises
    ------
    ValueError
        If the numbers of parameters differ, or outputs or losses by more than rounding.
    """
    num_parameters = ours.call("num_parameters")
    outputs = ours.call("outputs")
    losses = np.array(ours.call("losses", len(_MOST_LOSS_DIFFERENCE)))
    apart = []
    losses_apart = []
    for side in theirs:
        found = side.call("num_parameters")
        if found != num_parameters:
            raise ValueError(f"{num_parameters:,} parameters against PyTorch's {found:,}")
        for here, there in zip(outputs, side.call("outputs"), strict=True):
            apart.append(np.abs(there - here).max() / np.abs(here).max())
        # The losses come last: these steps change the weights.
        losses_apart.append(np.abs(side.call("losses", len(losses)) - losses) / losses)
    output_difference = float(np.max(apart))
    loss_difference = np.max(losses_apart, axis=0)
    # Asked this way round, NaN is no agreement.
    if not output_difference <= _MOST_DIFFERENCE:
        raise ValueError(f"the outputs differ from PyTorch's by {output_difference:.1e}")
    if not (loss_difference <= _MOST_LOSS_DIFFERENCE).all():
        raise ValueError(f"the losses differ from PyTorch's by {_powers(loss_difference)}")
    return num_parameters, output_difference, tuple(loss_difference.tolist())


def _given_targets_step(*given: Any) -> Any:
    from benchmarks.our_steps import GivenTargetsStep  # imports MXNet

    return GivenTargetsStep(*given)


def _training_step(*given: Any) -> Any:
    from benchmarks.our_steps import TrainingStep  # imports MXNet

    return TrainingStep(*given)


def _torch_step(*given: Any) -> Any:
    from benchmarks.torch_step import TorchStep  # imports PyTorch

    return TorchStep(*given)


def _num_threads() -> int:
    return int(os.environ.get("OMP_NUM_THREADS", len(os.sched_getaffinity(0))))


def _powers(values: Iterable[float]) -> str:
    return " and ".join(f"{value:.1e}" for value in values)


def _report(contest: Contest) -> None:
    print(
        f"  {contest.num_parameters:,} parameters in both; greatest difference, of the size: "
        f"outputs {contest.output_difference:.1e}, losses {_powers(contest.loss_difference)}"
    )
    for library, names in (("MXNet", OURS), (f"PyTorch {contest.torch_version}", LAYOUTS)):
        for name in names:
            speed = total(contest.blocks[name]).samples_per_second
            print(f"  {f'{library}, {name}':36}{speed:7.1f} samples/s")
    for name in OURS:
        each = "".join(f"{value:6.2f}" for value in contest.rounds(name))
        print(
            f"  {name} / PyTorch, {contest.best_layout}: {contest.times_as_fast(name):.2f} "
            f"(target: at least {TARGET}); each round{each}"
        )
