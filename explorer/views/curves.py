"""The curves of a training run: figures built once, rows streamed as they come.

However long the run, the browser has some thousand points, and finer ones where it looks closer.
"""

from __future__ import annotations

import math
from typing import Any

from bokeh.layouts import column
from bokeh.models import ColumnDataSource, HoverTool, NumeralTickFormatter, Range1d

from explorer.i18n import _
from explorer.viewmodels.reference_band import ReferenceBand
from explorer.viewmodels.run_curves import EPOCH_COLUMNS
from explorer.viewmodels.train_live import TrainLiveModel
from explorer.views import theme
from explorer.views.pace import Pace
from explorer.views.run_source import RunSource
from explorer.views.throttle import Throttle

__all__ = ["Curves"]

Columns = dict[str, list[float]]

_QUIET = "#8a93a5"
_LOSSES = ("class_loss", "box_loss")
_EMPTY_STEPS = 100
_EMPTY_LOSS = (0.1, 10.0)


class Curves:
    """Loss and accuracy over the steps of one run.

    Parameters
    ----------
    model : TrainLiveModel

    Attributes
    ----------
    layout : bokeh layout
        The two figures below each other; they share the axis of steps.
    """

    def __init__(self, model: TrainLiveModel) -> None:
        self._model = model
        self._steps, self._other_steps = RunSource(), RunSource()
        self._epochs = ColumnDataSource({name: [] for name in EPOCH_COLUMNS})
        self._other_epochs = ColumnDataSource({name: [] for name in EPOCH_COLUMNS})
        self._band = ColumnDataSource(_band_columns(None))
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
        loss = _loss_figure(steps, self._step_range, self._loss_range)
        self._band_item = _draw_band(loss, self._band)
        accuracy = _accuracy_figure(steps, epochs, self._step_range)
        rate = _rate_figure(steps, self._step_range)
        for plot in (loss, accuracy, rate):
            plot.xaxis.formatter = NumeralTickFormatter(format="0,0")
        _other_lines(loss, self._other_steps.source, "class_loss_smooth", "box_loss_smooth")
        _other_lines(accuracy, self._other_steps.source, "positive_accuracy")
        _other_lines(accuracy, self._other_epochs, "ap50")
        # The lines of a figure share one item of its legend, the last one.
        self._other_items = [plot.legend[0].items[-1] for plot in (loss, accuracy)]
        for item in self._other_items:
            item.visible = False
        self.layout = column(
            _legend(loss),
            _legend(accuracy),
            rate,
            sizing_mode="stretch_width",
        )

    def send_all(self) -> None:
        """Send the whole run: to a browser that has just come."""
        self._steps.forget()
        self._other_steps.forget()
        self._sent_generation = -1
        self.send_new()

    def send_beside(self) -> None:
        """Draw the curves of the run beside this one, or take them away."""
        for item in self._other_items:
            item.visible = self._model.beside.run is not None
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
        self._band.data = _band_columns(band)
        self._band_item.visible = band is not None
        if band is not None:
            text = _("Normal: {number} finished runs of {recipe} on {dataset}")
            label = text.format(number=band.num_runs, recipe=band.recipe, dataset=band.dataset)
            self._band_item.label = {"value": label}

    def _only_steps_are_new(self) -> bool:
        model = self._model
        sent = (self._sent_generation, self._sent_epochs, self._step_range.reset_end)
        length = model.status.num_steps or _EMPTY_STEPS
        now = (model.curves.generation, len(model.curves.validations["step"]), length)
        return model.status.active and sent == now

    def _show_length(self, num_steps: int) -> None:
        """Show all steps of a run of another length; else the reader's zoom stays as it is."""
        if num_steps != self._step_range.reset_end:
            self._step_range.update(start=0, end=num_steps, reset_end=num_steps)

    def _send_steps(self) -> None:
        """Send what the reader looks at, as far as the browser has it not."""
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


def _loss_figure(steps: ColumnDataSource, x_range: Range1d, y_range: Range1d) -> Any:
    plot = theme.figure(
        title=_("Loss"),
        height=280,
        x_range=x_range,
        y_range=y_range,
        y_axis_type="log",
        x_axis_label=_("step"),
        tools="xpan,xwheel_zoom,reset",
    )
    plot.yaxis.ticker.desired_num_ticks = 4  # within one decade Bokeh's choice overlaps
    for name, color, dash, label in (
        ("class_loss", theme.ROLES["train"].color, "solid", _("Class loss")),
        ("box_loss", theme.ROLES["forced"].color, "dashed", _("Box loss")),
    ):
        plot.line("step", name, source=steps, line_color=color, line_alpha=0.25, line_width=1)
        plot.line(
            "step",
            f"{name}_smooth",
            source=steps,
            line_color=color,
            line_dash=dash,
            line_width=2,
            legend_label=label,
            name=name,
        )
    plot.add_tools(
        HoverTool(
            renderers=plot.select({"name": "class_loss"}),
            mode="vline",
            tooltips=[
                (_("step"), "@step"),
                (_("class loss"), "@class_loss{0.000}"),
                (_("box loss"), "@box_loss{0.000}"),
                (_("learning rate"), "@learning_rate{0.0000}"),
            ],
        )
    )
    return plot


