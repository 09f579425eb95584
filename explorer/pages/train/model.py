"""State of the training page: what to train, which run is shown, and its curves so far.

The run directory is the truth. This class only follows it: `poll` reads what is new and folds
it into columns that only grow, so that a figure can stream the new rows.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import traitlets as t

from explorer.engine.checkpoint_files import CheckpointError
from explorer.i18n import _
from explorer.pages.train.batch.model import BatchModel
from explorer.pages.train.curves.reference_band import ReferenceBand, reference_band
from explorer.pages.train.film.model import FilmModel
from explorer.pages.train.film.preview import FilmPreview, film_preview
from explorer.pages.train.run_curves import RunCurves
from explorer.pages.train.settings.model import TrainSettings
from explorer.training import launch
from explorer.training.failures import explain_failure
from explorer.training.run.command import Command
from explorer.training.run.directory import RunDirectory, RunStatus, list_runs, runs_root
from explorer.training.run.following import Follower
from explorer.training.run.sentences import event_sentence
from explorer.training.trends import trend

_TREND_EVERY = 10
"""Rows between two looks at the trend, which reads whole columns."""

_LONG_S = 2.0
"""Seconds after which a run is read that has written nothing: its process may have died."""


class TrainLiveModel(t.HasTraits):
    """Settings of the next run, and the run that is followed."""

    run_id = t.Unicode("")
    """The run that is shown; empty if there is none."""
    status = t.Instance(RunStatus, kw={"state": "stopped"})
    num_rows = t.Int(0)
    """Rows of `curves`; changes when there is something to send."""
    trend = t.Unicode("")
    """What goes wrong in the run, if its curves say so, in one sentence."""
    answer = t.Unicode("")
    """What the run said to what `send` asked last; empty until it has, and where its status says
    it already.
    """
    preview = t.Instance(FilmPreview, None, allow_none=True)
    """FilmPreview or None: the images of the data set, until the shown run has a film; see
    `look_ahead`.
    """

    def __init__(self, root: Path | None = None, **traits: Any) -> None:
        super().__init__(**traits)
        self.root = root or runs_root()
        self.settings = TrainSettings(self.root)
        """Of the next run."""
        self.run: RunDirectory | None = None
        self.curves, self.beside_curves = RunCurves(), RunCurves()
        """Of the shown run, and of the one beside it."""
        self.band: ReferenceBand | None = None
        """The losses that are normal for the shown run, if other runs tell."""
        self.film, self.beside = FilmModel(), FilmModel()
        """The film of the shown run, and that of another one at the same step."""
        self.batch = BatchModel(self.curves)
        """What the shown run learns from next."""
        self._asked = ""
        self._answers: Follower | None = None
        self._seen: tuple[int, ...] | None = None
        self._polled_at = 0.0
        self.film.observe(lambda _change: self._go_along(), "frame")

    def start(self) -> None:
        """Start a run and follow it; a run already under way is followed instead, and said.

        Raises
        ------
        ValueError
            If a run is already under way, the weights that it is to begin with are missing or
            damaged, or runs cannot be written.
        """
        try:
            self.follow(launch.start_run(self.settings.config, self.root))
        except launch.AlreadyRunningError as error:
            self.follow(error.run)
            raise ValueError(str(error)) from error
        except (CheckpointError, OSError) as error:
            raise ValueError(_("No run was started: {why}.", why=explain_failure(error))) from error

    def resume(self, *, from_start: bool = False) -> None:
        """Go on with the shown run after it was stopped or died; `from_start` as `resume_run`."""
        if self.run is None:
            raise ValueError(_("There is no run to resume."))
        try:
            launch.resume_run(self.run, from_start=from_start)
        except launch.AlreadyRunningError as error:
            raise ValueError(str(error)) from error
        self.poll()

    def send(self, name: str, value: float | None = None, *, from_start: bool = False) -> None:
        """Ask the shown run to stop, pause, resume, …; asking twice does no harm.

        A run that has ended hears only "set_epochs": it then goes on, see `launch.set_epochs`.

        Raises
        ------
        NoCheckpointError
            If it could only begin again, and `from_start` does not allow it.
        ValueError
            If `value` is out of the command's range, or the run cannot go on so far.
        """
        if self.run is None or not (self.status.active or name == "set_epochs"):
            return
        answers = self.run.follow_records()
        answers.skip_to_end()
        try:
            command: Command | None = Command.model_validate({"name": name, "value": value})
            if name == "set_epochs" and value is not None:
                command = launch.set_epochs(self.run, int(value), from_start=from_start)
            elif command is not None:
                self.run.send(command)
        except launch.NoCheckpointError:
            raise
        except (OSError, ValueError) as error:
            raise ValueError(explain_failure(error)) from error
        self.answer = ""
        self._asked, self._answers = ("", None) if command is None else (command.id, answers)
        self.poll()

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
        self._begin(run)
        self.poll()
        self.run_id = run.run_id

    def poll_if_written(self) -> bool:
        """Read what the run has written, if it has, and return whether; now and then in any case.

        For a caller that comes often: to look when four files were written costs little.
        """
        seen = None if self.run is None else self.run.last_written()
        now = time.monotonic()
        if seen is not None and seen == self._seen and now - self._polled_at < _LONG_S:
            return False
        self._seen, self._polled_at = seen, now
        self.poll()
        return True

    def poll(self) -> None:
        """Read what the run has written since the last call; without one, look for one."""
        if self.run is None:
            self.rejoin()
            return
        if not self.run.path.is_dir():
            self._leave()
            return
        if self.beside.run is not None and not self.beside.run.path.is_dir():
            self.look_beside("")
        self.status = self.run.read_status()
        self.curves.poll()
        if self.curves.num_rows // _TREND_EVERY != self.num_rows // _TREND_EVERY:
            self.trend = trend(self.curves.steps, self.curves.validations)
        self.num_rows = self.curves.num_rows
        self.film.poll()
        if self.preview is not None and self.film.watched() is not None:
            self.preview = None
        self.batch.poll()
        self._listen()

    @property
    def seconds_left(self) -> float | None:
        """Expected time to the end of the run; None while unknown."""
        pace = self.curves.seconds_a_step
        if pace is None or not self.status.num_steps:
            return None
        return pace * (self.status.num_steps - self.status.step)

    def look_ahead(self) -> None:
        """Have the preview of the shown run's data set, without a run that of the settings'.

        Raises
        ------
        ValueError
            If it is damaged; the preview stays as it was.
        """
        if self.film.watched() is not None:
            self.preview = None
            return
        config = self.settings.config if self.run is None else self.run.read_config()
        self.preview = film_preview(config.dataset)

    def look_beside(self, run_id: str) -> None:
        """Show the film of another run beside this one; an empty name shows none."""
        run = RunDirectory(self.root / run_id) if run_id else None
        self.beside_curves.follow(run)
        self.beside_curves.poll()
        self.beside.follow(run)
        self._go_along()

    def _listen(self) -> None:
        """Take the answer to what was asked last, if it has come."""
        for record in self._answers or ():
            if self._asked in record.get("answers", ()):
                self._answers = None
                self.answer = event_sentence(record) if record["kind"] == "event" else ""
                return

    def _leave(self) -> None:
        """Show another run in the place of one that was deleted, or none."""
        self._begin(None)
        self.status = RunStatus(state="stopped")
        self.run_id = ""
        self.rejoin()

    def _begin(self, run: RunDirectory | None) -> None:
        """Forget what was known of the run before."""
        self.run = run
        self.curves.follow(run)
        self.band = None if run is None else reference_band(run)
        self.film.follow(run)
        self.batch.follow(run)
        self._answers = None
        self.num_rows, self.trend, self.answer = 0, "", ""

    def _go_along(self) -> None:
        if self.film.steps:
            self.beside.go_to_step(self.film.steps[self.film.position])
