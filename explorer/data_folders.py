"""The folders where data lies: made, brought, and shipped with the explorer."""

from __future__ import annotations

import os
from pathlib import Path

from explorer.files import CHECKOUT


def data_root() -> Path:
    """Return the folder of all data sets.

    The environment variable ``SSD_EXPLORER_DATA`` decides; else it is the repository's `data`
    beside the package, where that exists, else a folder of the user's own.
    """
    if chosen := os.environ.get("SSD_EXPLORER_DATA"):
        return Path(chosen).expanduser()
    if (beside := CHECKOUT / "data").is_dir():
        return beside
    home = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(home).expanduser() / "ssd-explorer"


def detectors_root() -> Path:
    """Return the folder of the detectors that a user downloaded or brought."""
    return data_root() / "detectors"


def shipped_root() -> Path:
    """Return the folder of what comes with the repository: photographs and sample.

    It is the repository's `data` even where ``SSD_EXPLORER_DATA`` puts made sets elsewhere.
    """
    beside = CHECKOUT / "data"
    return beside if beside.is_dir() else data_root()
