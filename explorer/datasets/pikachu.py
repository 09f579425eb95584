"""The Pikachu set of the MXNet tutorial: downloaded, checked, put in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from explorer.datasets.description import Description
from explorer.downloads import download

BASE_URL = "https://apache-mxnet.s3-accelerate.amazonaws.com/gluon/datasets/pikachu/"

SHA1 = {
    "train.rec": "e6bcb6ffba1ac04ff8a9b1115e650af56ee969c8",
    "train.idx": "dcf7318b2602c06428b9988470c731621716c393",
    "val.rec": "d6c33f799b4d058e82f2cb5bd9a976f69d72d520",
}

Progress = Callable[[str, int, int | None], None]


def download_pikachu(
    out_dir: Path,
    progress: Progress | None = None,
    base_url: str = BASE_URL,
    sha1: Mapping[str, str] = SHA1,
) -> Path:
    """Download the Pikachu set and return its folder; files that are there and whole stay.

    Parameters
    ----------
    out_dir : Path
        Made if missing.
    progress : callable(file name, bytes done, bytes in all or None)

    Raises
    ------
    ConnectionError, ValueError, OSError
        As `download`.
    """
    for name, expected in sha1.items():
        of_file = None if progress is None else partial(progress, name)
        download(base_url + name, out_dir / name, expected, of_file)
    Description(class_names=("pikachu",)).save(out_dir)
    return out_dir
