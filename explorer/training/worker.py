"""The process that trains: ``python -m explorer.training.worker RUN_FOLDER``.

It writes the run directory and obeys its commands after each step. SIGTERM and SIGINT end it
as "stop" does: a checkpoint after the present step, then exit code 0. Started on a run that has
checkpoints, it goes on from the last good one.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

import cv2
import psutil
from pydantic import ValidationError

from explorer.datasets import CancelledError, ensure_dataset, open_dataset
from explorer.files import write_json
from explorer.net.learning import NotFiniteError
from explorer.net.runtime import choose_device, mx
from explorer.training import checkpoints
from explorer.training.failures import explain_failure
from explorer.training.launch import AlreadyRunningError, starting
from explorer.training.loop import Training
from explorer.training.run_directory import Command, RunDirectory, RunStatus

__all__ = ["Worker", "main"]

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.1


class Worker:
    """Drives one `Training` and keeps its run directory.

    Parameters
    ----------
    run : RunDirectory
        As `RunDirectory.create` made it, or as an earlier worker left it.
    """

    def __init__(self, run: RunDirectory) -> None:
        self.run = run
        process = psutil.Process()
        self.status = RunStatus(
            state="preparing", pid=process.pid, process_started=process.create_time()
        )
        self._commands = run.follow_commands()
        self._pending: list[Command] = []
        self._stop = False
        self._paused = False
        self._single_step = False

    def request_stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Stop after the present step; also the handler of SIGTERM and SIGINT."""
        self._stop = True

    def work(self) -> None:
        """Train to the end, or until asked to stop; the status then says how it ended."""
        self._begin()
        training = self._prepare()
        if training is None:
            self._write_status(state="stopped", message="Stopped before the first step.")
            return
        self._write_film_images(training)
        self._write_status(
            state="running",
            message=training.device.notice,
            num_steps=training.num_steps,
            step=training.step,
            epoch=training.epoch,
        )
        for record in training.records():
            self._write(record)
            if record["kind"] == "epoch":
                checkpoints.save(training, self.run.checkpoints)
            self._obey(training, after_step=record["kind"] == "step")
            if self._stop and training.step < training.num_steps:
                checkpoints.save(training, self.run.checkpoints)
                self._end("stopped", training, f"Stopped at step {training.step}; resumable.")
                return
        self._end("finished", training, "")

    def _begin(self) -> None:
        """Take the run over from the launcher, which has written its status by then."""
        with starting(self.run.path.parent):
            present = self.run.read_status()
            if present.active and present.pid not in (0, self.status.pid):
                raise AlreadyRunningError(self.run)
            self._write_status(message="Preparing the data set.")

    def _prepare(self) -> Training | None:
        config = self.run.read_config()

        def progress(done: int, total: int) -> None:
            self._write_status(
                message=f"Making the data set {config.dataset}: {done} of {total} images.",
                progress=done / max(1, total),
            )

        with contextlib.suppress(CancelledError):
            ensure_dataset(config.dataset, progress=progress, cancelled=self._asked_to_stop)
        if self._asked_to_stop():
            return None
        train_set = open_dataset(config.dataset, "train")
        began_before = self._began_before(train_set.fingerprint)
        config = config.with_(class_names=train_set.class_names)
        self._write_status(message="Building the network.", progress=0.0)
        training = Training(
            config, train_set, open_dataset(config.dataset, "val"), choose_device(config.device)
        )
        last = checkpoints.latest(self.run.checkpoints)
        if last is not None:
            checkpoints.restore(training, last)
        self._append(
            {
                # Without a checkpoint it goes on from step 0, which takes back all steps.
                "kind": "resume" if began_before else "start",
                "step": training.step,
                "fingerprint": train_set.fingerprint,
            }
        )
        if len(train_set) < config.batch_size:
            self._event(
                training,
                f"The data set has {len(train_set)} images, fewer than a batch of "
                f"{config.batch_size}: each step sees all of them.",
            )
        return training

    def _began_before(self, fingerprint: str) -> bool:
        """Return whether an earlier worker trained, and refuse to go on with other data."""
        self.run.close_torn_line()
        starts = [r for r in self.run.follow_records() if r.get("kind") == "start"]
        if any(record.get("fingerprint") != fingerprint for record in starts):
            raise ValueError(
                "The data set has changed since this run began: bring the former one back, "
                "or start a new run."
            )
        return bool(starts)

    def _obey(self, training: Training, *, after_step: bool) -> None:
        """Carry out what was asked; while paused, wait here."""
        if self._single_step and after_step:
            self._single_step, self._paused = False, True
        while True:
            self._read_commands()
            while self._pending:
                self._carry_out(self._pending.pop(0), training)
            if self._stop or not self._paused:
                break
            if self.status.state != "paused":
                self._write_status(state="paused", message=f"Paused at step {training.step}.")
            time.sleep(_POLL_SECONDS)
        if self.status.state == "paused":
            self._write_status(state="running", message=training.device.notice)

    def _read_commands(self) -> None:
        for content in self._commands:
            try:
                self._pending.append(Command.model_validate(content))
            except ValidationError:
                log.warning("no command: %r", content)

    def _asked_to_stop(self) -> bool:
        """Return whether to stop, without carrying out anything that needs the network."""
        self._read_commands()
        return self._stop or any(command.name == "stop" for command in self._pending)

    def _carry_out(self, command: Command, training: Training) -> None:
        match command.name:
            case "stop":
                self._stop = True
            case "pause":
                self._paused = True
            case "resume":
                self._paused = False
            case "step":
                self._paused, self._single_step = False, True
            case "checkpoint":
                path = checkpoints.save(training, self.run.checkpoints)
                self._event(training, f"Checkpoint {path.stem} saved.")
            case "set_learning_rate":
                training.learning_rate = command.value
                self._event(training, f"Learning rate set to {command.value:g}.")

    def _write(self, record: dict[str, Any]) -> None:
        if record["kind"] == "film":
            write_json(self.run.film / f"frame-{record['step']:08d}.json", record)
            return
        self._append(record)
        self._write_status(
            step=record["step"],
            epoch=record["epoch"],
            progress=record["step"] / self.status.num_steps,
        )

    def _event(self, training: Training, text: str) -> None:
        self._append({"kind": "event", "step": training.step, "text": text})

    def _end(self, state: str, training: Training, message: str) -> None:
        self._append({"kind": "end", "step": training.step, "state": state})
        self._write_status(state=state, message=message)

    def _append(self, record: dict[str, Any]) -> None:
        self.run.append_record({**record, "time": time.time()})

    def _write_status(self, **changes: Any) -> None:
        self.status = self.status.model_copy(update=changes)
        self.run.write_status(self.status)

    def _write_film_images(self, training: Training) -> None:
        """Keep the watched images in the run, so that a page needs no data set to show them."""
        truths = []
        for index, (image, labels) in enumerate(training.film_images):
            path = self.run.film / f"image-{index}.png"
            if not cv2.imwrite(str(path), image[:, :, ::-1]):
                raise OSError(f"{path} could not be written")
            truths.append(labels[labels[:, 0] >= 0].tolist())
        write_json(
            self.run.film / "images.json",
            {"labels": truths, "class_names": list(training.detector.class_names)},
        )

    def fail(self, message: str) -> None:
        """Say in the status why the run ended early."""
        try:
            self._write_status(state="failed", message=message)
        except OSError:  # a full disk: readers will see that the process is gone
            log.exception("could not write the status")


def _explain_mxnet(error: Exception, run: RunDirectory) -> str:
    if "out of memory" in str(error).lower():
        half = max(1, run.read_config().batch_size // 2)
        return f"The device's memory is full: try a batch size of {half}."
    return "MXNet failed; its message is in log.txt."


def main(arguments: list[str]) -> int:
    """Work on the run whose folder is the one argument; return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    worker = Worker(RunDirectory(Path(arguments[0])))
    signal.signal(signal.SIGTERM, worker.request_stop)
    signal.signal(signal.SIGINT, worker.request_stop)
    try:
        worker.work()
    except AlreadyRunningError as error:
        log.error("%s", error)  # the status is the other worker's
        return 1
    except (NotFiniteError, OSError, ValueError) as error:
        # Expected kinds of failure: their message is a sentence for the user.
        log.exception("the run failed")
        worker.fail(explain_failure(error))
        return 1
    except mx.base.MXNetError as error:
        log.exception("MXNet failed")
        worker.fail(_explain_mxnet(error, worker.run))
        return 1
    except Exception as error:
        log.exception("the run failed unexpectedly")
        worker.fail(f"Training failed unexpectedly ({type(error).__name__}); see log.txt.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
