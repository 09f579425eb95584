"""Loading the detector that a command names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from explorer.cli.terminal import say
from explorer.i18n import _

if TYPE_CHECKING:
    from explorer.engine import Engine

CheckpointOption = typer.Option(
    metavar="PATH", help="A detector's .params file; by default the one that ships with us."
)


def _device(name: str) -> str:
    if not re.fullmatch(r"auto|cpu|gpu\d+", name):
        raise ValueError(_("--device must be auto, cpu, or gpu0, gpu1, …, got {name!r}", name=name))
    return name


DeviceOption = typer.Option(help="auto (first GPU, else CPU), cpu, gpu0, gpu1, …", callback=_device)


def checkpoint_path(checkpoint: Path | None) -> Path:
    """Return the checkpoint that was named, by default ``data/pretrained/creature.params``."""
    from explorer.data_folders import shipped_root

    return checkpoint or shipped_root() / "pretrained" / "creature.params"


def load_detector(checkpoint: Path | None, device: str) -> Engine:
    """Return the engine of `checkpoint_path`; say so where it has another device than asked for.

    Raises
    ------
    CheckpointError
        If it is missing or damaged.
    """
    from explorer.engine import Engine

    engine = Engine.load(checkpoint_path(checkpoint), device)
    if device != "auto" and engine.device.notice:
        say(engine.device.notice)
    return engine
