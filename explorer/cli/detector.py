"""Loading the detector that a command names."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from explorer.cli.terminal import progress, say
from explorer.i18n import _

if TYPE_CHECKING:
    from explorer.engine import Engine

CheckpointOption = typer.Option(
    metavar="creature|tutorial|NAME|PATH",
    help="A detector by its name, also one that you adopted, or by its .params file; by default "
    "the one that ships with us.",
)


def _device(name: str) -> str:
    if not re.fullmatch(r"auto|cpu|gpu\d+", name):
        raise ValueError(_("--device must be auto, cpu, or gpu0, gpu1, …, got {name!r}", name=name))
    return name


DeviceOption = typer.Option(help="auto (first GPU, else CPU), cpu, gpu0, gpu1, …", callback=_device)


def checkpoint_path(checkpoint: Path | None) -> Path:
    """Return the file of the checkpoint that was named, by default the one that ships.

    The tutorial's is downloaded where it is not there yet.
    """
    from explorer.config import NAMED_DETECTORS, SHIPPED_DETECTORS
    from explorer.engine.adoption import find_adopted
    from explorer.engine.pretrained import pretrained_path

    name = str(checkpoint or SHIPPED_DETECTORS[0])
    have_detector(name)
    if name in NAMED_DETECTORS:
        return pretrained_path(name)
    return find_adopted(name) or Path(name)  # a path ends in .params, which no name does


def have_detector(name: str) -> None:
    """Download the tutorial's detector, if that is what is named and it is not there, and whole.

    Raises
    ------
    ConnectionError, ValueError, OSError
        As `download_tutorial`.
    """
    from explorer.config import TUTORIAL_DETECTOR
    from explorer.engine.tutorial_detector import download_tutorial

    if name == TUTORIAL_DETECTOR:
        with progress(_("Downloading {name}", name=name), unit="bytes") as update:
            download_tutorial(update)


def load_detector(checkpoint: Path | None, device: str) -> Engine:
    """Return the engine of `checkpoint_path`; say what of it was proposed.

    Say so, too, where it has another device than asked for.

    Raises
    ------
    CheckpointError
        If it is missing or damaged.
    """
    from explorer.engine import Engine

    path = checkpoint_path(checkpoint)
    engine = Engine.load(path, device)
    note_proposals(path)
    note_opening(engine)
    if device != "auto" and engine.device.notice:
        say(engine.device.notice)
    return engine


def note_opening(engine: Engine) -> None:
    """Say what a user should know of how a detector was opened, if that is anything."""
    if notice := engine.net.notice:
        say(notice)


def note_proposals(path: Path) -> dict[str, Any]:
    """Say what a foreign detector's file does not say; return what the files of `path` do say.

    Raises
    ------
    CheckpointError
        If it is missing or damaged.
    """
    from explorer.engine.checkpoint_files import describe_checkpoint
    from explorer.engine.foreign.proposals import proposal_sentences

    detector, content = describe_checkpoint(path)
    for sentence in proposal_sentences(detector, content):
        say(sentence)
    if content["about"].get("source", {}).get("proposed"):
        command = f"ssd-explorer adopt {shlex.quote(str(path))} NAME --classes …"
        say(_("To tell what the file does not say: {command}", command=command))
    return content
