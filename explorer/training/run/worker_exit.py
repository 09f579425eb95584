"""How a worker's process ended, noted by whoever started it: a process cannot say it itself."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field

from explorer.files import write_json
from explorer.i18n import N_, _
from explorer.training.run.json_file import read_json

_NAME = "exit.json"
_WORDS = {
    -signal.SIGKILL: N_("killed, or out of memory"),
    -signal.SIGSEGV: N_("a crash inside MXNet"),
    255: N_("a crash inside MXNet"),  # what MXNet's own handler of such a signal ends with
}


class _Note(BaseModel):
    pid: int
    process_started: float
    code: Annotated[int, Field(ge=-255, le=255)]


def write_exit_code(folder: Path, pid: int, process_started: float, code: int) -> None:
    """Write ``exit.json`` into a run's folder: ``pid``, ``process_started``, ``code``.

    Parameters
    ----------
    pid, process_started : int, float
        Name the process, as in `RunStatus`.
    code : int
        Negative if a signal ended it.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    if folder.is_dir():  # a run that was deleted meanwhile stays deleted
        note = _Note(pid=pid, process_started=process_started, code=code)
        write_json(folder / _NAME, note.model_dump())


def read_exit_code(folder: Path, pid: int, process_started: float) -> int | None:
    """Return with which code that very process ended; None if nobody noted it."""
    try:
        note = read_json(folder / _NAME, _Note)
    except (FileNotFoundError, ValueError):
        return None
    same = note.pid == pid and abs(note.process_started - process_started) < 1.0
    return note.code if same else None


def explain_exit(code: int) -> str:
    """Return ``code -9, killed, or out of memory`` or the like."""
    words = _WORDS.get(code) or (signal.strsignal(-code) if code < 0 else None)
    if not words:
        return _("code {code}", code=code)
    return _("code {code}, {words}", code=code, words=_(words))
