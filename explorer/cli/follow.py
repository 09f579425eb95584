"""Following a run on the terminal until it ends."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, Progress, TaskID, TextColumn

from explorer.cli.terminal import clock, console
from explorer.i18n import _
from explorer.training.launch import wait_until_noted
from explorer.training.run.command import Command
from explorer.training.run.following import drop_retracted
from explorer.training.run.history import worked_seconds
from explorer.training.run.sentences import event_sentence, left_out_sentence, state_word
from explorer.training.run.tutorial_lines import TUTORIAL_RECIPE, TutorialLines

if TYPE_CHECKING:
    from explorer.config import TrainConfig
    from explorer.training.run.directory import RunDirectory, RunStatus

_POLL_SECONDS = 0.2
_RECENT_STEPS = 20


class Detached(Exception):  # noqa: N818 (not an error: the user asked for it)
    """The user left while the worker was still busy."""


@contextmanager
def interrupts() -> Iterator[list[int]]:
    """Collect each Ctrl-C and SIGTERM meanwhile, instead of breaking off in mid-work."""
    came: list[int] = []
    former = {
        number: signal.signal(number, lambda number, _frame: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield came
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def follow(run: RunDirectory, interrupted: Sequence[int]) -> RunStatus:
    """Show a run's progress on stderr until it ends; return its last status.

    The first interrupt asks the worker to stop and waits for it.

    Raises
    ------
    Detached
        At the second interrupt; the worker is still at it.
    """
    config = run.read_config()
    terminal = console(stderr=True)
    records = run.follow_records()
    asked = False
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[figures]}"),
        console=terminal,
        transient=True,
        disable=not terminal.is_terminal,  # a log gets the lines alone
    ) as progress:
        view = _View(progress, config)
        while True:
            status = run.read_status()  # before the records: none is missed at the end
            for record in drop_retracted(list(records)):
                view.show(record)
            view.show_left_out(run.run_id, records.num_left_out)
            view.update(status)
            if not status.active:
                if status.state == "died" and status.pid:  # of what is known a moment later
                    wait_until_noted(run)
                    status = run.read_status()
                return status
            if interrupted and not asked:
                asked = True
                run.send(Command(name="stop"))
                text = _(
                    "Stopping after the present step; press Ctrl-C again to leave without waiting."
                )
                progress.console.print(text)
            if len(interrupted) > 1:
                raise Detached
            time.sleep(_POLL_SECONDS)


class _View:
    """The progress bar, and above it a line for each epoch, or those of the tutorial's code."""

    def __init__(self, progress: Progress, config: TrainConfig) -> None:
        self._progress = progress
        self._tutorial = TutorialLines() if config.recipe == TUTORIAL_RECIPE else None
        self._first_epoch, self._num_epochs = config.first_epoch, config.epochs
        self._task: TaskID = progress.add_task(_("Starting"), total=1.0, figures="")
        self._recent: list[dict[str, Any]] = []
        self._heading_is_shown = False
        self._message = ""
        self._num_left_out = 0

    def show(self, record: dict[str, Any]) -> None:
        """Take note of a record; an epoch or an event gets a line."""
        kind = record["kind"]
        for line in self._tutorial.of(record) if self._tutorial else ():
            self._progress.console.print(line, markup=False)
        if kind == "step":
            self._recent = [*self._recent, record][-_RECENT_STEPS:]
        elif kind == "epoch":
            self._show_epoch(record)
        elif kind == "event":
            self._progress.console.print(event_sentence(record), markup=False)

    def show_left_out(self, run_id: str, number: int) -> None:
        """Say how many lines of the records are none, when there are more than before."""
        if number > self._num_left_out:
            self._num_left_out = number
            self._progress.console.print(left_out_sentence(run_id, number), markup=False)

    def update(self, status: RunStatus) -> None:
        """Move the bar to where the run stands."""
        description = state_word(status.state).capitalize()
        figures = ""
        if status.state == "running":
            self._num_epochs = status.num_epochs or self._num_epochs  # it can be changed
            epoch = max(self._first_epoch + 1, status.epoch)
            description = _("Epoch {epoch}/{all}", epoch=epoch, all=self._num_epochs)
            figures = self._figures(status)
            if status.sentence != self._message:
                self._message = status.sentence
                self._progress.console.print(self._message, markup=False)
        elif status.state in ("preparing", "paused"):
            figures = status.sentence
        self._progress.update(
            self._task, description=description, completed=status.progress, figures=figures
        )

    def _figures(self, status: RunStatus) -> str:
        parts = [_("step {step}/{all}", step=status.step, all=status.num_steps)]
        if self._recent:
            parts.append(_("loss {loss:.3f}", loss=_mean_loss(self._recent)))
            rate = _samples_per_second(self._recent)
            parts.append(_("{rate:.1f} images/s", rate=rate))
            per_step = self._recent[-1]["num_samples"] / max(rate, 1e-9)
            left = (status.num_steps - status.step) * per_step
            parts.append(_("{time} left", time=clock(left)))
        return "  ".join(parts)

    def _show_epoch(self, record: dict[str, Any]) -> None:
        if not self._heading_is_shown:
            self._heading_is_shown = True
            self._progress.console.print(_("[dim]epoch     AP50   AP75    mAP    loss[/]"))
        loss = f"{_mean_loss(self._recent):6.3f}" if self._recent else "     –"
        self._progress.console.print(
            f"{record['epoch']:>3}/{self._num_epochs:<3}  {record['ap50']:.3f}  "
            f"{record['ap75']:.3f}  {record['map']:.3f}  {loss}"
        )


def summarise(run: RunDirectory, status: RunStatus) -> dict[str, Any]:
    """Return what ``--json`` prints: how a run ended and what it reached.

    ``seconds`` is the time that processes worked on it, breaks left out;
    ``samples_per_second`` counts training steps only.
    """
    kept = run.records()
    steps = [record for record in kept if record["kind"] == "step"]
    epochs = [record for record in kept if record["kind"] == "epoch"]
    last = epochs[-1] if epochs else {}
    figures = {
        name: None if last.get(name) is None else round(last[name], 4)
        for name in ("ap50", "ap75", "map")
    }
    return {
        "run": run.run_id,
        "state": status.state,
        "epochs": len(epochs),
        "steps": status.step,
        **figures,
        "seconds": round(worked_seconds(run.follow_records()), 1),
        "samples_per_second": round(_samples_per_second(steps), 1) if steps else None,
    }


def _samples_per_second(steps: list[dict[str, Any]]) -> float:
    seconds = sum(sum(step["seconds"].values()) for step in steps)
    return float(sum(step["num_samples"] for step in steps) / max(seconds, 1e-9))


def _mean_loss(steps: list[dict[str, Any]]) -> float:
    losses = [step["class_loss"] + step["box_loss"] for step in steps]
    return float(sum(losses) / len(losses))
