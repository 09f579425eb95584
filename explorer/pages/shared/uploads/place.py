"""Folders for files that are the user's and not yet the explorer's."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import psutil

from explorer.data_folders import data_root

_UNPACKED = ".unpacked-"
"""Then comes the id of the process: what a killed one left is swept away by the next."""


def new_place() -> tempfile.TemporaryDirectory[str]:
    """Return an empty folder for such files.

    It is beside the data sets: there is room for images, and /tmp may be memory.
    """
    root = data_root()
    root.mkdir(parents=True, exist_ok=True)
    _sweep(root)
    return tempfile.TemporaryDirectory(prefix=f"{_UNPACKED}{os.getpid()}-", dir=root)


def _sweep(root: Path) -> None:
    for left in root.glob(f"{_UNPACKED}*"):
        owner = left.name.removeprefix(_UNPACKED).partition("-")[0]
        if not owner.isdecimal() or not psutil.pid_exists(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
