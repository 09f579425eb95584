"""The data sets that have a name, and the folders where they are looked for."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = [
    "NAMES",
    "command_for",
    "data_root",
    "dataset_names",
    "dataset_path",
    "shipped_root",
]

NAMES = ("creature", "creature-two", "creature-many", "pikachu", "sample")
"""Every data set with a name, made or not. `sample` comes with the repository."""


def data_root() -> Path:
    """Return the folder of all data sets.

    The environment variable ``SSD_EXPLORER_DATA`` decides; else it is the repository's `data`
    beside the package, where that exists, else a folder of the user's own.
    """
    if chosen := os.environ.get("SSD_EXPLORER_DATA"):
        return Path(chosen).expanduser()
    if (beside := _repository_data()).is_dir():
        return beside
    home = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(home).expanduser() / "ssd-explorer"


def shipped_root() -> Path:
    """Return the folder of what comes with the repository: photographs and sample.

    It is the repository's `data` even where ``SSD_EXPLORER_DATA`` puts made sets elsewhere.
    """
    beside = _repository_data()
    return beside if beside.is_dir() else data_root()


def dataset_path(name: str) -> Path:
    """Return the folder of a named data set, which need not exist.

    Raises
    ------
    ValueError
        If no data set has that name.
    """
    if name not in NAMES:
        raise ValueError(f"no data set is called {name!r}; known are: {', '.join(NAMES)}")
    return (shipped_root() if name == "sample" else data_root()) / name


def dataset_names() -> list[str]:
    """Return the named data sets that are there to be opened."""
    return [name for name in NAMES if (dataset_path(name) / "val.rec").exists()]


def command_for(name: str) -> str:
    """Return the command that gets a named data set."""
    if name == "pikachu":
        return "ssd-explorer data download pikachu"
    if name == "sample":
        return "git checkout -- data/sample"
    return f"ssd-explorer data make {name}"


def _repository_data() -> Path:
    return Path(__file__).resolve().parents[2] / "data"
