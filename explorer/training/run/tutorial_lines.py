"""What the tutorial's code prints while it trains, from a run's records.

Whoever goes through the tutorial has these lines before them, and compares figure with figure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

TUTORIAL_RECIPE = "tutorial"
"""The recipe whose runs say this."""

_INTERVAL = 20
"""Batches from a line to the next."""


class TutorialLines:
    """The lines that follow from a run's records, of which it gets every one in order.

    As in the tutorial, epochs and batches count from 0, accuracy and MAE are those of the epoch so
    far, the speed is that of the last batch, and the time cost that of an epoch without validation.
    """

    def __init__(self) -> None:
        self._steps: list[Mapping[str, Any]] = []
        """Those of the present epoch."""

    def of(self, record: Mapping[str, Any]) -> Iterator[str]:
        """Yield what there is to say after a record."""
        kind = record["kind"]
        if kind == "resume":  # what it takes back is done once more
            self._steps = [step for step in self._steps if step["step"] <= record["step"]]
        elif kind == "step":
            if self._steps and self._steps[0]["epoch"] != record["epoch"]:
                self._steps = []
            self._steps.append(record)
            if len(self._steps) % _INTERVAL == 0:
                place = f"[Epoch {record['epoch'] - 1} Batch {len(self._steps) - 1}]"
                speed = record["num_samples"] / max(_seconds_of_batch(record), 1e-9)
                yield f"{place} speed: {speed:f} samples/s, {self._figures()}"
        elif kind == "epoch" and self._steps:
            place = f"[Epoch {record['epoch'] - 1}]"
            yield f"{place} {self._figures()}"
            seconds = sum(sum(step["seconds"].values()) for step in self._steps)
            yield f"{place} time cost: {seconds:f}"
            self._steps = []

    def _figures(self) -> str:
        accuracy, mae = self._mean("accuracy"), self._mean("box_mae")
        return f"training: accuracy={accuracy:f}, mae={mae:f}"

    def _mean(self, name: str) -> float:
        """Return the mean over all images of the epoch so far; NaN where a step has none."""
        values = [math.nan if step.get(name) is None else step[name] for step in self._steps]
        weights = [step["num_samples"] for step in self._steps]
        total = sum(value * weight for value, weight in zip(values, weights, strict=True))
        return float(total / max(1, sum(weights)))


def _seconds_of_batch(step: Mapping[str, Any]) -> float:
    """Return what a batch took once it was there."""
    return float(sum(seconds for name, seconds in step["seconds"].items() if name != "data"))
