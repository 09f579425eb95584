"""What all commands share on the terminal: results on stdout, everything else on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import typer

from explorer.i18n import ngettext

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

UNLIMITED = 10_000
"""Columns: wider than any table."""


def console(*, stderr: bool = False) -> Console:
    """Return rich's console for results, or for progress and messages.

    A pipe or a file has no width: there nothing is wrapped.
    """
    from rich.console import Console

    made = Console(stderr=stderr, highlight=False)
    if not made.is_terminal:
        made.width = UNLIMITED
    return made


def plain_table(title: str) -> Table:
    """Return a table without columns, its title as it stands: no markup in it is obeyed."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, title=escape(title), title_justify="left")


def say(text: str, style: str | None = None) -> None:
    """Print a line on stderr; coloured where that is a terminal, never wrapped."""
    typer.secho(text, fg=style, err=True)


def clock(seconds: float) -> str:
    """Return a duration as minutes and seconds, from an hour on with hours: 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def score(value: float | None) -> str:
    """Return a figure between 0 and 1, or a dash where there is none."""
    return "–" if value is None else f"{value:.3f}"


def num_images(number: int) -> str:
    """Return how many there are: 1 image, 1,000 images."""
    return ngettext("{n:,} image", "{n:,} images", number)


def num_objects(number: int) -> str:
    """Return how many there are: 1 object, 1,000 objects."""
    return ngettext("{n:,} object", "{n:,} objects", number)


@contextmanager
def progress(
    what: str, unit: Literal["images", "bytes"] | None = "images", shown: bool = True
) -> Iterator[Callable[[float, float | None], None]]:
    """Show a bar on stderr, where that is a terminal; yield what moves it.

    That takes what is done and the total, in `unit`; None shows a percentage.
    """
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = {"images": MofNCompleteColumn, "bytes": DownloadColumn, None: TaskProgressColumn}
    terminal = console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        columns[unit](),
        TimeRemainingColumn(),
        console=terminal,
        transient=True,
        disable=not (shown and terminal.is_terminal),
    ) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
