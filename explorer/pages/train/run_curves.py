"""The columns behind a run's curves: they only grow, so that a figure can send the new rows.

A resume that goes back to a checkpoint is the one exception, and is counted.
"""

from __future__ import annotations

from collections import deque
from statistics import fmean
from typing import Any

from explorer.training.run.directory import RunDirectory
from explorer.training.run.following import Follower

STEP_COLUMNS = (
    "step",
    "class_loss",
    "box_loss",
    "class_loss_smooth",
    "box_loss_smooth",
    "positive_accuracy",
    "accuracy",
    "background_accuracy",
    "learning_rate",
)
EPOCH_COLUMNS = ("step", "epoch", "ap50", "ap75", "map")

_RECORDED = tuple(name for name in STEP_COLUMNS if not name.endswith("_smooth"))
_SMOOTHED = ("class_loss", "box_loss")
_SMOOTHING = 0.9
_NAN = float("nan")
_SPEED_WINDOW = 20


class RunCurves:
    """Steps and validations of one run, as columns.

    They have NaN where a step has no such figure, or was recorded before there was one.
    """

    def __init__(self) -> None:
        self.steps: dict[str, list[float]] = {name: [] for name in STEP_COLUMNS}
        self.validations: dict[str, list[float]] = {name: [] for name in EPOCH_COLUMNS}
        self._recorded = [self.steps[name] for name in _RECORDED]
        self._smoothed = [(self.steps[f"{name}_smooth"], name) for name in _SMOOTHED]
        self.generation = 0
        """Counts up when the columns start again (another run, or steps taken back by a resume):
        a figure then gets everything, otherwise only new rows.
        """
        self.last_step: dict[str, Any] | None = None
        """Its record, whole."""
        self.remark: dict[str, Any] | None = None
        """The event that says from where a resume went on, if that was not the last checkpoint."""
        self._follower: Follower | None = None
        self._timed: deque[dict[str, float]] = deque(maxlen=_SPEED_WINDOW)
        self._speeds: deque[tuple[int, float]] = deque(maxlen=_SPEED_WINDOW)

    def follow(self, run: RunDirectory | None) -> None:
        """Begin with `run` from its first record; `poll` reads."""
        self._follower = None if run is None else run.follow_records()
        for column in (*self.steps.values(), *self.validations.values()):
            column.clear()
        self._speeds.clear()
        self._timed.clear()
        self.last_step = self.remark = None
        self.generation += 1

    def poll(self) -> None:
        """Read what the run has written since the last call."""
        for record in self._follower or ():
            self._fold(record)

    @property
    def num_rows(self) -> int:
        """Rows of both tables."""
        return len(self.steps["step"]) + len(self.validations["step"])

    @property
    def num_left_out(self) -> int:
        """Lines of the run's records that are none, and are left out."""
        return 0 if self._follower is None else self._follower.num_left_out

    @property
    def samples_per_second(self) -> float | None:
        """Speed over the last steps, everything included; None before two steps."""
        if len(self._speeds) < 2:
            return None
        seconds = self._speeds[-1][1] - self._speeds[0][1]
        samples = sum(count for count, _ in list(self._speeds)[1:])
        return samples / seconds if seconds > 0 else None

    @property
    def seconds_a_step(self) -> float | None:
        """Pace of the last steps; None before two."""
        if len(self._speeds) < 2:
            return None
        return (self._speeds[-1][1] - self._speeds[0][1]) / (len(self._speeds) - 1)

    @property
    def num_timed(self) -> int:
        """Steps over which `seconds_by_stage` is the mean."""
        return len(self._timed)

    def seconds_by_stage(self) -> dict[str, float]:
        """Return the mean seconds of each stage of the last steps; see `StepRecord.seconds`."""
        stages = self._timed[-1] if self._timed else {}
        return {name: fmean(each.get(name, 0.0) for each in self._timed) for name in stages}

    def _fold(self, record: dict[str, Any]) -> None:
        kind = record["kind"]
        if kind == "step":
            self._add_step(record)
        elif kind == "epoch":
            for name, column in self.validations.items():
                column.append(record.get(name, _NAN))
        elif kind == "resume":
            self.remark = None
            self._take_back(record["step"])
        elif record.get("event") in ("fell_back", "began_again"):
            self.remark = record
        if kind != "step":
            self._speeds.clear()  # a pause or a validation is no pace of training

    def _add_step(self, record: dict[str, Any]) -> None:
        # A long run has 100,000 of these, read while somebody waits for the page.
        for column, value in zip(self._recorded, map(record.get, _RECORDED), strict=True):
            column.append(_NAN if value is None else value)
        # An exponential average that owes nothing to its beginning: the weights of all values so
        # far sum to 1, as in Adam's bias correction. The first steps of a run, whose loss is many
        # times the later ones', are forgotten at the usual rate.
        weight = (1 - _SMOOTHING) / (1 - _SMOOTHING ** len(self.steps["step"]))
        for column, name in self._smoothed:
            before = column[-1] if column else 0.0
            column.append(before + weight * (record[name] - before))
        self._speeds.append((record["num_samples"], record["time"]))
        self._timed.append(record["seconds"])
        self.last_step = record

    def _take_back(self, step: int) -> None:
        """Drop the steps after `step`: a killed run does them once more."""
        if not self.steps["step"] or self.steps["step"][-1] <= step:
            return
        for columns in (self.steps, self.validations):
            keep = sum(1 for value in columns["step"] if value <= step)
            for column in columns.values():
                del column[keep:]
        self.generation += 1
