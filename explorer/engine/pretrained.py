"""The weights that a run begins with: which file that is, and that it stays the same one.

A run's ``config.json`` keeps the SHA-256 of these weights. So a run says what it began with, and
one that has to begin again from step 0 does not take other weights unnoticed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from explorer.config import SHIPPED_DETECTORS, TUTORIAL_DETECTOR, DetectorConfig
from explorer.data_folders import shipped_root
from explorer.engine.checkpoint_files import CheckpointError, verify_checkpoint
from explorer.engine.tutorial_detector import tutorial_path
from explorer.i18n import _


def pretrained_path(pretrained: str) -> Path:
    """Return the file that a `TrainConfig` names as its `pretrained`."""
    if pretrained in SHIPPED_DETECTORS:
        return shipped_root() / "pretrained" / f"{pretrained}.params"
    if pretrained == TUTORIAL_DETECTOR:
        return tutorial_path()
    return Path(pretrained)


def pretrained_name(pretrained: str) -> str:
    """Return what it is called in a sentence: without the folders."""
    return Path(pretrained).name


def pretrained_sha256(pretrained: str) -> str | None:
    """Return the SHA-256 of the weights, whole on the disk; None if a run takes none.

    Raises
    ------
    CheckpointError
        If the file, or the JSON beside it, is missing or damaged.
    """
    if not pretrained:
        return None
    return str(verify_pretrained(pretrained)[1]["sha256"])


def verify_pretrained(pretrained: str) -> tuple[DetectorConfig, dict[str, Any]]:
    """Return what `verify_checkpoint` does, of a `TrainConfig.pretrained` that is not empty.

    Raises
    ------
    CheckpointError
        If the file, or the JSON beside it, is missing or damaged.
    """
    path = pretrained_path(pretrained)
    if pretrained == TUTORIAL_DETECTOR and not path.is_file():
        text = _(
            "the tutorial's detector is not here: get it on the Detect page or with “ssd-explorer "
            "data download tutorial”, or put {name} into {folder}"
        )
        raise CheckpointError(text.format(name=path.name, folder=path.parent))
    return verify_checkpoint(path)


def check_unchanged(pretrained: str, noted: str | None) -> None:
    """Refuse weights that are others than when their SHA-256 was `noted`.

    Raises
    ------
    CheckpointError
        If so, or if they are missing or damaged.
    """
    if pretrained_sha256(pretrained) != noted:
        text = _(
            "{path} has changed since this run was made: bring the former file back, or start a "
            "new run."
        )
        raise CheckpointError(text.format(path=pretrained_path(pretrained)))
