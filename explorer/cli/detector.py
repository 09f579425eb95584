"""Loading the detector that a command names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from explorer.engine import Engine

__all__ = ["CheckpointOption", "DeviceOption", "load_detector"]

CheckpointOption = typer.Option(
    metavar="PATH", help="A detector's .params file; by default the one that ships with us."
)
DeviceOption = typer.Option(help="auto (first GPU, else CPU), cpu, gpu0, gpu1, …")


def load_detector(checkpoint: Path | None, device: str) -> Engine:
    """Return the engine of a checkpoint, by default of ``data/pretrained/creature.params``.

    Raises
    ------
    CheckpointError
        If it is missing or damaged.
    """
    from explorer.datasets.catalog import shipped_root
    from explorer.engine import Engine

    return Engine.load(checkpoint or shipped_root() / "pretrained" / "creature.params", device)
