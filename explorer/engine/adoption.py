"""Making a foreign detector one of ours: a pair of files that says all of it."""

from __future__ import annotations

import re
from pathlib import Path

from explorer.config import NAMED_DETECTORS, DetectorHints
from explorer.data_folders import detectors_root
from explorer.engine.checkpoint_files import CheckpointError, checked_name, find_foreign
from explorer.engine.foreign.detector import NO_HINTS
from explorer.engine.foreign.proposals import proposal_sentences
from explorer.engine.tutorial_detector import tutorial_path
from explorer.i18n import _

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}(?<!\.params)")  # which would be a path


def adopted_path(name: str) -> Path:
    """Return the file that an adopted detector of that name has in the user's folder of detectors.

    Raises
    ------
    ValueError
        If it is no name, or that of a detector of ours.
    """
    if not _NAME.fullmatch(name):
        text = _(
            "a detector's name is up to 64 letters, digits, ., - and _, begins with a letter or a "
            "digit, and does not end in .params, got {name!r}"
        )
        raise ValueError(text.format(name=name))
    if name in (*NAMED_DETECTORS, tutorial_path().stem):
        raise ValueError(_("{name!r} is taken: choose another name", name=name))
    return detectors_root() / f"{name}.params"


def find_adopted(name: str) -> Path | None:
    """Return the file of the user's detector that is called so, None if none is."""
    try:
        path = adopted_path(name)
    except ValueError:
        return None
    return path if path.is_file() else None


def adopt(
    source: Path, target: Path, hints: DetectorHints = NO_HINTS, overwrite: bool = False
) -> list[str]:
    """Write a foreign detector as a checkpoint of ours.

    Its JSON says where it came from, in "about": "adopted", which is
    `explorer.engine.foreign.detector.ForeignDetector.source`.

    Parameters
    ----------
    source : path
        A ``.params`` file that others made.
    target : path
        Of the new one, ``….params``, see `adopted_path`.
    hints : DetectorHints
        What is known of it; all else is proposed.
    overwrite : bool
        Whether files at `target` may be replaced.

    Returns
    -------
    list of str
        A sentence for each thing that was proposed, or could not be compared.

    Raises
    ------
    CheckpointError
        If `source` is damaged, of no known network, does not fit `hints`, or is ours already; or
        if `target` exists. Nothing is written then.
    OSError
        If `target` cannot be written.
    """
    target = checked_name(target)
    foreign = find_foreign(source, hints)
    if foreign is None:
        text = _("{path} is described by {name} already, so there is nothing to adopt")
        raise CheckpointError(text.format(path=source, name=source.with_suffix(".json").name))
    for path in (target, target.with_suffix(".json")):
        if path.exists() and not overwrite:
            raise CheckpointError(_("{path} exists already: choose another name", path=path))
    if target.exists() and target.samefile(source):
        text = _("{path} would be replaced by what is made of it: choose another name")
        raise CheckpointError(text.format(path=source))

    from explorer.engine.checkpoint import load_checkpoint, save_checkpoint
    from explorer.net.runtime import choose_device

    net, detector = load_checkpoint(source, choose_device("cpu"), hints=hints)
    save_checkpoint(target, net, detector, {"adopted": foreign.source})
    notices = [net.notice] if net.notice else []
    return [*proposal_sentences(detector, foreign.description), *notices]
