"""The files of a training run: what is in them, how they are written and followed.

One process writes (the worker), any number read. Records are only ever appended; the status is
replaced as a whole; commands are appended by pages and the command line and read by the worker.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import psutil
from pydantic import BaseModel, ConfigDict, Field, field_validator

from explorer.config import TrainConfig
from explorer.files import CHECKOUT, write_json
from explorer.i18n import _
from explorer.training.run.checkpoint_list import last_checkpoint
from explorer.training.run.command import Command
from explorer.training.run.following import Follower, drop_retracted, parse_object, written_ns
from explorer.training.run.json_file import read_json
from explorer.training.run.origin import Origin, num_worker_threads, origin
from explorer.training.run.records import Count, Number, parse_record
from explorer.training.run.sentences import can_be_said, status_sentence
from explorer.training.run.worker_exit import read_exit_code

State = Literal[
    "starting",
    "preparing",
    "running",
    "paused",
    "finished",
    "diverged",
    "stopped",
    "failed",
    "died",
]
ACTIVE_STATES = frozenset({"starting", "preparing", "running", "paused"})
"""States of a run whose process works or waits."""

_START_SECONDS = 30.0
"""A run that has had no process for this long was given up by whoever made it."""


def runs_root() -> Path:
    """Return the folder of all runs: `SSD_EXPLORER_RUNS`, else ``runs`` where the user stands.

    Nothing is ever written beside data, and nothing of a run below what a page server serves.
    """
    root = os.environ.get("SSD_EXPLORER_RUNS")
    if root:
        return Path(root)
    in_checkout = (CHECKOUT / "pyproject.toml").is_file()
    return (CHECKOUT if in_checkout else Path.cwd()) / "runs"


class RunStatus(BaseModel):
    """Where a run stands now."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: State = "starting"
    """"diverged" has come to its last step as "finished" has, and learned nothing or lost it.
    "died" is never written: whoever reads the status concludes it when the process is gone.
    """
    pid: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    process_started: Number = 0.0
    """Together they name a process; a pid alone may have been given to another since."""
    heartbeat: Number = 0.0
    """Seconds since the epoch, of the last write."""
    step: Count = 0
    num_steps: Count = 0
    num_epochs: Count = 0
    """Of the whole run, as it is now planned; 0 if that is not known."""
    epoch: Count = 0
    message: str | dict[str, Any] = ""
    """What there is to say to the user, as `sentence` puts it; empty if nothing."""
    progress: Number = 0.0
    """float in [0, 1]: of the present phase: preparing the data, or training."""

    @field_validator("message")
    @classmethod
    def _has_a_sentence(cls, message: str | dict[str, Any]) -> str | dict[str, Any]:
        if not can_be_said(status_sentence, message):
            raise ValueError(_("{message} is nothing that a run says", message=message))
        return message

    @property
    def active(self) -> bool:
        """Whether the process works or waits."""
        return self.state in ACTIVE_STATES

    @property
    def complete(self) -> bool:
        """Whether the run has come to its last step, with whatever result."""
        return self.state in ("finished", "diverged")

    @property
    def sentence(self) -> str:
        """One sentence for the user; empty if there is nothing to say."""
        return status_sentence(self.message)

    def process_is_alive(self) -> bool:
        """Return whether the very process that wrote this status still runs."""
        try:
            process = psutil.Process(self.pid)
            return (
                abs(process.create_time() - self.process_started) < 1.0
                and process.status() != psutil.STATUS_ZOMBIE
            )
        except psutil.Error:
            return False


