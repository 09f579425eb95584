"""What loss is normal: the range of the smoothed losses of other runs of the same kind."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from explorer.config import Hardware, TrainConfig, recipe
from explorer.data_folders import shipped_root
from explorer.pages.train.run_curves import RunCurves
from explorer.training.run.directory import RunDirectory, list_runs

BANDED = ("class_loss_smooth", "box_loss_smooth")

_NUM_POINTS = 200
_MOST_RUNS = 5
_FEWEST_STEPS = 20
_LARGEST_BYTES = 8_000_000
"""A longer run is left out: somebody waits for the page."""

_PACE = (
    "optimizer", "learning_rate", "momentum", "weight_decay", "schedule", "warmup_steps", "augment",
    "batch_size", "pretrained", "first_epoch",
)  # fmt: skip
_FREE = frozenset({*_PACE, *Hardware.model_fields, "recipe", "seed", "epochs", "class_names"})
"""Settings that change how fast a loss falls, not what its number means."""


@dataclass(frozen=True, eq=False)
class ReferenceBand:
    """Lowest and highest smoothed loss of some runs at the same number of images seen."""

    step: NDArray[np.float64]
    """(N,) float64: counted in steps of the run that it is drawn behind, rising."""
    low: dict[str, NDArray[np.float64]]
    high: dict[str, NDArray[np.float64]]
    """dict of str to (N,) float64: of ``class_loss_smooth`` and ``box_loss_smooth``."""
    num_runs: int
    recipe: str
    dataset: str
    """Of the newest of the runs."""


def loss_means_the_same(a: TrainConfig, b: TrainConfig) -> bool:
    """Return whether a loss of `a` can be compared with one of `b`.

    Data, anchors, matching and the loss itself must be the same; how it is brought down (first
    weights, optimiser, rate, batch, length, seed) is free.
    """
    if a.overfit or b.overfit:
        return False
    names = set(TrainConfig.model_fields) - _FREE
    return all(getattr(a, name) == getattr(b, name) for name in names)


def reference_band(run: RunDirectory) -> ReferenceBand | None:
    """Return the band of the runs that are comparable with `run`; None with fewer than two.

    They are the newest finished ones in its folder that kept to their recipe, and those that ship
    with the product; five at most.
    """
    try:
        config = run.read_config()
    except ValueError:  # a damaged run is said elsewhere
        return None
    shipped = shipped_root() / "reference"
    candidates = (
        other
        for other in (*list_runs(run.path.parent), *list_runs(shipped))
        if other.path != run.path and _is_example(other, config)
    )
    chosen = list(islice(candidates, _MOST_RUNS))
    if len(chosen) < 2:
        return None
    configs = [other.read_config() for other in chosen]
    curves = [_curves(other) for other in chosen]
    # Images seen, not steps: a run with another batch size is beside it where it saw as much.
    seen = [
        np.array(each.steps["step"]) * of.batch_size
        for each, of in zip(curves, configs, strict=True)
    ]
    grid = np.linspace(max(s[0] for s in seen), min(s[-1] for s in seen), _NUM_POINTS)
    low, high = {}, {}
    for name in BANDED:
        values = np.array(
            [np.interp(grid, s, each.steps[name]) for s, each in zip(seen, curves, strict=True)]
        )
        low[name], high[name] = values.min(axis=0), values.max(axis=0)
    return ReferenceBand(
        grid / config.batch_size, low, high, len(chosen), configs[0].recipe, configs[0].dataset
    )


def _is_example(run: RunDirectory, config: TrainConfig) -> bool:
    """Return whether `run` came to its end as its recipe says, with a loss of the same kind."""
    try:
        if (run.path / "records.jsonl").stat().st_size > _LARGEST_BYTES:
            return False
        own, status = run.read_config(), run.read_status()
        plain = recipe(own.recipe)
    except (OSError, ValueError):  # a damaged run, or one that was just deleted, is no example
        return False
    return (
        loss_means_the_same(own, config)
        and all(getattr(own, name) == getattr(plain, name) for name in _PACE)
        and status.state == "finished"
        and status.step >= _FEWEST_STEPS
    )


def _curves(run: RunDirectory) -> RunCurves:
    curves = RunCurves()
    curves.follow(run)
    curves.poll()
    return curves
