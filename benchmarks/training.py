"""Training end to end against the bare step, in one run and in turns."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Block, block_of, ratio, shares, total
from benchmarks.live_pages import LivePages, follow_training
from benchmarks.run_process import RunProcess
from explorer.config import TrainConfig, recipe
from explorer.datasets import ensure_dataset, epoch_batches, open_dataset

TARGET = 0.85
_WARM_UP_STEPS = 3


@dataclass(frozen=True)
class Comparison:
    """What was measured, round by round.

    Parameters
    ----------
    bare, end_to_end : list of Block
    worker_cores, page_cores : float
        Processor time by wall time, end to end: how many cores each kept busy.
    page : bool
        Whether a live page was attached.
    """

    bare: list[Block]
    end_to_end: list[Block]
    worker_cores: float
    page_cores: float
    page: bool


def main(quick: bool) -> None:
    """Measure on the creature set, batch 32 at 256 px, and print."""
    ensure_dataset("creature")
    config = recipe("fast", batch_size=32, epochs=20, device="cpu")
    # Two epochs of 28 steps: as many validations and checkpoints as a real run has a step.
    rounds, steps, bare_steps = (2, 5, 3) if quick else (4, 14, 8)
    print(f"Training, batch {config.batch_size} at {config.input_size} px, recipe {config.recipe},")
    print(f"{rounds} rounds of {bare_steps} bare steps and {steps} end to end, in turns:")
    _report(compare(config, rounds, steps, bare_steps))


def compare(
    config: TrainConfig, rounds: int, steps: int, bare_steps: int, page: bool = True
) -> Comparison:
    """Measure both by turns; while one runs, the other waits.

    Parameters
    ----------
    config : TrainConfig
        With epochs enough that the run does not end by itself.
    rounds, steps, bare_steps : int
        How often, and how many steps end to end and bare each time.
    page : bool
        Attach a live page, if there is a browser.
    """
    from benchmarks.bare_step import BareStep  # imports MXNet

    train_set = open_dataset(config.dataset, "train")
    batch = next(
        epoch_batches(train_set, config.batch_size, config.input_size, config.seed, epoch=0)
    )
    bare = BareStep(config, len(train_set.class_names), batch.images, batch.labels)
    attach = follow_training if page else _no_page
    with (
        tempfile.TemporaryDirectory(prefix="ssd-explorer-bench-") as folder,
        RunProcess(config, Path(folder)) as worker,
        attach(Path(folder)) as live,
    ):
        if live:
            live.settle()
        bare.measure(_WARM_UP_STEPS)
        last = worker.train(_WARM_UP_STEPS)[-1]
        bare_blocks, blocks, used, page_used = [], [], 0.0, 0.0
        for _ in range(rounds):
            with live.frozen() if live else contextlib.nullcontext():
                bare_blocks.append(bare.measure(bare_steps))
            used -= worker.processor_seconds()
            page_used -= live.processor_seconds().total() if live else 0.0
            records = worker.train(steps)
            used += worker.processor_seconds()
            page_used += live.processor_seconds().total() if live else 0.0
            blocks.append(block_of(records))
            last = records[-1]
        if live:
            live.wait_for_text(f"step {last['step']:,} of")  # it did follow
    seconds = total(blocks).seconds
    return Comparison(bare_blocks, blocks, used / seconds, page_used / seconds, bool(live))


@contextlib.contextmanager
def _no_page(_runs: Path) -> Iterator[LivePages | None]:
    yield None


def _report(measured: Comparison) -> None:
    bare, all_of_it = total(measured.bare), total(measured.end_to_end)
    each = [ratio(e, b) for e, b in zip(measured.end_to_end, measured.bare, strict=True)]
    page = "a live page attached" if measured.page else "no page attached: no Chromium found"
    found = ratio(all_of_it, bare)
    print(f"  bare step          {bare.samples_per_second:6.1f} samples/s")
    print(f"  end to end         {all_of_it.samples_per_second:6.1f} samples/s ({page})")
    print(f"  ratio              {found:6.3f} (target: at least {TARGET})")
    print("  ratio each round   " + "".join(f"{value:6.3f}" for value in each))
    without = all_of_it.samples_per_second_without_validation / bare.samples_per_second
    print(f"  without validation {without:6.3f}")
    parts = shares(all_of_it)
    print("  time end to end: " + ", ".join(f"{name} {p:.1%}" for name, p in parts.items()))
    print(
        f"  cores busy end to end: worker {measured.worker_cores:.2f}, "
        f"server, kernel and browser {measured.page_cores:.2f}"
    )