@dataclass(frozen=True)
class RunDirectory:
    """One run on disk. Making this object reads and writes nothing."""

    path: Path

    @property
    def run_id(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def checkpoints(self) -> Path:
        """Weights, optimiser states and position; see `explorer.training.checkpoints`."""
        return self.path / "checkpoints"

    @property
    def film(self) -> Path:
        """The watched images, and what the network said about them at each frame."""
        return self.path / "film"

    @property
    def log(self) -> Path:
        """All that the process printed."""
        return self.path / "log.txt"

    @classmethod
    def create(cls, config: TrainConfig, root: Path) -> RunDirectory:
        """Make the folder of a new run, with its configuration and a first status.

        Raises
        ------
        CheckpointError
            If the weights that it is to begin with are missing or damaged; nothing is made.
        OSError
            If the folder of runs cannot be written.
        """
        made_with = origin(config)
        root.mkdir(parents=True, exist_ok=True)
        while True:
            stamp = time.strftime("%Y%m%d-%H%M%S")
            run = cls(root / f"{stamp}-{config.recipe}-{secrets.token_hex(2)}")
            with contextlib.suppress(FileExistsError):  # two of one second drew the same number
                run.path.mkdir()
                break
        run.checkpoints.mkdir()
        run.film.mkdir()
        for name in ("records.jsonl", "commands.jsonl"):
            (run.path / name).touch()
        run.write_status(RunStatus())
        # Last: with it the folder is a run, and nobody finds one that is half made.
        write_json(run.path / "config.json", made_with.model_dump(mode="json"))
        return run

    def read_config(self) -> TrainConfig:
        """Return the run's configuration.

        Raises
        ------
        ValueError
            If this is no run, or its configuration is damaged.
        """
        return self.read_origin().config

    def read_origin(self) -> Origin:
        """Return what the run was made with; a `ValueError` as of `read_config`."""
        try:
            return read_json(self.path / "config.json", Origin)
        except FileNotFoundError:
            text = _("{path} is not a run: it has no config.json")
            raise ValueError(text.format(path=self.path)) from None

    def read_num_threads(self) -> int:
        """Return how many threads compute this run."""
        return self.read_origin().num_threads or num_worker_threads()

    def write_status(self, status: RunStatus) -> None:
        """Replace the status as a whole, stamped with the present time."""
        stamped = status.model_copy(update={"heartbeat": time.time()})
        write_json(self.path / "status.json", stamped.model_dump(mode="json"))

    def read_status(self) -> RunStatus:
        """Return the status as written, or "died" if it claims a process that is gone.

        A run whose status is missing or damaged has died, too: nobody knows how far it came.
        """
        try:
            status = read_json(self.path / "status.json", RunStatus)
        except (FileNotFoundError, ValueError):
            return RunStatus(state="died", message={"key": "no_status"})
        # pid 0: the launcher has made the folder and is about to start the process.
        about_to_start = not status.pid and time.time() - status.heartbeat < _START_SECONDS
        if status.active and not about_to_start and not status.process_is_alive():
            code = read_exit_code(self.path, status.pid, status.process_started)
            kept = last_checkpoint(self.checkpoints).path is not None
            message = {"key": "died", "code": code, "step": status.step, "kept": kept}
            return status.model_copy(update={"state": "died", "message": message})
        return status

    def last_written(self) -> tuple[int, ...]:
        """Return when what tells of progress was last written; changes when there is more."""
        names = ("status.json", "records.jsonl", "film", "checkpoints")
        return tuple(written_ns(self.path / name) for name in names)

    def close_torn_line(self) -> None:
        """End a record that a killed worker left half-written: the next has its own line."""
        path = self.path / "records.jsonl"
        content_ends = path.read_bytes()[-1:]
        if content_ends not in (b"", b"\n"):
            _append_line(path, "")

    def append_record(self, record: dict[str, Any]) -> None:
        """Append one record; it is on its way to disk when this returns."""
        _append_line(self.path / "records.jsonl", json.dumps(record, allow_nan=False))

    def send(self, command: Command) -> None:
        """Ask the worker for something; it obeys after its present step."""
        _append_line(self.path / "commands.jsonl", command.model_dump_json(exclude_none=True))

    def forget_commands(self) -> None:
        """Drop what was asked of an earlier worker."""
        os.truncate(self.path / "commands.jsonl", 0)

    def follow_records(self) -> Follower:
        """Return a reader of the records from the beginning."""
        return Follower(self.path / "records.jsonl", parse_record)

    def follow_commands(self) -> Follower:
        """Return a reader of the commands from the beginning."""
        return Follower(self.path / "commands.jsonl", parse_object)

    def records(self) -> list[dict[str, Any]]:
        """Return all records that count: steps that a resume took back are left out."""
        return drop_retracted(list(self.follow_records()))

    def has_steps(self) -> bool:
        """Return whether a step was done, of which a record is left."""
        return any(record["kind"] == "step" for record in self.follow_records())

    def fingerprint(self) -> str | None:
        """Return the fingerprint of the data that the run began with; None if none is noted."""
        noted = (each.get("fingerprint") for each in self.follow_records())
        return next(filter(None, noted), None)


def list_runs(root: Path | None = None) -> list[RunDirectory]:
    """Return every run below `root`, newest first; an absent folder has none.

    A hidden folder is a run that is being deleted.
    """
    root = root or runs_root()
    if not root.is_dir():
        return []
    folders = (path for path in root.iterdir() if not path.name.startswith("."))
    runs = [RunDirectory(path) for path in folders if (path / "config.json").is_file()]
    return sorted(runs, key=lambda run: run.run_id, reverse=True)


def _append_line(path: Path, line: str) -> None:
    # One write of a whole line to a file opened for appending: lines of two writers don't mix.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        content = line.encode("utf-8") + b"\n"
        written = os.write(descriptor, content)
        if written != len(content):
            # The torn line must not stay: what is appended next would become a part of it.
            end = os.lseek(descriptor, 0, os.SEEK_CUR)
            if os.fstat(descriptor).st_size == end:  # else another writer came after
                os.ftruncate(descriptor, end - written)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    finally:
        os.close(descriptor)
