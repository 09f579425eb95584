"""Start, find and resume the processes that train."""

from __future__ import annotations

import fcntl
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from explorer.config import TrainConfig
from explorer.i18n import _, ngettext
from explorer.training.run.checkpoint_list import last_checkpoint
from explorer.training.run.command import Command
from explorer.training.run.directory import RunDirectory, list_runs, runs_root
from explorer.training.run.plan import write_epochs
from explorer.training.run.worker_exit import write_exit_code

logger = logging.getLogger(__name__)


class AlreadyRunningError(ValueError):
    """A run is under way in this folder of runs; `run` says which."""

    def __init__(self, run: RunDirectory) -> None:
        text = _("Run {run_id} is already running: stop it first, or wait.")
        super().__init__(text.format(run_id=run.run_id))
        self.run = run


class NoCheckpointError(ValueError):
    """A run has done steps, and has no good checkpoint to go on from."""

    def __init__(self, run: RunDirectory, passed_over: tuple[str, ...]) -> None:
        text = _("Run {run_id} has no checkpoint: it can only begin again from step 0.")
        if passed_over:
            text = ngettext(
                "Checkpoint {damaged} of run {run_id} is damaged and there is no other: it can "
                "only begin again from step 0.",
                "Checkpoints {damaged} of run {run_id} are damaged and there is no other: it can "
                "only begin again from step 0.",
                len(passed_over),
                damaged=", ".join(passed_over),
                run_id=run.run_id,
            )
        super().__init__(text.format(run_id=run.run_id))


def active_run(root: Path | None = None) -> RunDirectory | None:
    """Return the run that works or is paused, or None. Two at once would only slow each other."""
    for run in list_runs(root):
        status = run.read_status()
        if status.active and status.pid:
            return run
    return None


def start_run(config: TrainConfig, root: Path | None = None) -> RunDirectory:
    """Make a run and start its process; return at once.

    Raises
    ------
    AlreadyRunningError
        If another run is under way, also when two callers start at the same moment.
    CheckpointError
        If the weights that it is to begin with are missing or damaged.
    OSError
        If the folder of runs cannot be written.
    """
    root = root or runs_root()
    with _only_one(root):
        run = RunDirectory.create(config, root)
        _start_worker(run)
    return run


def resume_run(run: RunDirectory, *, from_start: bool = False) -> None:
    """Start a process that goes on with a stopped, failed or dead run.

    Parameters
    ----------
    run : RunDirectory
    from_start : bool
        Begin again from step 0 if there is no good checkpoint; with one it has no effect.

    Raises
    ------
    NoCheckpointError
        If it could only begin again, and `from_start` does not allow it.
    AlreadyRunningError
        If this or another run is under way.
    ValueError
        If the run has nothing left to do, or its configuration is damaged.
    """
    run.read_config()
    status = run.read_status()
    if status.complete:
        text = _(
            "Run {run_id} has come to its last step, so there is nothing to resume; for more "
            "epochs: ssd-explorer runs set {run_id} --epochs N"
        )
        if status.state == "finished":
            text = _(
                "Run {run_id} is finished, so there is nothing to resume; for more epochs: "
                "ssd-explorer runs set {run_id} --epochs N"
            )
        raise ValueError(text.format(run_id=run.run_id))
    with _only_one(run.path.parent):
        if not from_start:
            check_checkpoints(run)
        run.forget_commands()
        _start_worker(run)


def set_epochs(run: RunDirectory, epochs: int, *, from_start: bool = False) -> Command | None:
    """Have a run end after `epochs` epochs in all, wherever it stands now.

    A run under way gets the command. For one that has ended, finished or not, the wish is
    kept in its folder, and a process goes on from the last checkpoint. Asking twice does no harm.

    Steps that are done stay as they are; from the next one on the recipe's schedule follows the
    new length. So with the schedule "constant" the weights are, bit by bit, those of a run that
    was to have `epochs` epochs from the start; "cosine" starts again from a higher rate.

    Parameters
    ----------
    epochs : int
        1 to `MAX_EPOCHS`; for a run that has ended, more than it has done.
    from_start : bool
        As of `resume_run`, for a run that has ended.

    Returns
    -------
    Command or None
        What a run under way was asked; None if a process was started.

    Raises
    ------
    AlreadyRunningError
        If another run is under way.
    NoCheckpointError
        As of `resume_run`.
    ValueError
        If `epochs` is out of range or not above what is done, or the configuration is damaged.
    OSError
        If the folder of the run cannot be written.
    """
    command = Command(name="set_epochs", value=epochs)
    config = run.read_config()
    if not run.read_status().active:
        ended = (r["epoch"] for r in run.records() if r["kind"] == "epoch")
        done = max(ended, default=config.first_epoch)
        if epochs <= done:
            text = _(
                "Run {run_id} has ended epoch {done}: ask for more than {done} epochs, not "
                "{epochs}."
            )
            raise ValueError(text.format(run_id=run.run_id, done=done, epochs=epochs))
        try:
            with _only_one(run.path.parent):
                if not from_start:
                    check_checkpoints(run)
                write_epochs(run.path, epochs)
                run.forget_commands()
                _start_worker(run)
            return None
        except AlreadyRunningError:
            if not run.read_status().active:
                raise
            # Somebody else has set it going meanwhile.
    run.send(command)
    return command


@contextmanager
def starting(root: Path) -> Iterator[None]:
    """Hold the lock of a folder of runs, as whoever starts a run or begins to work on it does."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _only_one(root: Path) -> Iterator[None]:
    """Hold the folder's lock, and refuse when a run is under way."""
    with starting(root):
        present = active_run(root)
        if present is not None:
            raise AlreadyRunningError(present)
        yield


def check_checkpoints(run: RunDirectory) -> None:
    """Raise a `NoCheckpointError` if `run` could only begin again, and would lose steps."""
    last = last_checkpoint(run.checkpoints)
    if last.path is None and (last.passed_over or run.has_steps()):
        raise NoCheckpointError(run, last.passed_over)


def wait_until_noted(run: RunDirectory) -> None:
    """Wait until the end of a worker that this process has started is noted."""
    for thread in threading.enumerate():
        if thread.name == _name_of_waiting(run):
            thread.join()


def _name_of_waiting(run: RunDirectory) -> str:
    return f"wait-{run.path.resolve()}"


def _start_worker(run: RunDirectory) -> None:
    environment = dict(os.environ)
    environment["OMP_NUM_THREADS"] = str(run.read_num_threads())
    with run.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "explorer.training.worker", str(run.path.resolve())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,  # outlives the page, its kernel and the server
        )
    try:
        started = psutil.Process(process.pid).create_time()
        names = {"pid": process.pid, "process_started": started}
        begins = {"state": "starting", "message": {"key": "starting"}, **names}
        run.write_status(run.read_status().model_copy(update=begins))  # how far it is stays
    except BaseException:  # nobody would know of a process that the status does not name
        process.kill()
        process.wait()
        raise

    def note_exit() -> None:
        code = process.wait()
        try:
            write_exit_code(run.path, process.pid, started, code)
        except OSError:  # followers then see that it is gone, and not how
            logger.exception("could not note the exit code %d of %s", code, run.run_id)

    # Whoever started it may live longer than it does, and must then take note of its end.
    threading.Thread(target=note_exit, name=_name_of_waiting(run), daemon=True).start()
