"""What a worker writes into its run; while the disk is full it is kept, and nothing is lost."""

from __future__ import annotations

import errno
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from explorer.engine.checkpoint_files import NotWholeError
from explorer.training.run.directory import RunDirectory, RunStatus

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def is_disk_full(error: Exception) -> bool:
    """Return whether writing failed because the file system takes no more.

    MXNet may not say why it failed: weights that do not read back as they were written count.
    """
    return isinstance(error, NotWholeError) or (isinstance(error, OSError) and error.errno in _FULL)


class Journal:
    """Writes in order, and what the disk did not take once more with the next `flush`.

    Of the `status` that it begins with nothing is written yet.
    """

    def __init__(self, run: RunDirectory, status: RunStatus) -> None:
        self.status = status
        """As it is on the disk, or will be when there is room."""
        self.run = run
        self._jobs: deque[Callable[[], object]] = deque()
        self._status_is_due = False

    def do(self, write: Callable[[], object]) -> None:
        """Call `write` after all that waits; it must bear being called again after it failed."""
        self._jobs.append(write)
        self.flush()

    def append(self, record: dict[str, Any]) -> None:
        """Append a record, with the present time."""
        timed = {**record, "time": time.time()}
        self.do(lambda: self.run.append_record(timed))

    def event(self, step: int, event: dict[str, Any]) -> None:
        """Record what happened; `explorer.training.run.sentences` knows how to say it."""
        self.append({"kind": "event", "step": step, **event})

    def write_status(self, **changes: Any) -> None:
        """Replace the status; of several that wait only the last is written."""
        self.status = self.status.model_copy(update=changes)
        self._status_is_due = True
        self.flush()

    def flush(self) -> bool:
        """Write all that waits; return False if the disk is still full."""
        try:
            while self._jobs:
                self._jobs[0]()
                self._jobs.popleft()
            if self._status_is_due:
                self.run.write_status(self.status)
                self._status_is_due = False
        except (OSError, NotWholeError) as error:
            if not is_disk_full(error):
                raise
            return False
        return True

    def show_waiting(self, message: dict[str, Any]) -> bool:
        """Say meanwhile that the run is paused; return False if not even that can be written."""
        waiting = self.status.model_copy(update={"state": "paused", "message": message})
        try:
            self.run.write_status(waiting)
        except OSError as error:
            if not is_disk_full(error):
                raise
            return False
        self._status_is_due = True
        return True
