"""What a data set on the command line is: the name of one, or a folder."""

from __future__ import annotations

from pathlib import Path

from explorer.cli.terminal import say
from explorer.i18n import _


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
