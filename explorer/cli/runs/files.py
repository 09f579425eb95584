"""``ssd-explorer runs delete`` and ``export``: what happens to a run's files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from explorer.cli.options import RunArgument, YesOption, find_run
from explorer.cli.outputs import check_outputs
from explorer.cli.runs.table import say_notes
from explorer.cli.terminal import say
from explorer.i18n import _


def delete(
    run: Annotated[str, RunArgument],
    yes: Annotated[bool, YesOption] = False,
) -> None:
    """Remove a run with its checkpoints and all else in its folder."""
    from explorer.training.run.history import delete_run

    directory = find_run(run)
    if not yes and not typer.confirm(
        _("Delete {folder} and all that is in it?", folder=directory.path), err=True
    ):
        say(_("Nothing was deleted."))
        return
    delete_run(directory)
    say(_("Deleted run {run}.", run=directory.run_id))


def export(
    run: Annotated[str, RunArgument],
    csv: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH.csv", help="Steps as this table, validations as PATH-epochs.csv."
        ),
    ] = None,
    tensorboard: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="A new folder for TensorBoard.")
    ] = None,
) -> None:
    """Write a run's figures for other programs; nothing is overwritten."""
    if csv is None and tensorboard is None:
        raise ValueError(_("nowhere to write: give --csv PATH or --tensorboard FOLDER"))
    from explorer.training.run.export import export_csv, export_tensorboard
    from explorer.training.run.history import summarise_run

    directory = find_run(run)
    tables = [] if csv is None else [csv, csv.parent / f"{csv.stem}-epochs{csv.suffix}"]
    folder = [] if tensorboard is None else [tensorboard / "events"]  # of whatever name
    check_outputs([*tables, *folder], [], force=None)
    if tensorboard is not None:  # first: it refuses a folder that is not empty
        events = export_tensorboard(directory, tensorboard)
        text = _("Wrote {path}; to see it: tensorboard --logdir {folder}")
        say(text.format(path=events, folder=tensorboard))
    if csv is not None:
        steps, validations = export_csv(directory, csv)
        say(_("Wrote {path} and {other}", path=steps, other=validations))
    say_notes(summarise_run(directory))
