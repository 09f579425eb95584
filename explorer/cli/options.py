"""Options and arguments that several commands have, and what they name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from explorer.cli.terminal import say
from explorer.datasets.label_formats import FORMATS, WITHOUT_LABELS
from explorer.i18n import _

if TYPE_CHECKING:
    from explorer.training.run.directory import RunDirectory

JsonOption = typer.Option("--json", help="Print JSON on stdout, and nothing else there.")
ForceOption = typer.Option("--force", help="Replace what is there under the same name.")
YesOption = typer.Option("--yes", help="Do not ask.")
KindOption = typer.Option(
    metavar="|".join(("auto", *FORMATS, WITHOUT_LABELS)),
    help="The format of the labels; auto looks.",
)
EncodingOption = typer.Option(
    help="Of texts that do not say their own, such as cp1252 or gb18030; otherwise UTF-8."
)
RunArgument = typer.Argument(
    metavar="RUN", help='Its name, the beginning or end of it, its folder, or "last".'
)


def find_run(name: str) -> RunDirectory:
    """Return the run that the user means with a `RunArgument`.

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


def note_which(name_or_folder: str) -> None:
    """Say that a data set's name was taken where a folder that is called so is there, too.

    A name of the catalogue wins everywhere; a path with a slash is always a folder.
    """
    from explorer.datasets.catalog import dataset_path, is_named

    here = Path(name_or_folder)
    if not is_named(name_or_folder) or not here.is_dir():
        return
    if here.resolve() != dataset_path(name_or_folder).resolve():
        text = _(
            "Taking the data set {name}, not the folder of that name that is here: that one is "
            "./{name}"
        )
        say(text.format(name=name_or_folder))
