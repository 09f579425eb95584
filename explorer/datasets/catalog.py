"""The data sets that have a name, and the folders where they are looked for."""

from __future__ import annotations

import re
from pathlib import Path

from explorer.data_folders import data_root, shipped_root
from explorer.datasets.synthetic.variants import VARIANTS
from explorer.i18n import _

NAMES = (*VARIANTS, "pikachu", "sample")
"""Every data set with a name of ours, made or not. `sample` comes with the repository."""

_RESERVED = ("backgrounds", "detectors", "labels", "pretrained", "reference")
"""Folders of the repository's `data`, or of the data root, that are no data sets."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def dataset_path(name: str) -> Path:
    """Return the folder of a named data set; that of one of ours need not exist.

    Raises
    ------
    ValueError
        If no data set has that name.
    """
    if not is_named(name):
        text = _("no data set is called {name!r}; known are: {names}")
        raise ValueError(text.format(name=name, names=", ".join(named())))
    return (shipped_root() if name == "sample" else data_root()) / name


def is_named(name: str) -> bool:
    """Say whether a data set, ours or imported, has that name."""
    return name in NAMES or (_may_be_imported(name) and _is_set(data_root() / name))


def named() -> list[str]:
    """Return the names of all data sets: ours, there or not, then those that were imported."""
    return [*NAMES, *imported_names()]


def imported_names() -> list[str]:
    """Return the names of the sets of a user's own in the data root, sorted."""
    root = data_root()
    if not root.is_dir():
        return []
    return sorted(
        path.name for path in root.iterdir() if _may_be_imported(path.name) and _is_set(path)
    )


def dataset_names() -> list[str]:
    """Return the named data sets that are there to be opened."""
    ours = [name for name in NAMES if (dataset_path(name) / "val.rec").exists()]
    return [*ours, *imported_names()]


def check_new_name(name: str) -> Path:
    """Return the folder for a new set of a user's own.

    Raises
    ------
    ValueError
        If the name is one of ours, or has other characters than letters, digits, - and _.
    """
    if not _NAME.fullmatch(name):
        text = _(
            "a data set's name is up to 64 letters, digits, - and _, and begins with a letter or a "
            "digit, got {name!r}"
        )
        raise ValueError(text.format(name=name))
    if name in (*NAMES, *_RESERVED):
        raise ValueError(_("{name!r} is taken: choose another name", name=name))
    return data_root() / name


def command_for(name: str) -> str:
    """Return the command that gets a named data set."""
    if name == "pikachu":
        return "ssd-explorer data download pikachu"
    if name == "sample":
        return "git checkout -- data/sample"
    if name not in NAMES:
        return f"ssd-explorer data import FOLDER --name {name}"
    return f"ssd-explorer data make {name}"


def _may_be_imported(name: str) -> bool:
    return name not in (*NAMES, *_RESERVED) and _NAME.fullmatch(name) is not None


def _is_set(folder: Path) -> bool:
    """Say whether a folder was built: one that only holds records is opened by its path."""
    return (folder / "dataset.json").is_file() and (folder / "val.rec").is_file()
