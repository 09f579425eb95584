"""``ssd-explorer runs pause``, ``resume``, ``stop``, ``step``, ``set``, ``checkpoint``.

Each waits until the run has done what it was asked, and says so in one sentence. What is so
already is said, too, and is no failure.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.from_start import FromStartOption, may_begin_again
from explorer.cli.options import RunArgument, find_run
from explorer.cli.terminal import say
from explorer.i18n import N_, _

if TYPE_CHECKING:
    from explorer.training.run.command import Command
    from explorer.training.run.directory import RunDirectory, RunStatus

_POLL_SECONDS = 0.1

_SAYS = N_("Run {run}: {text}")


def pause(run: Annotated[str, RunArgument]) -> None:
    """Let a run wait after its present step."""
    directory = find_run(run)
    status = _active_status(directory)
    if status.state == "paused":
        text = _("Run {run} is paused already, at step {step}.")
        say(text.format(run=directory.run_id, step=status.step))
        return
    answer = _ask(directory, "pause")
    say(_("Run {run} is paused at step {step}.", run=directory.run_id, step=answer["step"]))


def resume(
    run: Annotated[str, RunArgument],
    from_start: Annotated[bool, FromStartOption] = False,
) -> None:
    """Let a run go on: a paused one, or from its last checkpoint one that has ended early.

    This does not follow it; "ssd-explorer resume" does.
    """
    from explorer.training import launch
    from explorer.training.run.sentences import state_word

    directory = find_run(run)
    status = directory.read_status()
    if not status.active:
        from_where = _from_where(directory)
        launch.resume_run(directory, from_start=may_begin_again(directory, from_start))
        say(_("Run {run} goes on in a new process.", run=directory.run_id))
        for text in from_where:
            say(text)
        return
    if status.state == "paused":
        answer = _ask(directory, "resume")
        say(_("Run {run} goes on from step {step}.", run=directory.run_id, step=answer["step"]))
    else:
        _send(directory, "resume")  # takes back a pause that was not yet obeyed
        say(
            _("Run {run} is {state} already.", run=directory.run_id, state=state_word(status.state))
        )


def stop(run: Annotated[str, RunArgument]) -> None:
    """End a run after its present step and a checkpoint; "resume" goes on from there."""
    directory = find_run(run)
    status = directory.read_status()
    if not status.active:
        text = _("{run_is} already, at step {step}.")
        say(text.format(run_is=_where(directory, status), step=status.step))
        return
    _send(directory, "stop")
    status = _wait(directory, lambda now: not now.active)
    text = _("{run_is} at step {step}.")
    say(text.format(run_is=_where(directory, status), step=status.step))


def step(run: Annotated[str, RunArgument]) -> None:
    """Let a run do one more step, and then wait."""
    directory = find_run(run)
    answer = _ask(directory, "step")
    say(_("Run {run} is paused at step {step}.", run=directory.run_id, step=answer["step"]))


def set_(
    run: Annotated[str, RunArgument],
    learning_rate: Annotated[
        str | None,
        typer.Option(
            metavar="RATE|recipe",
            help="From the next step on; 'recipe' goes back to the recipe's schedule.",
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            help="Rounds over the data set, in total; a run that has ended goes on to it."
        ),
    ] = None,
    from_start: Annotated[bool, FromStartOption] = False,
) -> None:
    """Change what may change while a run is under way, or have one that has ended go on."""
    from explorer.training.run.sentences import event_sentence

    # Epochs first: they may start the process that then hears of the rate.
    wishes: dict[str, float | None] = {}
    if epochs is not None:
        wishes["set_epochs"] = _checked_epochs(epochs)
    if learning_rate is not None:
        wishes["set_learning_rate"] = _read_rate(learning_rate)
    if not wishes:  # all are good before the first is sent
        raise ValueError(_("nothing to set: give --learning-rate or --epochs"))
    directory = find_run(run)
    if epochs is not None and not directory.read_status().active:
        from explorer.training import launch

        from_where = _from_where(directory)
        launch.set_epochs(directory, epochs, from_start=may_begin_again(directory, from_start))
        text = _("Run {run} goes on in a new process, to {epochs} epochs in total.")
        say(text.format(run=directory.run_id, epochs=epochs))
        for text in from_where:
            say(text)
        del wishes["set_epochs"]
    for name, value in wishes.items():
        text = event_sentence(_ask(directory, name, value))
        say(_(_SAYS, run=directory.run_id, text=text))


def checkpoint(run: Annotated[str, RunArgument]) -> None:
    """Have a run keep its weights as they are after its present step."""
    from explorer.training.run.sentences import event_sentence

    directory = find_run(run)
    say(_(_SAYS, run=directory.run_id, text=event_sentence(_ask(directory, "checkpoint"))))


def _from_where(run: RunDirectory) -> list[str]:
    """Return what is to be said if a run will not go on from its last checkpoint."""
    from explorer.training.run.checkpoint_list import last_checkpoint
    from explorer.training.run.sentences import event_sentence

    remark = last_checkpoint(run.checkpoints).remark()
    if remark is None or not run.has_steps():
        return []
    return [_(_SAYS, run=run.run_id, text=event_sentence(remark))]


def _read_rate(given: str) -> float | None:
    """Return the learning rate that was asked for; None for the recipe's schedule."""
    if given == "recipe":
        return None
    try:
        rate = float(given)
    except ValueError:
        rate = math.nan
    if not 0 < rate < math.inf:
        text = _("--learning-rate must be a number above 0, or 'recipe', got {given}")
        raise ValueError(text.format(given=given))
    return rate


