"""The two files of a checkpoint, read without MXNet: what they say, and whether they are whole.

A page or a launcher asks that long before a network is built, and must not wait for MXNet.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from explorer.config import DetectorConfig, explain
from explorer.files import sha256
from explorer.i18n import _


class CheckpointError(ValueError):
    """A checkpoint is missing, damaged, or does not fit; one sentence says which."""


class NotWholeError(CheckpointError):
    """What was to be saved did not arrive whole on the disk, most likely because it is full."""


def describe_checkpoint(path: Path) -> tuple[DetectorConfig, dict[str, Any]]:
    """Return what the JSON beside `path` says: the detector's configuration, and all of it.

    The whole has "detector", "sha256" of the weights, and "about", which is `save_checkpoint`'s.
    JSON that says no more than classes, anchors and input size was written when ToySSD was the
    only architecture; the variances are then those of the run that it belongs to.

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
    told = content["detector"]
    if isinstance(told, dict) and "variances" not in told:
        told = {**told, **_variances_of_run(path, content["about"])}
    try:
        return DetectorConfig.model_validate(told), content
    except ValidationError as error:
        raise CheckpointError(_("{foreign}: {why}", foreign=foreign, why=explain(error))) from error


def _variances_of_run(path: Path, about: dict[str, Any]) -> dict[str, Any]:
    """Return the variances of the run that made a checkpoint, if it is known which that was."""
    config = about.get("config")
    of_run = path.parent.parent / "config.json"
    if config is None and path.parent.name == "checkpoints" and of_run.is_file():
        with contextlib.suppress(OSError, ValueError, RecursionError):
            config = json.loads(of_run.read_text(encoding="utf-8"))["config"]
    match = config.get("match", {}) if isinstance(config, dict) else {}
    return {name: value for name, value in match.items() if name == "variances"}


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
