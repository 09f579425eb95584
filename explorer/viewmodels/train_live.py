"""State of the training page: what to train, which run is shown, and its curves so far.

The run directory is the truth. This class only follows it: `poll` reads what is new and folds
it into columns that only grow, so that a view can stream the new rows.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any

import traitlets as t
from pydantic import ValidationError

from explorer.config import ANCHOR_PRESETS, RECIPES, TrainConfig, recipe
from explorer.training import launch
from explorer.training.failures import explain_failure
from explorer.training.run_directory import (
    Command,
    Follower,
    RunDirectory,
    RunStatus,
    list_runs,
    runs_root,
)
from explorer.viewmodels.film import FilmModel

__all__ = ["EPOCH_COLUMNS", "STEP_COLUMNS", "TrainLiveModel"]

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

_DEFAULTS = recipe("fast")
_SMOOTHING = 0.9
_SPEED_WINDOW = 20


class TrainLiveModel(t.HasTraits):
    """Settings of the next run, and the run that is followed.

    Attributes
    ----------
    recipe, dataset, anchors, device : str
    epochs, batch_size, seed : int
    learning_rate : float
        Choosing a recipe sets batch size and learning rate to its values.
    run_id : str
        The run that is shown; empty if there is none.
    status : RunStatus
    film : FilmModel
        The film of the shown run, and `beside` that of another one at the same step.
    generation : int
        Counts up when the columns start anew (another run, or steps taken back by a resume):
        a view then sends everything, otherwise only new rows.
    num_rows : int
        Rows of `steps`; changes when there is something to send.
    """

    recipe = t.Enum(tuple(RECIPES), "fast")
    dataset = t.Unicode("creature")
    anchors = t.Enum(tuple(ANCHOR_PRESETS), "creature")
    device = t.Unicode("auto")
    epochs = t.Int(8)
    batch_size = t.Int(_DEFAULTS.batch_size)
    learning_rate = t.Float(_DEFAULTS.learning_rate)
    seed = t.Int(0)

    run_id = t.Unicode("")
    status = t.Instance(RunStatus, kw={"state": "stopped"})
    generation = t.Int(0)
    num_rows = t.Int(0)

    def __init__(self, root: Path | None = None, **traits: Any) -> None:
        super().__init__(**traits)
        self.root = root or runs_root()
        self.run: RunDirectory | None = None
        self.steps: dict[str, list[float]] = {name: [] for name in STEP_COLUMNS}
        self.validations: dict[str, list[float]] = {name: [] for name in EPOCH_COLUMNS}
        self._follower: Follower | None = None
        self._speeds: deque[tuple[int, float]] = deque(maxlen=_SPEED_WINDOW)
        self.film = FilmModel()
        self.beside = FilmModel()
        self.film.observe(lambda _change: self._go_along(), "frame")

    @t.observe("recipe")
    def _take_recipe_values(self, _change: Any) -> None:
        chosen = recipe(self.recipe)
        with self.hold_trait_notifications():
            self.batch_size = chosen.batch_size
            self.learning_rate = chosen.learning_rate

    def config(self) -> TrainConfig:
        """Return the settings of the next run.

        Raises
        ------
        ValidationError
            If one is out of its range.
        """
        return recipe(
            self.recipe,
            dataset=self.dataset,
            anchors=ANCHOR_PRESETS[self.anchors],
            device=self.device,
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            seed=self.seed,
        )

    def start(self) -> None:
        """Start a run and follow it; a run already under way is followed instead, and said.

        Raises
        ------
        ValueError
            If a run is already under way, a setting is out of range, or runs cannot be written.
        """
        try:
            self.follow(launch.start(self.config(), self.root))
        except launch.AlreadyRunningError as error:
            self.follow(error.run)
            raise ValueError(str(error)) from error
        except (OSError, ValidationError) as error:
            raise ValueError(f"No run was started: {explain_failure(error)}.") from error

    def resume(self) -> None:
        """Go on with the shown run after it was stopped or died."""
        if self.run is None:
            raise ValueError("There is no run to resume.")
        try:
            launch.resume(self.run)
        except launch.AlreadyRunningError as error:
            raise ValueError(str(error)) from error
        self.poll()

    def send(self, name: str) -> None:
        """Ask the shown run to stop, pause, resume, …; asking twice does no harm."""
        if self.run is not None and self.status.active:
            self.run.send(Command.model_validate({"name": name}))

    def rejoin(self) -> None:
        """Follow the run that is under way, else the newest one, else nothing."""
        if self.run is not None and self.status.active:
            return
        runs = list_runs(self.root)
        chosen = launch.active_run(self.root) or (runs[0] if runs else None)
        if chosen is not None and (self.run is None or chosen.path != self.run.path):
            self.follow(chosen)

    def follow(self, run: RunDirectory) -> None:
        """Show `run` from its beginning."""
        self.run = run
        self._follower = run.follow_records()
        self._clear()
        self.film.follow(run)
        self.run_id = run.run_id
        self.poll()

    def poll(self) -> None:
        """Read what the run has written since the last call."""
        if self.run is None or self._follower is None:
            return
        self.status = self.run.read_status()
        for record in self._follower:
            self._fold(record)
        self.num_rows = len(self.steps["step"]) + len(self.validations["step"])
        self.film.poll()

    @property
    def samples_per_second(self) -> float | None:
        """Speed over the last steps, everything included; None before two steps."""
        if len(self._speeds) < 2:
            return None
        seconds = self._speeds[-1][1] - self._speeds[0][1]
        samples = sum(count for count, _ in list(self._speeds)[1:])
        return samples / seconds if seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """Expected time to the end of the run; None while unknown."""
        if len(self._speeds) < 2 or not self.status.num_steps:
            return None
        pace = (self._speeds[-1][1] - self._speeds[0][1]) / (len(self._speeds) - 1)
        return pace * (self.status.num_steps - self.status.step)

    def other_runs(self) -> list[str]:
        """Return the names of the runs that can be looked at beside the shown one."""
        return [run.run_id for run in list_runs(self.root) if run.run_id != self.run_id]

    def look_beside(self, run_id: str) -> None:
        """Show the film of another run beside this one; an empty name shows none."""
        self.beside.follow(RunDirectory(self.root / run_id) if run_id else None)
        self._go_along()

    def _go_along(self) -> None:
        if self.film.steps:
            self.beside.go_to_step(self.film.steps[self.film.position])

    def _clear(self) -> None:
        for column in (*self.steps.values(), *self.validations.values()):
            column.clear()
        self._speeds.clear()
        self.num_rows = 0
        self.generation += 1

    def _fold(self, record: dict[str, Any]) -> None:
        kind = record.get("kind")
        if kind == "step":
            self._add_step(record)
        elif kind == "epoch":
            for name, column in self.validations.items():
                column.append(record[name])
        elif kind == "resume":
            self._take_back(record["step"])
        if kind != "step":
            self._speeds.clear()  # a pause or a validation is no pace of training

    def _add_step(self, record: dict[str, Any]) -> None:
        for name, column in self.steps.items():
            if name.endswith("_smooth"):
                value = record[name.removesuffix("_smooth")]
                before = column[-1] if column else value
                column.append(_SMOOTHING * before + (1 - _SMOOTHING) * value)
            else:
                value = record[name]
                column.append(float("nan") if value is None else value)
        self._speeds.append((record["num_samples"], record["time"]))

    def _take_back(self, step: int) -> None:
        """Drop the steps after `step`: a killed run does them once more."""
        if not self.steps["step"] or self.steps["step"][-1] <= step:
            return
        for columns in (self.steps, self.validations):
            keep = sum(1 for value in columns["step"] if value <= step)
            for column in columns.values():
                del column[keep:]
        self.generation += 1
