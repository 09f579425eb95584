"""The process that trains: ``python -m explorer.training.worker RUN_FOLDER``.

It writes the run directory and obeys its commands after each step. SIGTERM and SIGINT end it
as "stop" does: a checkpoint after the present step, then exit code 0. Started on a run that has
checkpoints, it goes on from the last good one.
"""

from __future__ import annotations

import logging
import signal
import sys
import time
from collections import deque
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

from explorer.files import remove_abandoned, write_json
from explorer.training import checkpoints
from explorer.training.film import write_watched
from explorer.training.launch import AlreadyRunningError, starting
from explorer.training.loop import Training
from explorer.training.preparation import prepare
from explorer.training.run import plan
from explorer.training.run.checkpoint_list import last_checkpoint
from explorer.training.run.command import Command, CommandQueue
from explorer.training.run.directory import RunDirectory, RunStatus
from explorer.training.run.journal import Journal
from explorer.training.run.sentences import RunError, status_sentence
from explorer.training.run.tutorial_lines import TUTORIAL_RECIPE, TutorialLines
from explorer.training.trends import ruin
from explorer.training.worker_failure import write_failure

log = logging.getLogger(__name__)

_HOW_FAR = {"step", "num_steps", "num_epochs", "epoch", "progress"}
_POLL_SECONDS = 0.1
_RETRY_SECONDS = 30.0
"""After this long a full disk is tried once more, unless "resume" asks for it before."""


