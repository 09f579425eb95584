"""State of a film: the frames that a run has written, and the one that is looked at."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

import traitlets as t

from explorer.pages.train.film.files import frame_steps, read_frame, read_watched
from explorer.training.run.directory import RunDirectory


class FilmModel(t.HasTraits):
    """The film of one run."""

    run = t.Any(None, allow_none=True)
    """RunDirectory or None."""
    steps = t.Tuple()
    """tuple of int: the step of each frame so far, ascending."""
    position = t.Int(0)
    """Index of the frame that is shown; 0 while there is none."""
    live = t.Bool(True)
    """Show the newest frame as soon as it is there. Going to another one ends it, going to the
    newest begins it.
    """
    frame = t.Any(None, allow_none=True)
    """dict or None: ``step`` and, for each image, what `explorer.training.film.film_frame` says;
    of a damaged frame the step alone.
    """
    problem = t.Unicode("")
    """Which file of the film is damaged, in one sentence; empty if none that is shown."""

    def follow(self, run: RunDirectory | None) -> None:
        """Show the film of `run` from now on, its newest frame first."""
        with self.hold_trait_notifications():
            self.run = run
            self.live = True
            self._take(())
        self.poll()

    def poll(self) -> None:
        """Look for new frames."""
        steps = () if self.run is None else frame_steps(self.run.film)
        if steps != self.steps:
            self._take(steps)

    def go_to(self, position: int) -> None:
        """Show the frame at `position`, or the nearest that there is."""
        last = max(0, len(self.steps) - 1)
        position = min(max(0, position), last)
        with self.hold_trait_notifications():
            self.live = position == last
            self._show(position)

    def go_to_step(self, step: int) -> None:
        """Show the last frame that is not later than `step`, or the first."""
        self.go_to(bisect_right(self.steps, step) - 1)

    def watched(self) -> dict[str, Any] | None:
        """Return what is known of the images; None before they are all there, or if damaged."""
        try:
            return None if self.run is None else read_watched(self.run.film)
        except ValueError as error:
            self.problem = str(error)
            return None

    def _take(self, steps: tuple[int, ...]) -> None:
        self.steps = steps
        last = max(0, len(steps) - 1)
        self._show(last if self.live else min(self.position, last))

    def _show(self, position: int) -> None:
        self.position = position
        if not self.steps:
            self.frame = None
        elif self.frame is None or self.frame["step"] != self.steps[position]:
            step = self.steps[position]
            self.problem = ""
            try:
                self.frame = read_frame(self.run.film, step)
            except ValueError as error:
                self.frame, self.problem = {"step": step}, str(error)
