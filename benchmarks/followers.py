"""What pages that follow a run take from it: its speed with two of them, and with none."""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Block, block_of, total
from benchmarks.live_pages import follow_training
from benchmarks.run_process import RunProcess
from explorer.config import TrainConfig, recipe
from explorer.datasets import ensure_dataset

NUM_PAGES = 2
TARGET = 0.97
_WARM_UP_STEPS = 3


@dataclass(frozen=True)
class Following:
    """What was measured, round by round.

    Parameters
    ----------
    followed, alone : list of Block
        Of one run, while the pages follow it and while they get no processor time.
    cores : dict of str to float
        Processor time by wall time while they follow: how many cores the server, the kernels and
        the browser kept busy.
    """

    followed: list[Block]
    alone: list[Block]
    cores: dict[str, float]

    @property
    def ratio(self) -> float:
        """The speed of learning with the pages, as a part of that without."""
        return _ratio(total(self.followed), total(self.alone))

    @property
    def rounds(self) -> list[float]:
        """The same for each round."""
        return [_ratio(here, there) for here, there in zip(self.followed, self.alone, strict=True)]


def main(quick: bool) -> None:
    """Measure on the creature set, batch 32 at 256 px, and print."""
    ensure_dataset("creature")
    config = recipe("fast", batch_size=32, epochs=40, device="cpu")
    # Seven steps from one film frame to the next: as many frames in each block.
    rounds, steps = (2, 7) if quick else (8, 14)
    print(f"A run, batch {config.batch_size} at {config.input_size} px, {NUM_PAGES} live pages,")
    print(f"{rounds} rounds of {steps} steps with them and as many without, in turns:")
    measured = compare(config, rounds, steps)
    if measured is None:
        print("  no Chromium found: skipped")
        return
    _report(measured)


def compare(
    config: TrainConfig, rounds: int, steps: int, num_pages: int = NUM_PAGES
) -> Following | None:
    """Measure by turns; None where there is no browser.

    The run waits until pages that come back have caught up, so that it is not slowed by more than
    following it takes.

    Parameters
    ----------
    config : TrainConfig
        With epochs enough that the run does not end by itself.
    rounds, steps : int
        How often, and how many steps each time.
    num_pages : int
    """
    with (
        tempfile.TemporaryDirectory(prefix="ssd-explorer-bench-") as folder,
        RunProcess(config, Path(folder)) as worker,
        follow_training(Path(folder), num_pages) as live,
    ):
        if live is None:
            return None
        worker.train(_WARM_UP_STEPS)
        followed, alone, used = [], [], Counter[str]()
        for number in range(rounds):
            # Each comes first as often as the other: a machine that gets slower favours neither.
            for attached in (True, False) if number % 2 else (False, True):
                live.settle()
                with contextlib.nullcontext() if attached else live.frozen():
                    before = live.processor_seconds()
                    records = worker.train(steps)
                    if attached:
                        used += live.processor_seconds() - before
                (followed if attached else alone).append(block_of(records))
        last = max(record["step"] for record in records if "step" in record)
        live.wait_for_text(f"step {last:,} of")  # they did follow
    seconds = total(followed).seconds
    return Following(followed, alone, {name: spent / seconds for name, spent in used.items()})


def _ratio(followed: Block, alone: Block) -> float:
    # Validation falls into some blocks and not into others.
    return (
        followed.samples_per_second_without_validation / alone.samples_per_second_without_validation
    )


def _report(measured: Following) -> None:
    for name, blocks in (("followed", measured.followed), ("alone", measured.alone)):
        speed = total(blocks).samples_per_second_without_validation
        print(f"  {name:18} {speed:6.1f} samples/s while it learns")
    print(f"  ratio              {measured.ratio:6.3f} (target: at least {TARGET})")
    print("  ratio each round   " + "".join(f"{value:6.3f}" for value in measured.rounds))
    cores = ", ".join(f"{name} {number:.3f}" for name, number in measured.cores.items())
    print(f"  cores busy while they follow: {cores}")