def _accuracy_figure(steps: ColumnDataSource, epochs: ColumnDataSource, x_range: Range1d) -> Any:
    plot = theme.figure(
        title=_("Accuracy"),
        height=280,
        x_range=x_range,
        y_range=Range1d(0, 1.02),
        x_axis_label=_("step"),
        tools="xpan,xwheel_zoom,reset",
    )
    plot.line(
        "step",
        "background_accuracy",
        source=steps,
        line_color=_QUIET,
        line_dash="dotted",
        line_width=2,
        legend_label=_("Always saying “background”"),
    )
    plot.line(
        "step",
        "accuracy",
        source=steps,
        line_color=_QUIET,
        line_width=1.5,
        legend_label=_("All anchors"),
    )
    plot.line(
        "step",
        "positive_accuracy",
        source=steps,
        legend_label=_("Positive anchors alone"),
        name="positive_accuracy",
        **theme.ROLES["train"].line(),
    )
    validation = theme.ROLES["validation"]
    plot.line("step", "ap50", source=epochs, legend_label=_("Validation AP50"), **validation.line())
    points = plot.scatter("step", "ap50", source=epochs, size=9, color=validation.color)
    plot.add_tools(
        HoverTool(
            renderers=[points],
            tooltips=[
                (_("epoch"), "@epoch"),
                ("AP50", "@ap50{0.000}"),
                ("AP75", "@ap75{0.000}"),
                ("mAP", "@map{0.000}"),
            ],
        )
    )
    return plot


def _rate_figure(steps: ColumnDataSource, x_range: Range1d) -> Any:
    plot = theme.figure(
        title=_("Learning rate"),
        height=150,
        x_range=x_range,
        x_axis_label=_("step"),
        tools="xpan,xwheel_zoom,reset",
    )
    plot.y_range.start = 0.0
    plot.yaxis.formatter = NumeralTickFormatter(format="0.[0000000]")
    plot.line("step", "learning_rate", source=steps, line_color=_QUIET, line_width=2)
    return plot


def _draw_band(plot: Any, band: ColumnDataSource) -> Any:
    """Draw what is normal behind the curves; return its item of the legend."""
    for name, role in (("class_loss", "train"), ("box_loss", "forced")):
        area = plot.varea(
            "step",
            f"{name}_low",
            f"{name}_high",
            source=band,
            fill_color=theme.ROLES[role].color,
            fill_alpha=0.16,
            legend_label=_("Normal"),
            name=f"normal_{name}",
        )
        area.level = "underlay"  # behind the grid of the figure too
    item = plot.legend[0].items[-1]
    item.visible = False
    return item


def _band_columns(band: ReferenceBand | None) -> dict[str, Any]:
    """Return the band as columns; without one it has no rows."""
    columns: dict[str, Any] = {"step": [] if band is None else band.step}
    for name in ("class_loss", "box_loss"):
        columns[f"{name}_low"] = [] if band is None else band.low[f"{name}_smooth"]
        columns[f"{name}_high"] = [] if band is None else band.high[f"{name}_smooth"]
    return columns


def _other_lines(plot: Any, source: ColumnDataSource, *names: str) -> None:
    """Draw the same columns of the run beside this one."""
    for name in names:
        plot.line(
            "step",
            name,
            source=source,
            line_color=theme.INK,
            line_width=1,
            line_alpha=0.7,
            legend_label=_("The run beside it"),
            name=f"beside_{name}",
        )


def _copied(rows: Columns) -> Columns:
    return {name: list(values) for name, values in rows.items()}


def _legend(plot: Any) -> Any:
    """Put the legend below the figure, where it covers no curve on a narrow screen."""
    legend = plot.legend[0]
    legend.label_text_font = theme.FONT
    legend.label_text_font_size = "12px"
    legend.border_line_color = None
    legend.padding = legend.margin = 2
    legend.location = "left"
    legend.spacing = 1
    plot.add_layout(legend, "below")
    return plot
