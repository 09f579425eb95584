"""The argument RUN: which run a command is about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from explorer.i18n import _

if TYPE_CHECKING:
    from explorer.training.run.directory import RunDirectory

RunArgument = typer.Argument(
    metavar="RUN", help='Its name, the beginning or end of it, its folder, or "last".'
)


def find_run(name: str) -> RunDirectory:
    """Return the run that the user means.

    Raises
    ------
    ValueError
        If there is none, or the beginning or end belongs to several.
    """
    from explorer.training.run.directory import RunDirectory, list_runs, runs_root

    for path in (runs_root() / name, Path(name)):
        if (path / "config.json").is_file():
            return RunDirectory(path)
    runs = list_runs()
    if name == "last" and runs:
        return runs[0]
    meant = [run for run in runs if run.run_id.startswith(name) or run.run_id.endswith(name)]
    if len(meant) == 1:
        return meant[0]
    if meant:
        names = ", ".join(run.run_id for run in meant[:3])
        text = _("{number} runs match {name!r}: type more of the name; among them: {names}")
        raise ValueError(text.format(number=len(meant), name=name, names=names))
    newest = ", ".join(run.run_id for run in runs[:3]) or _("none yet")
    text = _("no run is called {name!r} in {folder}; the latest are: {newest}")
    raise ValueError(text.format(name=name, folder=runs_root(), newest=newest))
