"""Places that Jupyter and IPython can write to, where HOME is none."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir, jupyter_runtime_dir


def find_writable_places() -> None:
    """Give Jupyter and IPython a folder of their own where theirs cannot be written."""
    ipython = Path(os.environ.get("IPYTHONDIR", Path.home() / ".ipython"))
    if all(_writable(Path(p)) for p in (jupyter_data_dir(), jupyter_runtime_dir(), ipython)):
        return
    place = Path(tempfile.mkdtemp(prefix="ssd-explorer-"))
    for folder in ("data", "runtime", "config"):
        os.environ[f"JUPYTER_{folder.upper()}_DIR"] = str(place / folder)
    os.environ["IPYTHONDIR"] = str(place / "ipython")


def _writable(folder: Path) -> bool:
    """Say whether a file can be made in `folder`; asking for rights alone can be wrong."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
