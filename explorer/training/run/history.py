"""The runs of a folder, seen together: what each was, how far it came and what it reached."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from explorer.config import preset_name
from explorer.i18n import _
from explorer.training.launch import starting
from explorer.training.run.directory import RunDirectory, list_runs
from explorer.training.run.following import drop_retracted, parse_record

_STEP = b'"kind": "step"'
_DELETED = ".deleted-"


@dataclass(frozen=True)
class RunSummary:
    """One run in a line."""

    run_id: str
    state: str
    """As `RunStatus.state`, or "damaged": its configuration cannot be read. `message` then says
    why, and what the configuration would tell is empty or 0.
    """
    message: str
    """One sentence for the user; empty if there is nothing to say."""
    recipe: str
    dataset: str
    anchors: str
    """The preset that the run's anchors equal, else "own"."""
    seed: int
    epochs: int
    """As now planned."""
    step: int
    num_steps: int
    """Done and in all; `num_steps` is 0 until the data set is prepared."""
    ap50: float | None
    ap75: float | None
    map: float | None
    """float in [0, 1] or None: of the last validation; None before one."""
    best_ap50: float | None
    """float in [0, 1] or None: the highest of all validations."""
    seconds: float
    """That processes worked on it, see `worked_seconds`."""
    created: float
    """Seconds since the epoch."""


def summarise_runs(root: Path | None = None) -> list[RunSummary]:
    """Return every run below `root`, newest first; an absent folder has none.

    A run whose configuration is damaged is among them, so that it can be found and deleted.
    """
    return [summarise_run(run) for run in list_runs(root)]


def summarise_run(run: RunDirectory) -> RunSummary:
    """Return one run's summary.

    Raises
    ------
    OSError
        If its records cannot be read.
    """
    status = run.read_status()
    state: str = status.state
    message = status.sentence
    try:
        config = run.read_config()
        created = float(run.read_origin().get("created") or 0.0)
    except ValueError as error:
        config, created = None, 0.0
        state, message = "damaged", str(error)
    milestones = _milestones(run)
    validations = [r for r in drop_retracted(milestones) if r.get("kind") == "epoch"]
    last = validations[-1] if validations else {}
    return RunSummary(
        run_id=run.run_id,
        state=state,
        message=message,
        recipe=config.recipe if config else "",
        dataset=config.dataset if config else "",
        anchors=(preset_name(config.anchors) or "own") if config else "",
        seed=config.seed if config else 0,
        epochs=status.num_epochs or (config.epochs if config else 0),
        step=status.step,
        num_steps=status.num_steps,
        ap50=last.get("ap50"),
        ap75=last.get("ap75"),
        map=last.get("map"),
        best_ap50=max((r["ap50"] for r in validations), default=None),
        seconds=worked_seconds(milestones),
        created=created,
    )


def worked_seconds(records: Iterable[dict[str, Any]]) -> float:
    """Return how long processes worked on a run: from each start or resume to its last record.

    Validation and pauses count, the breaks between two processes do not. `records` are also those
    that a resume took back: they took their time.
    """
    total, began, latest = 0.0, None, 0.0
    for record in records:
        if record.get("kind") in ("start", "resume"):
            total += 0.0 if began is None else latest - began
            began = record["time"]
        latest = record["time"]
    return total if began is None else total + latest - began


def delete_run(run: RunDirectory) -> None:
    """Remove a run's folder and all that is in it.

    Raises
    ------
    ValueError
        If a process works on it, or it is no run.
    OSError
        If the folder cannot be removed; what is left of it is then hidden and no run any more.
    """
    path = run.path.resolve()
    run = RunDirectory(path)
    with starting(path.parent):  # nobody resumes it meanwhile
        if not (path / "config.json").is_file():
            raise ValueError(_("{path} is not a run: nothing was deleted.", path=path))
        status = run.read_status()
        if status.active:
            text = _("Run {run_id} is {state}: stop it first, then it can be deleted.")
            raise ValueError(text.format(run_id=run.run_id, state=status.state))
        hidden = path.with_name(_DELETED + path.name)  # never listed half
        path.rename(hidden)
        shutil.rmtree(hidden)


def _milestones(run: RunDirectory) -> list[dict[str, Any]]:
    """Return all records but the steps, and the last step before each of them.

    Nearly all records are steps. Passing them over without parsing them makes a file of 100,000
    readable in some hundredths of a second.
    """
    path = run.path / "records.jsonl"
    try:
        return list(_read_milestones(path, path.stat().st_size))
    except FileNotFoundError:
        return []


@lru_cache(maxsize=1024)
def _read_milestones(path: Path, _size: int) -> tuple[dict[str, Any], ...]:
    # The file is only ever appended to, so its size says whether anything is new.
    lines: list[bytes] = []
    step = b""
    with path.open("rb") as stream:
        for line in stream:
            if _STEP in line:
                step = line
            else:
                lines += [step, line]
                step = b""
    parsed = map(parse_record, [*lines, step])
    return tuple(record for record in parsed if record is not None)
