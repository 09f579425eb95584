"""What a run is made with, besides its configuration: versions, threads and first weights."""

from __future__ import annotations

import os
import platform
import time
from importlib import metadata
from typing import Any

from explorer.config import TrainConfig
from explorer.engine.pretrained import pretrained_sha256


def origin(config: TrainConfig) -> dict[str, Any]:
    """Return what ``config.json`` keeps beside the configuration of a run that is made now.

    Raises
    ------
    CheckpointError
        If the weights that it is to begin with are missing or damaged.
    """
    return {
        "created": time.time(),
        "versions": _versions(),
        "num_threads": num_worker_threads(),
        "pretrained_sha256": pretrained_sha256(config.pretrained),
    }


def num_worker_threads() -> int:
    """Return `SSD_EXPLORER_THREADS`, else the number of cores.

    Not `OMP_NUM_THREADS`: a dashboard's kernel sets that to 1 for itself.
    """
    wanted = os.environ.get("SSD_EXPLORER_THREADS", "")
    return int(wanted) if wanted.isdigit() and int(wanted) > 0 else len(os.sched_getaffinity(0))


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in ("ssd-explorer", "mxnet", "mxnet-cu112", "numpy", "opencv-python"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions
