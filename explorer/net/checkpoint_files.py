"""The two files of a checkpoint, read without MXNet: what they say, and whether they are whole.

A page or a launcher asks that long before a network is built, and shall not wait for MXNet.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from explorer.config import DetectorConfig, explain
from explorer.files import sha256
from explorer.i18n import _

__all__ = ["CheckpointError", "checked_name", "describe_checkpoint", "verify_checkpoint"]


class CheckpointError(ValueError):
    """A checkpoint is missing, damaged, or does not fit; one sentence says which."""


def describe_checkpoint(path: Path) -> tuple[DetectorConfig, dict[str, Any]]:
    """Return what the JSON beside `path` says: the detector's configuration, and all of it.

    The whole has "detector", "sha256" of the weights, and "about", which is `save_checkpoint`'s.

    Raises
    ------
    CheckpointError
        If either file is missing, or the JSON is not one of ours.
    """
    path = checked_name(path)
    description = path.with_suffix(".json")
    for needed in (path, description):
        if not needed.is_file():
            raise CheckpointError(_("checkpoint file {needed} does not exist", needed=needed))
    foreign = _("{path} does not describe a detector", path=description)
    try:
        content = json.loads(description.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(_("{foreign}: it is not JSON", foreign=foreign)) from error
    if (
        not isinstance(content, dict)
        or not {"detector", "sha256", "about"} <= content.keys()
        or not isinstance(content["about"], dict)
    ):
        text = _("{foreign}: it was not written beside a checkpoint")
        raise CheckpointError(text.format(foreign=foreign))
    try:
        return DetectorConfig.model_validate(content["detector"]), content
    except ValidationError as error:
        raise CheckpointError(_("{foreign}: {why}", foreign=foreign, why=explain(error))) from error


def verify_checkpoint(path: Path) -> tuple[DetectorConfig, dict[str, Any]]:
    """Return what `describe_checkpoint` does, if the weights are those that it describes.

    Raises
    ------
    CheckpointError
        If either file is missing or damaged.
    """
    detector, content = describe_checkpoint(path)
    if sha256(path) != content["sha256"]:
        text = _("{path} is damaged: its SHA-256 is not the one in {name}")
        raise CheckpointError(text.format(path=path, name=path.with_suffix(".json").name))
    return detector, content


def checked_name(path: Path) -> Path:
    """Return `path`, or refuse a name that is no checkpoint's."""
    path = Path(path)
    if path.suffix != ".params":  # a path ….json would be overwritten by its own description
        raise CheckpointError(_("a checkpoint's name must end in .params, got {path}", path=path))
    return path
