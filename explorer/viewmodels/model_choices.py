"""The checkpoints that a page can load or begin with: the shipped one, and those of the runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from explorer.config import SHIPPED_DETECTORS
from explorer.i18n import _
from explorer.training.pretrained import pretrained_path
from explorer.training.run_directory import list_runs

__all__ = ["SHIPPED", "ModelChoice", "list_first_weights", "list_models"]

SHIPPED = "shipped"
"""The key of the checkpoint that comes with the explorer."""

_EPOCH = re.compile(r"epoch-(\d+)(?:-step-(\d+))?")


class ModelChoice(NamedTuple):
    """A checkpoint: what a list calls it, where it is, and its name in an address."""

    label: str
    path: Path
    key: str


def list_models(pretrained: Path, runs_root: Path | None = None) -> tuple[ModelChoice, ...]:
    """Return the checkpoints that are complete on disk: the shipped one, then newest runs first.

    Nothing is read but names: a damaged checkpoint is in the list and says so when it is loaded.

    Parameters
    ----------
    pretrained : path of the shipped ``.params``
        Left out where it, or the JSON beside it, is missing.
    runs_root : path, optional
        Folder of all runs; by default that of `run_directory.runs_root`.
    """
    choices = []
    if _complete(pretrained):
        name = pretrained.stem.replace("-", " ").capitalize()
        choices.append(
            ModelChoice(
                _("{name} (comes with the explorer)").format(name=name), pretrained, SHIPPED
            )
        )
    for run in list_runs(runs_root):
        for path in sorted(run.checkpoints.glob("*.params"), key=_by_time, reverse=True):
            if _complete(path):
                label = f"{_when(path)} · {run.run_id}"
                choices.append(ModelChoice(label, path, f"{run.run_id}/{path.stem}"))
    return tuple(choices)


def list_first_weights(runs_root: Path | None = None) -> tuple[tuple[str, str], ...]:
    """Return what a run can begin with, beside random weights: the shipped ones, then runs' newest.

    Each is what a list calls it, and the `TrainConfig.pretrained` that stands for it.
    """
    (name,) = SHIPPED_DETECTORS
    newest: dict[str, ModelChoice] = {}
    for choice in list_models(pretrained_path(name), runs_root):
        newest.setdefault(choice.key.partition("/")[0], choice)
    return tuple(
        (choice.label, name if choice.key == SHIPPED else str(choice.path.resolve()))
        for choice in newest.values()
    )


def _by_time(path: Path) -> str:
    return path.stem  # with the suffix, epoch-0002-step-0003 would come before epoch-0002


def _complete(path: Path) -> bool:
    return path.is_file() and path.with_suffix(".json").is_file()


def _when(path: Path) -> str:
    found = _EPOCH.fullmatch(path.stem)
    if found is None:
        return path.stem
    if found[2] is None:
        return _("Epoch {epoch}").format(epoch=int(found[1]))
    return _("Epoch {epoch}, step {step}").format(epoch=int(found[1]), step=int(found[2]))