class Worker:
    """Drives one `Training` and keeps its run directory.

    The run is as `RunDirectory.create` made it, or as an earlier worker left it.
    """

    def __init__(self, run: RunDirectory) -> None:
        self.run = run
        process = psutil.Process()
        started = process.create_time()
        self.journal = Journal(
            run, RunStatus(state="preparing", pid=process.pid, process_started=started)
        )
        self._commands = CommandQueue(run.follow_commands())
        self._stop = False
        self._paused = False
        self._steps: list[Command] = []
        """What is done after the next step; the run then waits."""
        self._done: list[Command] = []
        """What no record has answered yet."""
        self._tutorial: TutorialLines | None = None

    def request_stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Stop after the present step; also the handler of SIGTERM and SIGINT."""
        self._stop = True

    def work(self) -> None:
        """Train to the end, or until asked to stop; the status then says how it ended."""
        self._begin()
        training = prepare(self.journal, self._asked_to_stop)
        if training is None:
            step = self.journal.status.step
            message = {"key": "stopped", "step": step} if step else {"key": "stopped_before_start"}
            self.journal.write_status(state="stopped", message=message)
            return
        names = training.engine.class_names
        self.journal.do(lambda: write_watched(training.watched, names, self.run.film))
        if training.config.recipe == TUTORIAL_RECIPE:
            self._tutorial = TutorialLines()
            for record in self.run.records():  # of an epoch that an earlier worker began
                deque(self._tutorial.of(record), maxlen=0)
        self._say_position(training)
        self._say_running(training)
        for record in training.records():
            self._write(record)
            if record["kind"] == "epoch":
                self._save(training)
            self._obey(training, after_step=record["kind"] == "step")
            if self._stop and training.step < training.num_steps:
                self._save(training)
                self._end("stopped", training, {"key": "stopped", "step": training.step})
                return
        ruined = ruin(self.run.records())
        self._end("diverged" if ruined else "finished", training, ruined or "")

    def _begin(self) -> None:
        """Take the run over from the launcher, which has written its status by then."""
        with starting(self.run.path.parent):
            present = self.run.read_status()
            if present.active and present.pid not in (0, self.journal.status.pid):
                raise AlreadyRunningError(self.run)
            remove_abandoned(self.run.path)
            so_far = present.model_dump(include=_HOW_FAR)
            self.journal.write_status(message={"key": "preparing"}, **so_far)

    def _obey(self, training: Training, *, after_step: bool) -> None:
        """Carry out what was asked; while paused, wait here."""
        if self._steps and after_step:
            self._done, self._steps, self._paused = self._steps, [], True
        while True:
            self._wait_for_space(training)
            while command := self._commands.take():
                self._carry_out(command, training)
            waits = self._paused and not self._stop
            self._say_whether_it_waits(training, waits)
            if not waits:
                return
            time.sleep(_POLL_SECONDS)

    def _say_whether_it_waits(self, training: Training, waits: bool) -> None:
        if waits and self.journal.status.state != "paused":
            message = {"key": "paused", "step": training.step}
            self.journal.write_status(state="paused", message=message)
        elif not waits and self.journal.status.state == "paused":
            self._say_running(training)
        if self._done and not self._stop:  # after the status: who reads the answer finds it so
            answers = [command.id for command in self._done]
            self.journal.append({"kind": "answer", "step": training.step, "answers": answers})
            self._done = []

    def _wait_for_space(self, training: Training) -> None:
        """While the disk is full, wait with all that it did not take, until room or a stop."""
        if self.journal.flush():
            return
        message = {"key": "disk_full", "step": training.step}
        log.warning(status_sentence(message))
        shown, num_asked, tried = False, 0, time.monotonic()
        while not self._asked_to_stop():
            shown = shown or self.journal.show_waiting(message)
            time.sleep(_POLL_SECONDS)
            num_resumes = self._commands.count("resume")
            if num_resumes > num_asked or time.monotonic() - tried > _RETRY_SECONDS:
                if self.journal.flush():
                    return
                num_asked, tried = num_resumes, time.monotonic()

    def _asked_to_stop(self) -> bool:
        """Return whether to stop, without carrying out anything that needs the network."""
        return self._stop or self._commands.count("stop") > 0

    def _carry_out(self, command: Command, training: Training) -> None:
        event: dict[str, Any] = {}
        match command.name, command.value:
            case "stop", _:
                self._stop = True
                self._done.append(command)
            case "pause" | "resume", _:
                self._paused = command.name == "pause"
                self._done.append(command)
            case "step", _:
                self._paused = False
                self._steps.append(command)
            case "checkpoint", _:
                self._save(training)
                event = {"event": "checkpoint", "name": checkpoints.stem(training)}
            case "set_learning_rate", rate:
                training.learning_rate = rate
                event = {"event": "learning_rate", "value": rate}
            case "set_epochs", float(epochs):
                training.set_epochs(int(epochs))
                self.journal.do(lambda: plan.write_epochs(self.run.path, training.epochs))
                self._say_position(training)
                event = {"event": "epochs", "epochs": training.epochs, "asked": int(epochs)}
        if event:
            self.journal.event(training.step, {**event, "answers": [command.id]})

    def _say_position(self, training: Training) -> None:
        self.journal.write_status(
            num_steps=training.num_steps,
            num_epochs=training.epochs,
            step=training.step,
            epoch=training.epoch,
            progress=training.step / training.num_steps,
        )

    def _say_running(self, training: Training) -> None:
        """Say that it trains, and on which devices where these are not what was asked for."""
        config, used = training.config, [device.name for device in training.engine.devices]
        asked = {"asked": config.device, "num_gpus": config.num_gpus}
        self.journal.write_status(
            state="running", message={"key": "devices", **asked, "used": used}
        )

    def _save(self, training: Training) -> None:
        self.journal.do(lambda: checkpoints.save(training, self.run.checkpoints))

    def _write(self, record: dict[str, Any]) -> None:
        if record["kind"] == "film":
            path = self.run.film / f"frame-{record['step']:08d}.json"
            self.journal.do(lambda: write_json(path, record))
            return
        self.journal.append(record)
        for line in self._tutorial.of(record) if self._tutorial else ():
            log.info(line)
        self.journal.write_status(
            step=record["step"],
            epoch=record["epoch"],
            progress=record["step"] / self.journal.status.num_steps,
        )

    def _end(self, state: str, training: Training, message: str | dict[str, Any]) -> None:
        answers = [command.id for command in self._done if command.name == "stop"]
        end = {"kind": "end", "step": training.step, "state": state, "answers": answers}
        self.journal.append(end)
        self.journal.write_status(state=state, message=message)
        self._wait_for_space(training)
        if not self.journal.flush():
            kept = last_checkpoint(self.run.checkpoints).path is not None
            raise RunError("not_kept", step=training.step, kept=kept)


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
    except Exception as error:
        log.exception("the run failed")
        write_failure(error, worker.run, worker.journal.status)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
