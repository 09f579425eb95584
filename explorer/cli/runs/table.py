"""Runs as a table: as wide as it needs, or with fewer columns on a narrow terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from explorer.cli.terminal import UNLIMITED, clock, plain_table, say, score
from explorer.i18n import N_, _

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from explorer.training.run.history import RunSummary

_TEXTS = (N_("run"), N_("state"), N_("recipe"), N_("data set"), N_("anchors"))
_HEADINGS = (*_TEXTS, N_("epochs"), N_("step"), "AP50", N_("best"), "mAP", N_("time"))

_LESS_IMPORTANT = ("anchors", "recipe", "mAP", "time", "epochs", "data set", "best", "AP50")
"""The columns that a narrow terminal does without, in this order."""

_WIDEST_DATASET = 24
"""On a terminal. A data set may be a long path, the only text here that bears being folded."""


def print_runs(title: str, summaries: Sequence[RunSummary], terminal: Console) -> None:
    """Print a line for each run; no name, state or number is ever wrapped."""
    unlimited = terminal.options.update(width=UNLIMITED)  # else it measures what would be cut off
    for number_left_out in range(len(_LESS_IMPORTANT) + 1):
        left_out = _LESS_IMPORTANT[:number_left_out]
        table = _run_table(title, summaries, left_out, terminal.is_terminal)
        if terminal.measure(table, options=unlimited).maximum <= terminal.width:
            break
    terminal.print(table)


def say_notes(*summaries: RunSummary) -> None:
    """Say what must be said of runs beside their figures."""
    from explorer.training.run.history import notes

    for summary in summaries:
        for note in notes(summary):
            say(note, style="yellow")


def setting(value: Any) -> str:
    """Return a setting as JSON, a text without its quotes; for rich, which reads markup."""
    from rich.markup import escape

    if value is None:
        return "–"
    return escape(value if isinstance(value, str) else json.dumps(value))


def _run_table(
    title: str, summaries: Sequence[RunSummary], left_out: Sequence[str], on_terminal: bool
) -> Table:
    table = plain_table(title)
    for heading in _HEADINGS:
        if heading in left_out:
            continue
        if heading == "data set" and on_terminal:
            table.add_column(_(heading), overflow="fold", max_width=_WIDEST_DATASET)
        else:
            justify: Literal["left", "right"] = "left" if heading in _TEXTS else "right"
            table.add_column(_(heading), justify=justify, no_wrap=True)
    for one in summaries:
        row = zip(_HEADINGS, _cells(one), strict=True)
        table.add_row(*(cell for heading, cell in row if heading not in left_out))
    return table


def _cells(one: RunSummary) -> tuple[str, ...]:
    """Return what stands below each of `_HEADINGS`."""
    from explorer.training.run.sentences import state_word

    texts = one.run_id, state_word(one.state), one.recipe, setting(one.dataset), one.anchors
    return (
        *texts,
        one.epochs_planned,
        f"{one.step:,}/{one.num_steps:,}",
        *(score(value) for value in (one.ap50, one.best_ap50, one.map)),
        clock(one.seconds),
    )
