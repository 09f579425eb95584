"""Buttons and fields that steer the run that is shown: each writes one command."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from explorer.config import MAX_EPOCHS
from explorer.i18n import _
from explorer.pages.shared.controls.number_field import NumberField
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import button, classed, column, row, show
from explorer.pages.train.model import TrainLiveModel
from explorer.training.launch import NoCheckpointError


class GoOn(Protocol):
    """What lets a run go on that has ended."""

    def __call__(self, *, from_start: bool = False) -> None:
        """Start its process."""


class RunSteering:
    """Controls that follow the model's status; pressing one twice does no harm."""

    def __init__(self, model: TrainLiveModel) -> None:
        self._model = model
        self._fields_are_for = ("", 0)
        self._problem = Notice()
        guard, send = guarded(self._problem), model.send
        self._start = button(_("Start training"), guard(model.start), style="primary")
        self._pause = button(_("Pause"), guard(self._pause_or_continue))
        self._step = button(_("One step"), guard(lambda: send("step")), _("The run then pauses"))
        self._checkpoint = button(_("Save checkpoint"), guard(lambda: send("checkpoint")))
        self._stop = button(
            _("Stop"), guard(lambda: send("stop")), _("It can be resumed"), style="danger"
        )
        self._resume = button(_("Resume this run"), guard(lambda: self._go_on(model.resume)))
        self._again: GoOn | None = None
        self._begin_again = button(_("Begin again from step 0"), guard(self._from_start))
        self._leave = button(_("Leave it as it is"), lambda: self._ask(None))
        self._rate = NumberField(_("Learning rate now"), low=1e-9, high=1e6, step=0.0001)
        self._epochs = NumberField(
            _("Total epochs"), low=1, high=MAX_EPOCHS, whole=True, as_typed=True
        )
        self._epochs.observe(lambda _change: self.draw(), "value")
        self._set_rate = button(
            _("Set rate"), guard(lambda: send("set_learning_rate", self._rate.value))
        )
        self._recipe_rate = button(
            _("Recipe's rate"),
            guard(lambda: send("set_learning_rate")),
            _("Follow the recipe's schedule again"),
        )
        self._set_epochs = button(
            _("Set epochs"),
            guard(lambda: self._go_on(partial(send, "set_epochs", self._epochs.value))),
        )
        commands = row(
            self._start, self._pause, self._step, self._checkpoint, self._stop, self._resume
        )
        fields = self._rate, self._set_rate, self._recipe_rate, self._epochs, self._set_epochs
        self._fields = classed(row(*fields), "ssdx-fields")
        self._choice = row(self._begin_again, self._leave)
        self.widget = column(commands, self._fields, self._problem, self._choice, gap=12)
        model.observe(lambda change: self._problem.say(change["new"]), "answer")
        model.observe(lambda _change: self._ask(None), "run_id")
        self._ask(None)
        self.draw()

    def draw(self) -> None:
        """Follow the model."""
        status, model = self._model.status, self._model
        works = status.state in ("running", "paused")
        # One that has not yet planned its epochs can only be resumed.
        has_ended = bool(model.run_id) and not status.active and status.num_epochs > 0
        self._start.disabled = status.active
        self._pause.description = _("Continue") if status.state == "paused" else _("Pause")
        for control in (self._pause, self._step, self._checkpoint):
            control.disabled = not works
        self._stop.disabled = not status.active
        resumable = status.state in ("stopped", "failed", "died") and bool(model.run_id)
        show(resumable, self._resume)
        show(works or has_ended, self._fields)
        show(works, self._rate, self._set_rate, self._recipe_rate)
        self._set_epochs.description = _("Continue to this total") if has_ended else _("Set epochs")
        proposed = status.num_epochs + status.complete
        rates = model.curves.steps["learning_rate"]
        # Once per run, and once more when it has ended: what the user is typing is not overwritten.
        shown = (model.run_id, proposed if has_ended else 0)
        if (has_ended or (works and rates)) and self._fields_are_for != shown:
            self._fields_are_for = shown
            self._epochs.value = proposed or 1
            if works:
                self._rate.value = float(f"{rates[-1]:.3g}")
        # As many as are planned: that is what “Resume” does.
        self._set_epochs.disabled = has_ended and self._epochs.value == status.num_epochs

    def _pause_or_continue(self) -> None:
        self._model.send("resume" if self._model.status.state == "paused" else "pause")

    def _go_on(self, go: GoOn) -> None:
        """Let a run that has ended go on; where it could only begin again, ask first."""
        self._ask(None)
        try:
            go()
        except NoCheckpointError as error:
            self._problem.say(str(error))
            self._ask(go)

    def _from_start(self) -> None:
        go = self._again
        self._ask(None)
        if go is not None:
            go(from_start=True)

    def _ask(self, go: GoOn | None) -> None:
        """Offer to have `go` begin again from step 0; None takes the offer away."""
        if self._again is not None and go is None:
            self._problem.clear()
        self._again = go
        show(go, self._choice)
