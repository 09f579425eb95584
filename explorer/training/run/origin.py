"""What a run is made with: its configuration, versions, threads and first weights."""

from __future__ import annotations

import os
import platform
import time
from importlib import metadata
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from explorer.config import TrainConfig
from explorer.engine.pretrained import pretrained_sha256


class Origin(BaseModel):
    """What ``config.json`` says; earlier versions wrote less."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    config: TrainConfig
    created: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = 0.0
    """Seconds since the epoch."""
    versions: dict[str, str] = {}
    """Of Python and of the packages that decide a run's figures."""
    num_threads: Annotated[int, Field(ge=1, le=4096)] | None = None
    """That compute this run: sums rounded otherwise give other weights."""
    pretrained_sha256: str | None = None
    """Of the pretrained weights that it began with; None if none."""


def origin(config: TrainConfig) -> Origin:
    """Return what is to be kept of a run that is made now.

    Raises
    ------
    CheckpointError
        If the weights that it is to begin with are missing or damaged.
    """
    return Origin(
        config=config,
        created=time.time(),
        versions=_versions(),
        num_threads=num_worker_threads(),
        pretrained_sha256=pretrained_sha256(config.pretrained),
    )


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
