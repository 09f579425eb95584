"""The runs of a folder, seen together: what each was, how far it came and what it reached."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from explorer.config import preset_name
from explorer.i18n import _
from explorer.training.launch import starting
from explorer.training.run.directory import RunDirectory, list_runs
from explorer.training.run.following import Follower, drop_retracted, written_ns
from explorer.training.run.records import parse_record
from explorer.training.run.sentences import left_out_sentence

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
    """As now planned, those before `first_epoch` counted."""
    first_epoch: int
    """As `TrainConfig.first_epoch`: so many it has not trained."""
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
    num_left_out: int
    """Lines of its records that are none, and are left out."""

    @property
    def epochs_planned(self) -> str:
        """How many there will be, as people write it: 150, or 148 + 2 where it trains two."""
        if not self.first_epoch:
            return f"{self.epochs:,}"
        return f"{self.first_epoch:,} + {self.epochs - self.first_epoch:,}"


def summarise_runs(root: Path | None = None) -> list[RunSummary]:
    """Return every run below `root`, newest first; an absent folder has none.

    A run whose configuration is damaged is among them, so that it can be found and deleted.
    """
    return [summarise_run(run) for run in list_runs(root)]


def summarise_run(run: RunDirectory) -> RunSummary:
    """Return one run's summary; what is damaged of it takes nothing else with it."""
    status = run.read_status()
    state: str = status.state
    message = status.sentence
    try:
        made_with = run.read_origin()
        config, created = made_with.config, made_with.created
    except ValueError as error:
        config, created = None, 0.0
        state, message = "damaged", str(error)
    milestones, num_left_out = _read_milestones(run)
    validations = [r for r in drop_retracted(milestones) if r["kind"] == "epoch"]
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
        first_epoch=config.first_epoch if config else 0,
        step=status.step,
        num_steps=status.num_steps,
        ap50=last.get("ap50"),
        ap75=last.get("ap75"),
        map=last.get("map"),
        best_ap50=max((r["ap50"] for r in validations), default=None),
        seconds=worked_seconds(milestones),
        created=created,
        num_left_out=num_left_out,
    )


def notes(summary: RunSummary) -> Iterator[str]:
    """Yield what must be said of a run beside its figures, a sentence each."""
    if summary.state in ("damaged", "diverged"):
        yield _("Run {run_id}: {why}", run_id=summary.run_id, why=summary.message)
    if summary.num_left_out:
        yield left_out_sentence(summary.run_id, summary.num_left_out)


def worked_seconds(records: Iterable[dict[str, Any]]) -> float:
    """Return how long processes worked on a run: from each start or resume to its last record.

    Validation and pauses count, the breaks between two processes do not. `records` are also those
    that a resume took back: they took their time.
    """
    total, began, latest = 0.0, None, 0.0
    for record in records:
        if record["kind"] in ("start", "resume"):
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


def _read_milestones(run: RunDirectory) -> tuple[list[dict[str, Any]], int]:
    """Return all records but the steps, with the last step before each, and `num_left_out`."""
    path = run.path / "records.jsonl"
    size = path.stat().st_size if path.is_file() else 0
    milestones, num_left_out = _remembered(path, size, written_ns(path))
    return list(milestones), num_left_out


@lru_cache(maxsize=1024)
def _remembered(path: Path, _size: int, _written_ns: int) -> tuple[tuple[dict[str, Any], ...], int]:
    # A run of 100,000 steps is read in half a second, and not again before it has grown.
    kept: list[dict[str, Any]] = []
    step: dict[str, Any] | None = None
    records = Follower(path, parse_record)
    for record in records:
        if record["kind"] == "step":
            step = record
            continue
        kept += [record] if step is None else [step, record]
        step = None
    return tuple(kept if step is None else [*kept, step]), records.num_left_out
