"""The checkpoints that a page can load or begin with: named ones, the user's own, the runs'."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from explorer.config import SHIPPED_DETECTORS, TUTORIAL_DETECTOR
from explorer.data_folders import detectors_root
from explorer.engine.pretrained import pretrained_path
from explorer.engine.tutorial_detector import tutorial_path
from explorer.i18n import _
from explorer.training.run.directory import RunDirectory, list_runs

SHIPPED = "shipped"
"""The key of the checkpoint that comes with the explorer."""

_BROUGHT = "detectors"
"""The keys of the user's own begin so."""

_EPOCH = re.compile(r"epoch-(\d+)(?:-step-(\d+))?")
_BEGAN = re.compile(r"(\d{8}-\d{6})-.+")


class ModelChoice(NamedTuple):
    """A checkpoint: what a list calls it, where it is, and its name in an address."""

    label: str
    path: Path
    key: str


def list_models(pretrained: Path, runs_root: Path | None = None) -> tuple[ModelChoice, ...]:
    """Return the checkpoints that are complete on disk, those that came from elsewhere first.

    These are the shipped one, the tutorial's and the user's own; then come the newest runs. Of a
    checkpoint nothing is read but its name: a damaged one is in the list and says so when it is
    loaded. Of a run its configuration is read, which knows the data set.

    Parameters
    ----------
    pretrained : path of the shipped ``.params``
        Left out where it, or the JSON beside it, is missing.
    runs_root : path, optional
        Folder of all runs; by default that of `run_directory.runs_root`.
    """
    return _told_apart([*_brought(pretrained), *_of_runs(runs_root)])


def list_first_weights(runs_root: Path | None = None) -> tuple[tuple[str, str], ...]:
    """Return what a run can begin with, beside random weights; of each run its newest checkpoint.

    Each is what a list calls it, and the `TrainConfig.pretrained` that stands for it. The
    tutorial's is among them also before it was downloaded.
    """
    (name,) = SHIPPED_DETECTORS
    names = {SHIPPED: name, TUTORIAL_DETECTOR: TUTORIAL_DETECTOR}
    brought = [*_brought(pretrained_path(name))]
    if not tutorial_path().is_file():
        label = _("The tutorial’s detector (get it on the Detect page)")
        brought.append(ModelChoice(label, tutorial_path(), TUTORIAL_DETECTOR))
    newest: dict[Path, ModelChoice] = {}
    for choice in _of_runs(runs_root):
        newest.setdefault(choice.path.parent, choice)
    return tuple(
        (choice.label, names.get(choice.key) or str(choice.path.resolve()))
        for choice in _told_apart([*brought, *newest.values()])
    )


def _brought(pretrained: Path) -> Iterator[ModelChoice]:
    """Yield those that no run here has made."""
    if _complete(pretrained):
        name = pretrained.stem.replace("-", " ").capitalize()
        yield ModelChoice(_("{name} (comes with the explorer)", name=name), pretrained, SHIPPED)
    tutorial = tutorial_path()
    if tutorial.is_file():
        yield ModelChoice(_("The tutorial’s detector"), tutorial, TUTORIAL_DETECTOR)
    for path in sorted(detectors_root().glob("*.params")):
        if path != tutorial and _complete(path):
            label = _("{name} (brought by you)", name=path.stem)
            yield ModelChoice(label, path, f"{_BROUGHT}/{path.stem}")


def _of_runs(runs_root: Path | None) -> Iterator[ModelChoice]:
    for run in list_runs(runs_root):
        paths = sorted(run.checkpoints.glob("*.params"), key=_by_time, reverse=True)
        complete = [path for path in paths if _complete(path)]
        what, began = _run_words(run) if complete else ("", "")
        for path in complete:
            label = " · ".join(filter(None, (what, _when(path), began)))
            yield ModelChoice(label, path, f"{run.run_id}/{path.stem}")


def _run_words(run: RunDirectory) -> tuple[str, str]:
    """Return data set and beginning of a run; its id and nothing where they are not known."""
    found = _BEGAN.fullmatch(run.run_id)
    try:
        dataset = Path(run.read_config().dataset).name
        began = datetime.strptime(found[1] if found else "", "%Y%m%d-%H%M%S")
    except ValueError:  # a damaged run, or a folder that somebody has renamed
        return run.run_id, ""
    return dataset, f"{began.day} {began:%b %H:%M}"


def _told_apart(choices: list[ModelChoice]) -> tuple[ModelChoice, ...]:
    """Add the end of their run's id to labels that two runs of the same minute share."""
    number = Counter(choice.label for choice in choices)
    return tuple(
        choice
        if number[choice.label] == 1
        else choice._replace(label=f"{choice.label} · {choice.path.parents[1].name[-4:]}")
        for choice in choices
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
        return _("epoch {epoch}").format(epoch=int(found[1]))
    return _("epoch {epoch}, step {step}").format(epoch=int(found[1]), step=int(found[2]))
