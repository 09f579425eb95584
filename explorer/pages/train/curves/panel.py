"""The curves of a training run: rows streamed as they come.

However long the run, the browser has some thousand points, and finer ones where it looks closer.
"""

from __future__ import annotations

import math

from bokeh.layouts import column
from bokeh.models import ColumnDataSource, NumeralTickFormatter, Range1d

from explorer.i18n import _
from explorer.pages.shared.timing.throttle import Throttle
from explorer.pages.train.curves.figures import (
    FRAME_LEFT_PX,
    accuracy_figure,
    band_columns,
    draw_band,
    draw_beside,
    loss_figure,
    rate_figure,
)
from explorer.pages.train.curves.legend import FigureLegend
from explorer.pages.train.curves.pace import Pace
from explorer.pages.train.curves.reference_band import ReferenceBand
from explorer.pages.train.curves.source import RunSource
from explorer.pages.train.model import TrainLiveModel
from explorer.pages.train.run_curves import EPOCH_COLUMNS

Columns = dict[str, list[float]]

_LOSSES = ("class_loss", "box_loss")
_EMPTY_STEPS = 100
_EMPTY_LOSS = (0.1, 10.0)


class Curves:
    """Loss, accuracy and learning rate over the steps of one run."""

    def __init__(self, model: TrainLiveModel) -> None:
        self._model = model
        self._steps, self._other_steps = RunSource(), RunSource()
        self._epochs = ColumnDataSource({name: [] for name in EPOCH_COLUMNS})
        self._other_epochs = ColumnDataSource({name: [] for name in EPOCH_COLUMNS})
        self._band = ColumnDataSource(band_columns(None))
        self._sent_generation = -1
        self._sent_epochs = 0
        self._pace = Pace()
        self._decades = _Decades()
        # Ranges are set, not found by Bokeh: a figure without data would have no axes, and the
        # end of the run is known, so that nothing moves while the curve grows.
        self._step_range = Range1d(0, _EMPTY_STEPS, reset_start=0, reset_end=_EMPTY_STEPS)
        self._loss_range = Range1d(*_EMPTY_LOSS)
        looked: Throttle[None] = Throttle(lambda _look: self._send_steps())
        for edge in ("start", "end"):
            self._step_range.on_change(edge, lambda _attr, _old, _new: looked.push(None))
        steps, epochs = self._steps.source, self._epochs
        losses, accuracies = FigureLegend(FRAME_LEFT_PX), FigureLegend(FRAME_LEFT_PX)
        loss = loss_figure(steps, self._step_range, self._loss_range, losses)
        self._say_normal = losses.add("", *draw_band(loss, self._band))
        accuracy = accuracy_figure(steps, epochs, self._step_range, accuracies)
        rate = rate_figure(steps, self._step_range)
        for plot in (loss, accuracy, rate):
            plot.xaxis.formatter = NumeralTickFormatter(format="0,0")
        other_steps = self._other_steps.source
        of_losses = draw_beside(loss, other_steps, "class_loss_smooth")
        draw_beside(loss, other_steps, "box_loss_smooth")
        of_accuracies = draw_beside(accuracy, other_steps, "positive_accuracy")
        draw_beside(accuracy, self._other_epochs, "ap50")
        # The lines of a figure look the same, and share one entry of its legend.
        self._say_beside = [losses.add("", of_losses), accuracies.add("", of_accuracies)]
        parts = loss, losses.div, accuracy, accuracies.div, rate
        self.layout = column(*parts, sizing_mode="stretch_width")
        """All figures below each other; they share the axis of steps."""

    def send_all(self) -> None:
        """Send the whole run: to a browser that has just come."""
        self._steps.forget()
        self._other_steps.forget()
        self._sent_generation = -1
        self.send_new()

    def send_beside(self) -> None:
        """Draw the curves of the run beside this one, or take them away."""
        label = "" if self._model.beside.run is None else _("The run beside it")
        for say in self._say_beside:
            say(label)
        self._other_epochs.data = _copied(self._model.beside_curves.validations)
        self._send_steps()

    def send_new(self) -> bool:
        """Send the rows that were not sent yet; all of them when the run was changed.

        A few more steps of a run under way may wait for the next ones, see `Pace`; False says
        that they do.
        """
        model = self._model
        epochs = model.curves.validations
        if self._only_steps_are_new() and not self._pace.due(
            len(model.curves.steps["step"]), self._step_range.end - self._step_range.start
        ):
            return False
        if model.curves.generation != self._sent_generation:
            self._epochs.data = _copied(epochs)
            self._decades = _Decades()
            self._show_band(model.band)
        elif len(epochs["step"]) > self._sent_epochs:
            new = slice(self._sent_epochs, None)
            self._epochs.stream({name: values[new] for name, values in epochs.items()})
        self._sent_generation = model.curves.generation
        self._sent_epochs = len(epochs["step"])
        self._show_length(model.status.num_steps or _EMPTY_STEPS)
        low, high = self._decades.around(model.curves.steps)
        self._loss_range.update(start=low, end=high)
        self._send_steps()
        return True

    def _show_band(self, band: ReferenceBand | None) -> None:
        self._band.data = band_columns(band)
        label = ""
        if band is not None:
            text = _("Normal: {number} finished runs of {recipe} on {dataset}")
            label = text.format(number=band.num_runs, recipe=band.recipe, dataset=band.dataset)
        self._say_normal(label)

    def _only_steps_are_new(self) -> bool:
        model = self._model
        sent = (self._sent_generation, self._sent_epochs, self._step_range.reset_end)
        length = model.status.num_steps or _EMPTY_STEPS
        now = (model.curves.generation, len(model.curves.validations["step"]), length)
        return model.status.active and sent == now

    def _show_length(self, num_steps: int) -> None:
        """Show all steps of a run of another length; else the user's zoom stays as it is."""
        if num_steps != self._step_range.reset_end:
            self._step_range.update(start=0, end=num_steps, reset_end=num_steps)

    def _send_steps(self) -> None:
        """Send what the user looks at, as far as the browser has it not."""
        visible = (self._step_range.start, self._step_range.end)
        self._pace.sent(len(self._model.curves.steps["step"]))
        self._steps.show(self._model.curves, visible, ended=not self._model.status.active)
        self._other_steps.show(self._model.beside_curves, visible, ended=True)


class _Decades:
    """Whole decades around all losses so far, so that the axis seldom moves."""

    def __init__(self) -> None:
        self._num_rows = 0
        self._low, self._high = math.inf, 0.0

    def around(self, steps: Columns) -> tuple[float, float]:
        """Return the ends of the axis; only rows that are new since the last call are read."""
        new = slice(self._num_rows, None)
        positive = [v for name in _LOSSES for v in steps[name][new] if v > 0]
        self._num_rows = len(steps["step"])
        self._low = min([self._low, *positive])
        self._high = max([self._high, *positive])
        if not self._high:
            return _EMPTY_LOSS
        return (
            10.0 ** math.floor(math.log10(self._low)),
            10.0 ** math.ceil(math.log10(self._high) + 1e-9),
        )


def _copied(rows: Columns) -> Columns:
    return {name: list(values) for name, values in rows.items()}
