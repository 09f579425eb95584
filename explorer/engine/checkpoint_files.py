"""The files of a checkpoint, read without MXNet: what they say, and whether they are whole.

A page or a launcher asks that long before a network is built, and must not wait for MXNet.

A checkpoint of ours is a pair, the weights and a JSON that describes them. Weights without one are
a foreign detector's: they say less, and the rest is proposed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from explorer.config import DetectorConfig, DetectorHints, explain
from explorer.engine.foreign.detector import NO_HINTS, ForeignDetector, read_foreign
from explorer.files import json_bytes, sha256
from explorer.i18n import _
from explorer.mxnet_files.bundle import is_archive
from explorer.mxnet_files.errors import MxnetFileError
from explorer.plain_files import read_plain

_KEYS = {"detector", "sha256", "about"}
_SYMBOL = "symbol"
"""The key of the graph, where the network is one."""
_CHECKSUM = "json_sha256"
"""The key of the checksum of all other content; JSON of earlier versions has none."""

_MOST_BYTES = 4 * 2**20
"""Of a description; one of ten thousand classes has less."""


class CheckpointError(ValueError):
    """A checkpoint is missing, damaged, or does not fit; one sentence says which."""


class NotWholeError(CheckpointError):
    """What was to be saved did not arrive whole on the disk, most likely because it is full."""


def describe_checkpoint(
    path: Path, hints: DetectorHints = NO_HINTS
) -> tuple[DetectorConfig, dict[str, Any]]:
    """Return what the files of a checkpoint say: the detector's configuration, and all of it.

    The whole is as `describe_pair` has it. That of a foreign detector has in its "about" a
    "source", which says what was proposed (`explorer.engine.foreign.proposals`).

    Parameters
    ----------
    hints : DetectorHints
        What a user knows of a foreign detector, instead of what would be proposed.

    Raises
    ------
    CheckpointError
        As `describe_pair`, or if weights without a JSON are of no known network or do not fit
        `hints`.
    """
    foreign = find_foreign(path, hints)
    return describe_pair(path) if foreign is None else (foreign.detector, foreign.description)


def find_foreign(path: Path, hints: DetectorHints = NO_HINTS) -> ForeignDetector | None:
    """Return the foreign detector that `path` is; None where a JSON beside it describes it.

    Raises
    ------
    CheckpointError
        If it is of no known network or does not fit `hints`, or if there are hints although a
        JSON says all.
    """
    path = Path(path) if is_archive(Path(path)) else checked_name(path)
    if not path.is_file():
        raise _missing(path)
    description = path.with_suffix(".json")
    if description.exists() and not is_archive(path):
        if hints.told:
            text = _("{path} is described by {name}: nothing else can be told of it")
            raise CheckpointError(text.format(path=path, name=description.name))
        return None
    try:
        return read_foreign(path, hints)
    except MxnetFileError as error:
        raise CheckpointError(str(error)) from error


def describe_pair(path: Path) -> tuple[DetectorConfig, dict[str, Any]]:
    """Return what the JSON beside `path` says: the detector's configuration, and all of it.

    The whole has "detector", "sha256" of the weights, and "about", which is `save_checkpoint`'s;
    where the network is a graph of MXNet, its JSON is "symbol".
    It has a checksum of its own, so that no number of it changes unnoticed; JSON of earlier
    versions has none, and is believed.

    JSON that says no more than classes, anchors and input size was written when ToySSD was the
    only architecture; the variances are then those of the run that it belongs to.

    Raises
    ------
    CheckpointError
        If either file is missing, or the JSON is not one of ours, or not what was written.
    """
    path = checked_name(path)
    description = path.with_suffix(".json")
    for needed in (path, description):
        if not needed.is_file():
            raise _missing(needed)
    foreign = _("{path} does not describe a detector", path=description)
    written = read_plain(description, _MOST_BYTES + 1)
    if len(written) > _MOST_BYTES:
        text = _("{foreign}: it is larger than {limit} MB")
        raise CheckpointError(text.format(foreign=foreign, limit=_MOST_BYTES // 2**20))
    try:
        content = json.loads(written)
        checksum = content.pop(_CHECKSUM, None) if isinstance(content, dict) else None
        intact = checksum in (None, _checksum(content))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(_("{foreign}: it is not JSON", foreign=foreign)) from error
    if (
        not isinstance(content, dict)
        or content.keys() - {_SYMBOL} != _KEYS
        or not isinstance(content["about"], dict)
        or not isinstance(content.get(_SYMBOL, ""), str)
    ):
        text = _(
            "{foreign}: it was not written beside a checkpoint; weights that others made open "
            "without it, under another name"
        )
        raise CheckpointError(text.format(foreign=foreign))
    if not intact:
        text = _(
            "{path} is damaged or was changed: bring the original back, or if the change is "
            "meant, take out its line {key}"
        )
        raise CheckpointError(text.format(path=description, key=_CHECKSUM))
    told = content["detector"]
    if isinstance(told, dict) and "variances" not in told:
        told = {**told, **_variances_of_run(path, content["about"])}
    try:
        return DetectorConfig.model_validate(told), content
    except ValidationError as error:
        raise CheckpointError(_("{foreign}: {why}", foreign=foreign, why=explain(error))) from error


def description_bytes(
    detector: DetectorConfig, sha256: str, about: dict[str, Any], symbol: str | None = None
) -> bytes:
    """Return the JSON that describes weights of that SHA-256, with its own checksum.

    The checksum is of what the JSON says, not of its bytes: other indents do no harm.

    Raises
    ------
    CheckpointError
        If it would be larger than what is read again.
    """
    said = {"detector": detector.model_dump(mode="json"), "sha256": sha256, "about": about}
    if symbol is not None:
        said[_SYMBOL] = symbol
    content = json.loads(json_bytes(said))  # as it will be read: without tuples, for one
    written = json_bytes({**content, _CHECKSUM: _checksum(content)})
    if len(written) > _MOST_BYTES:
        text = _("the description of the detector is larger than {limit} MB: nothing was saved")
        raise CheckpointError(text.format(limit=_MOST_BYTES // 2**20))
    return written


def _checksum(content: Any) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _variances_of_run(path: Path, about: dict[str, Any]) -> dict[str, Any]:
    """Return the variances of the run that made a checkpoint, if it is known which that was."""
    config = about.get("config")
    of_run = path.parent.parent / "config.json"
    if config is None and path.parent.name == "checkpoints" and of_run.is_file():
        with contextlib.suppress(OSError, ValueError, RecursionError):
            config = json.loads(read_plain(of_run, _MOST_BYTES))["config"]
    match = config.get("match") if isinstance(config, dict) else None
    told = match if isinstance(match, dict) else {}
    return {name: value for name, value in told.items() if name == "variances"}


def verify_checkpoint(
    path: Path, hints: DetectorHints = NO_HINTS
) -> tuple[DetectorConfig, dict[str, Any]]:
    """Return what `describe_checkpoint` does, if the weights are those that it describes.

    Raises
    ------
    CheckpointError
        If a file is missing or damaged, or as `describe_checkpoint`.
    """
    foreign = find_foreign(path, hints)
    return verify_pair(path) if foreign is None else (foreign.detector, foreign.description)


def verify_pair(path: Path) -> tuple[DetectorConfig, dict[str, Any]]:
    """Return what `describe_pair` does, if the weights are those that it describes.

    Raises
    ------
    CheckpointError
        If either file is missing or damaged.
    """
    detector, content = describe_pair(path)
    if sha256(path) != content["sha256"]:
        text = _("{path} is damaged: its SHA-256 is not the one in {name}")
        raise CheckpointError(text.format(path=path, name=path.with_suffix(".json").name))
    return detector, content


def _missing(path: Path) -> CheckpointError:
    if path.is_dir():
        return CheckpointError(_("{path} is a folder, not a checkpoint's file", path=path))
    return CheckpointError(_("checkpoint file {needed} does not exist", needed=path))


def checked_name(path: Path) -> Path:
    """Return `path`, or refuse a name that is no checkpoint's."""
    path = Path(path)
    if path.name.endswith("-symbol.json"):
        text = _("{path} is a graph without weights: name the .params beside it")
        raise CheckpointError(text.format(path=path))
    if path.suffix != ".params":  # a path ….json would be overwritten by its own description
        raise CheckpointError(_("a checkpoint's name must end in .params, got {path}", path=path))
    return path
