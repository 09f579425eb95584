"""What a worker writes of an exception that ends its run."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import signal
from typing import Any

from explorer.engine.mxnet_failure import mxnet_failure
from explorer.ssd.not_finite import NotFiniteError
from explorer.training.failures import explain_failure
from explorer.training.run.checkpoint_list import last_checkpoint
from explorer.training.run.directory import RunDirectory, RunStatus
from explorer.training.run.sentences import RunError
from explorer.training.tripwire import DivergedError, write_tripwire

log = logging.getLogger(__name__)


def let_crashes_end_it() -> None:
    """Have a crash end this process at once, with a traceback of all threads on stderr.

    MXNet brings its own handler when it is imported, which may wait for a lock that the crash left:
    the worker would then stand still for ever.
    """
    with contextlib.suppress(ValueError):  # a thread of some other program: it keeps its handlers
        for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL):
            signal.signal(number, signal.SIG_DFL)
    faulthandler.enable(2)


def write_failure(error: Exception, run: RunDirectory, status: RunStatus) -> None:
    """Say in the status why the run ended early, and show where it met no finite number.

    `status` is the one before.
    """
    if isinstance(error, DivergedError):
        error.message["kept"] = last_checkpoint(run.checkpoints).path is not None
    failed = status.model_copy(update={"state": "failed", "message": _message(error, run)})
    try:
        if isinstance(error, DivergedError):
            write_tripwire(error, run.path)
        run.write_status(failed)
    except OSError:  # a full disk: followers will see that the process is gone
        log.exception("could not write how the run failed")


def _message(error: Exception, run: RunDirectory) -> str | dict[str, Any]:
    match error:
        case RunError() | DivergedError():
            return error.message
        case NotFiniteError() | OSError() | ValueError():
            return explain_failure(error)  # expected: their message is a sentence for the user
    match "memory" if isinstance(error, MemoryError) else mxnet_failure(error):
        case "memory":
            half = max(1, run.read_config().batch_size // 2)
            return {"key": "device_memory_full", "batch_size": half}
        case "other":
            return {"key": "mxnet_failed"}
    return {"key": "unexpected", "error": type(error).__name__}
