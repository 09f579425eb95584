"""Loading the detector that a command names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from explorer.engine import Engine

__all__ = ["CheckpointOption", "DeviceOption", "checkpoint_path", "load_detector"]

CheckpointOption = typer.Option(
    metavar="PATH", help="A detector's .params file; by default the one that ships with us."
)
DeviceOption = typer.Option(help="auto (first GPU, else CPU), cpu, gpu0, gpu1, …")


def checkpoint_path(checkpoint: Path | None) -> Path:
    """Return the checkpoint that was named, by default ``data/pretrained/creature.params``."""
    from explorer.datasets.catalog import shipped_root

    return checkpoint or shipped_root() / "pretrained" / "creature.params"


def load_detector(checkpoint: Path | None, device: str) -> Engine:
    """Return the engine of `checkpoint_path`.

    Raises
    ------
    CheckpointError
        If it is missing or damaged.
    """
    from explorer.engine import Engine

    return Engine.load(checkpoint_path(checkpoint), device)