def _checked_epochs(epochs: int) -> int:
    from explorer.config import MAX_EPOCHS

    if not 1 <= epochs <= MAX_EPOCHS:
        text = _("--epochs must be 1 to {max_epochs}, got {epochs}")
        raise ValueError(text.format(max_epochs=MAX_EPOCHS, epochs=epochs))
    return epochs


def _active_status(run: RunDirectory) -> RunStatus:
    status = run.read_status()
    if not status.active:
        command = "set {id} --epochs N" if status.complete else "resume {id}"
        text = _('{run_is}: no process listens; "runs {command}" goes on with it.')
        command = command.format(id=run.run_id)
        raise ValueError(text.format(run_is=_where(run, status), command=command))
    return status


def _where(run: RunDirectory, status: RunStatus) -> str:
    from explorer.training.run.sentences import state_word

    text = _("Run {run} is {state}")
    if status.state in ("failed", "died"):
        text = _("Run {run} has {state}")
    return text.format(run=run.run_id, state=state_word(status.state))


def _send(run: RunDirectory, name: str, value: float | None = None) -> Command:
    from explorer.training.run.command import Command

    command = Command.model_validate({"name": name, "value": value})
    run.send(command)
    return command


def _ask(run: RunDirectory, name: str, value: float | None = None) -> dict[str, Any]:
    """Send a command, wait until the worker has carried it out, and return the record of that."""
    _active_status(run)
    records = run.follow_records()
    records.skip_to_end()
    command = _send(run, name, value)
    found: list[dict[str, Any]] = []

    def answered(_status: Any) -> bool:
        found.extend(record for record in records if command.id in record.get("answers", ()))
        return bool(found)

    _wait(run, answered)
    return found[0]


def _wait(run: RunDirectory, done: Callable[[RunStatus], bool]) -> RunStatus:
    """Wait until it is done; a run that has ended first is a `ValueError`."""
    while True:
        status = run.read_status()  # before `done` reads records: none is missed at the end
        if done(status):
            return status
        if not status.active:
            text = _("{run_is} meanwhile. {sentence}")
            raise ValueError(text.format(run_is=_where(run, status), sentence=status.sentence))
        time.sleep(_POLL_SECONDS)
