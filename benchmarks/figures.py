"""From records to figures: what the benchmarks compute, apart from what they run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

PHASES = ("data", "forward", "backward", "update", "validation")
"""What records tell the seconds of; the rest is metrics, files, film, checkpoints and waits."""


@dataclass(frozen=True)
class Block:
    """A stretch of training without a pause.

    Parameters
    ----------
    samples : int
    seconds : float
        From its beginning to its end, everything included.
    phases : dict
        Seconds of each of `PHASES`; empty if nobody noted them.
    """

    samples: int
    seconds: float
    phases: dict[str, float] = field(default_factory=dict)

    @property
    def samples_per_second(self) -> float:
        """How fast it went."""
        return self.samples / self.seconds

    @property
    def samples_per_second_without_validation(self) -> float:
        """How fast it went while it did learn."""
        return self.samples / (self.seconds - self.phases.get("validation", 0.0))


def block_of(records: Sequence[dict[str, Any]]) -> Block:
    """Return what the records of one block say, in the order in which they were written.

    The time of the first step's record is the beginning: what came before it is partly the
    pause. Its samples do not count, all that happened until the last step's record does.

    Raises
    ------
    ValueError
        If there are fewer than two steps.
    """
    steps = [number for number, record in enumerate(records) if record["kind"] == "step"]
    if len(steps) < 2:
        raise ValueError(f"a block needs at least 2 steps, got {len(steps)}")
    inside = records[steps[0] + 1 : steps[-1] + 1]
    phases = dict.fromkeys(PHASES, 0.0)
    samples = 0
    for record in inside:
        if record["kind"] == "step":
            samples += record["num_samples"]
            for phase, seconds in record["seconds"].items():
                phases[phase] += seconds
        elif record["kind"] == "epoch":
            phases["validation"] += record["seconds"]
    return Block(samples, inside[-1]["time"] - records[steps[0]]["time"], phases)


def total(blocks: Iterable[Block]) -> Block:
    """Return several blocks as one."""
    samples, seconds, phases = 0, 0.0, dict[str, float]()
    for block in blocks:
        samples += block.samples
        seconds += block.seconds
        for phase, part in block.phases.items():
            phases[phase] = phases.get(phase, 0.0) + part
    return Block(samples, seconds, phases)


def shares(block: Block) -> dict[str, float]:
    """Return the part of the time that each phase took, and "rest"; they sum to 1."""
    parts = {phase: seconds / block.seconds for phase, seconds in block.phases.items()}
    return {**parts, "rest": 1.0 - sum(parts.values())}


def ratio(end_to_end: Block, bare: Block) -> float:
    """Return the speed of the first as a part of the second's."""
    return end_to_end.samples_per_second / bare.samples_per_second


def median_seconds(
    work: Callable[[], object], repeats: int, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Return the median time of one call; the first call, which warms up, does not count."""
    work()
    seconds = []
    for _ in range(repeats):
        started = clock()
        work()
        seconds.append(clock() - started)
    return statistics.median(seconds)
