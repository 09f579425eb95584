"""The card of all runs: a table, and what can be done with one of them."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.controls.html_table import html_table
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import button, classed, column, labelled, row, show
from explorer.pages.train.duration_text import duration_text
from explorer.pages.train.hyper_parameters import setting_label
from explorer.pages.train.model import TrainLiveModel
from explorer.pages.train.run_list import RunList
from explorer.training.run.history import RunSummary, notes
from explorer.training.run.sentences import state_word

MOST_ROWS = 12
MOST_DIFFERENCES = 8


class RunsPanel:
    """Table and controls that follow the list of runs and the run that is shown."""

    def __init__(self, model: TrainLiveModel, runs: RunList) -> None:
        self._model, self._runs = model, runs
        self._state, self._drawn_for = "", ""
        self._notice = Notice()
        guard = guarded(self._notice)
        self._following = Following(guard)
        self._table, self._notes, self._difference = (widgets.HTML() for _part in range(3))
        self._choice = labelled(_("Run"), widgets.Dropdown())
        self._show = button(_("Open this run"), guard(self._show_chosen))
        self._export = button(_("Export CSV, TensorBoard"), guard(self._export_chosen))
        self._delete = button(_("Delete…"), lambda: self._ask(True))
        self._sure = button(_("Delete for good"), guard(self._delete_chosen), style="danger")
        self._keep = button(_("Keep it"), lambda: self._ask(False))
        buttons = (self._show, self._export, self._delete, self._sure, self._keep)
        self._following.listen(self._choice, lambda _run: self._draw_chosen())
        look = guard(lambda _change: self._look())
        model.observe(look, ["run_id", "status"])
        model.beside.observe(look, "run")
        controls = classed(row(self._choice, *buttons), "ssdx-picker", "ssdx-ofruns")
        title = widgets.HTML(f'<h2 class="ssdx-title">{_("Runs")}</h2>')
        self.widget = column(
            title, self._table, self._notes, controls, self._difference, self._notice, gap=12
        )
        self._ask(False)
        self._draw()

    def opened(self) -> None:
        """Read the folder of runs, now that somebody looks."""
        self._runs.refresh()
        self._draw()

    def _look(self) -> None:
        """Read the folder again when the shown run, or the one beside it, is not what it was."""
        model = self._model
        beside = "" if model.beside.run is None else model.beside.run.run_id
        state = f"{model.run_id} {model.status.state} {beside}"
        if state != self._state:
            self._state = state
            self._runs.refresh()
            self._draw()

    def _draw(self) -> None:
        runs, shown = self._runs.runs, self._model.run_id
        self._table.value = _table(runs, shown)
        self._notes.value = _notes(runs)
        show(self._notes.value, self._notes)
        known = [run.run_id for run in runs]
        # Another run than before is shown: what follows from the choice is then about that one.
        wanted = self._choice.value if shown == self._drawn_for else shown
        self._drawn_for = shown
        with self._following:
            self._choice.options = known
            if known:
                self._choice.value = wanted if wanted in known else known[0]
        self._draw_chosen()

    def _draw_chosen(self) -> None:
        chosen = self._runs.summary(self._choice.value or "")
        shown = self._model.run_id
        for control in (self._choice, self._export, self._delete):
            control.disabled = chosen is None
        self._show.disabled = chosen is None or chosen.run_id == shown
        self._ask(False)
        self._difference.value = ""
        if chosen is not None and shown and chosen.run_id != shown and chosen.state != "damaged":
            differences = self._runs.differences(shown, chosen.run_id)
            self._difference.value = _differences(differences, shown, chosen.run_id)

    def _show_chosen(self) -> None:
        self._model.follow(self._runs.run(self._choice.value))

    def _export_chosen(self) -> None:
        folder = self._runs.export(self._choice.value)
        text = _("In {folder}: curves.csv, curves-epochs.csv, and tensorboard/ for its --logdir.")
        self._notice.say(text.format(folder=folder), "success")

    def _ask(self, asking: bool) -> None:
        show(asking, self._sure, self._keep)
        show(not asking, self._delete)

    def _delete_chosen(self) -> None:
        run_id = self._choice.value
        self._ask(False)
        self._runs.delete(run_id)
        self._model.poll()  # which leaves a run that is gone
        self._draw()
        self._notice.say(_("Run {run} is deleted.", run=run_id))


def _table(runs: tuple[RunSummary, ...], shown: str) -> str:
    if not runs:
        return f'<p class="ssdx-muted">{_("None yet.")}</p>'
    heads = (
        _("Run"), _("State"), _("Data set"), _("Anchors"), _("Epochs"), "AP50", _("best"), "AP75",
        _("Time"),
    )  # fmt: skip
    rows = [_row(run, run.run_id == shown) for run in runs[:MOST_ROWS]]
    left = len(runs) - len(rows)
    note = f'<p class="ssdx-muted">{_("and {left:,} older ones", left=left)}</p>'
    table = html_table(heads, rows, numbers=range(4, 9), named_rows=True)
    return f'<div class="ssdx-wrapping ssdx-runs">{table}</div>{note if left else ""}'


def _notes(runs: tuple[RunSummary, ...]) -> str:
    """Return what must be said of the runs of the table beside their figures, as HTML."""
    to_say = (escape(each) for run in runs[:MOST_ROWS] for each in notes(run))
    return "".join(f'<p class="ssdx-warning">{each}</p>' for each in to_say)


def _row(run: RunSummary, shown: bool) -> list[str]:
    name = escape(run.run_id)
    return [
        f"{name}&nbsp;◂" if shown else name,
        escape(state_word(run.state)),
        escape(run.dataset.rsplit("/", 1)[-1]),
        escape(run.anchors),
        run.epochs_planned,
        *(_score(value) for value in (run.ap50, run.best_ap50, run.ap75)),
        duration_text(run.seconds),
    ]


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _differences(settings: list[tuple[str, Any, Any]], shown: str, chosen: str) -> str:
    if not settings:
        return f'<p class="ssdx-muted">{_("Its settings are those of the shown run.")}</p>'
    heads = (_("Setting"), escape(shown), escape(chosen))
    rows = [
        [escape(setting_label(name)), escape(_short(here)), escape(_short(there))]
        for name, here, there in settings[:MOST_DIFFERENCES]
    ]
    left = len(settings) - len(rows)
    note = f'<p class="ssdx-muted">{_("and {left} more", left=left)}</p>' if left else ""
    table = html_table(heads, rows, named_rows=True)
    return f'<div class="ssdx-wrapping">{table}</div>{note}'


def _short(value: Any) -> str:
    return "–" if value is None else str(value)
