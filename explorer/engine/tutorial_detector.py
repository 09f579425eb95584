"""The detector that the MXNet tutorial downloads and goes on with: ToySSD after 148 epochs of 150.

The explorer calls it "tutorial". Its file is a foreign one, without a description beside it.
"""

from __future__ import annotations

from pathlib import Path

from explorer.data_folders import detectors_root
from explorer.downloads import Progress, download

URL = "https://apache-mxnet.s3-accelerate.amazonaws.com/gluon/models/ssd_pikachu-fbb7d872.params"

SHA1 = "fbb7d872d76355fff1790d864c2238decdb452bc"
"""As the tutorial prints it."""


def tutorial_path() -> Path:
    """Return where the tutorial's detector is, or will be once it was downloaded."""
    return detectors_root() / URL.rpartition("/")[2]


def download_tutorial(progress: Progress | None = None, url: str = URL, sha1: str = SHA1) -> Path:
    """Download the tutorial's detector and return its file; one that is there and whole stays.

    Raises
    ------
    ConnectionError, ValueError, OSError
        As `download`.
    """
    path = tutorial_path()
    download(url, path, sha1, progress)
    return path
