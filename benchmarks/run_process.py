"""A real run, trained piece by piece."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import psutil

from explorer.config import TrainConfig
from explorer.training import launch
from explorer.training.run.command import Command
from explorer.training.run.worker_exit import read_exit_code

_SILENCE_S = 300.0
_POLL_S = 0.1


class RunProcess:
    """A run's own process, which trains only while it is asked to; use it ``with``.

    Parameters
    ----------
    config : TrainConfig
        With epochs enough that the run does not end by itself.
    root : Path
        The folder of runs.
    """

    def __init__(self, config: TrainConfig, root: Path) -> None:
        self._run = launch.start_run(config, root)
        self._run.send(Command(name="pause"))
        self._records = self._run.follow_records()

    def __enter__(self) -> RunProcess:
        self._wait_until_paused()
        self._records.skip_to_end()
        status = self._run.read_status()
        self._process = psutil.Process(status.pid)
        self._steps_per_epoch = status.num_steps // self._run.read_config().epochs
        return self

    def __exit__(self, *_: object) -> None:
        self._run.send(Command(name="stop"))
        self._process.wait(_SILENCE_S)
        # Its end is noted in the run's folder, which is removed next.
        deadline = time.monotonic() + _SILENCE_S
        while self._exit_code() is None and time.monotonic() < deadline:
            time.sleep(_POLL_S)

    def train(self, num_steps: int) -> list[dict[str, Any]]:
        """Return the records of at least that many steps and one more, then pause again."""
        self._run.send(Command(name="resume"))
        records: list[dict[str, Any]] = []
        done = 0
        heard = time.monotonic()
        # Not so near an epoch's end that its validation would fall between two blocks.
        while done <= num_steps or self._near_end_of_epoch(records[-1]):
            time.sleep(_POLL_S)
            new = list(self._records)
            records += new
            done += sum(record["kind"] == "step" for record in new)
            heard = time.monotonic() if new else heard
            self._check(heard)
        self._run.send(Command(name="pause"))
        self._wait_until_paused()
        return records + list(self._records)

    def processor_seconds(self) -> float:
        """Return the processor time that the process has used so far."""
        used = self._process.cpu_times()
        return used.user + used.system

    def _exit_code(self) -> int | None:
        started = self._process.create_time()
        return read_exit_code(self._run.path, self._process.pid, started)

    def _near_end_of_epoch(self, record: dict[str, Any]) -> bool:
        return -record["step"] % self._steps_per_epoch in (0, 1, 2) and record["kind"] == "step"

    def _wait_until_paused(self) -> None:
        started = time.monotonic()
        while self._run.read_status().state != "paused":
            self._check(started)
            time.sleep(_POLL_S)

    def _check(self, heard: float) -> None:
        status = self._run.read_status()
        if not status.active:
            raise RuntimeError(f"the run has {status.state}: {status.sentence}")
        if time.monotonic() - heard > _SILENCE_S:
            raise RuntimeError(f"the worker said nothing for {_SILENCE_S:.0f} s")
