"""Tiny runs for the tests: a step of them takes milliseconds."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import psutil
from numpy.typing import NDArray

from explorer.config import TrainConfig, recipe
from explorer.datasets import open_dataset
from explorer.engine import Engine
from explorer.net.runtime import Device, choose_device
from explorer.training.loop import Training
from explorer.training.run.command import Command
from explorer.training.run.directory import RunDirectory, RunStatus
from explorer.training.run.sentences import event_sentence
from tests.datasets.record_files import write_records

T = TypeVar("T")

PATIENCE = 200.0
"""Seconds. Only a failure takes so long: a worker needs two, many on a busy machine."""


def write_tiny_dataset(folder: Path, num_train: int = 16, num_val: int = 4) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for split, count in (("train", num_train), ("val", num_val)):
        corners = rng.uniform(0, 0.5, (count, 2))
        sides = rng.uniform(0.2, 0.5, (count, 2))
        boxes = np.hstack([np.zeros((count, 1)), corners, corners + sides])
        write_records(folder / f"{split}.rec", boxes[:, None].tolist())
    return folder


def tiny_config(dataset: Path, **changes: Any) -> TrainConfig:
    tiny = {"input_size": 64, "batch_size": 4, "epochs": 2, "device": "cpu", "learning_rate": 0.002}
    return recipe("fast", **{**tiny, "dataset": str(dataset), **changes})


def new_training(config: TrainConfig, *devices: Device) -> Training:
    """Return a training on `devices`, by default on the CPU."""
    train, val = (open_dataset(config.dataset, split) for split in ("train", "val"))
    config = config.with_(class_names=train.class_names)
    return Training(Engine.of(config, *(devices or (choose_device("cpu"),))), train, val)


def weights(training: Training) -> dict[str, NDArray[np.float32]]:
    parameters = training.engine.net._collect_params_with_prefix()
    return {name: parameter.data().asnumpy() for name, parameter in parameters.items()}


def wait_until(condition: Callable[[], T | None], what: str, pause: float = 0.02) -> T:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(pause)
    raise AssertionError(f"waited {PATIENCE} s for {what}")


def wait_for_state(run: RunDirectory, *states: str) -> RunStatus:
    def arrived() -> RunStatus | None:
        status = run.read_status()
        if status.state in ("failed", "died") and status.state not in states:
            raise AssertionError(f"{status.state}: {status.sentence}\n{run.log.read_text()}")
        return status if status.state in states else None

    return wait_until(arrived, f"the run to be {' or '.join(states)}")


def wait_for_step(run: RunDirectory, step: int) -> RunStatus:
    def arrived() -> RunStatus | None:
        status = run.read_status()
        assert status.active, f"{status.state}: {status.sentence}\n{run.log.read_text()}"
        return status if status.step >= step else None

    return wait_until(arrived, f"step {step}")


def wait_for_end(run: RunDirectory) -> RunStatus:
    """Wait until the process is gone, too: its last words are then written."""
    status = wait_for_state(run, "finished", "diverged", "stopped", "failed", "died")
    wait_until(lambda: not status.process_is_alive(), "the worker to end")
    return status


def step_record(step: int, **changes: Any) -> dict[str, Any]:
    """Return the least that a record of a step has."""
    measured = {"class_loss": 0.5, "box_loss": 0.25, "num_samples": 4, "seconds": {}}
    return {"kind": "step", "step": step, **measured, "time": 100.0 + step, **changes}


def of_kind(run: RunDirectory, kind: str) -> list[dict[str, Any]]:
    return [record for record in run.records() if record["kind"] == kind]


def events(run: RunDirectory) -> list[str]:
    """Return what the run's events say."""
    return [event_sentence(record) for record in of_kind(run, "event")]


def stop(run: RunDirectory) -> None:
    run.send(Command(name="stop"))
    wait_for_end(run)


def kill(run: RunDirectory) -> None:
    status = run.read_status()
    if status.active and status.process_is_alive():
        psutil.Process(status.pid).kill()
        wait_until(lambda: not status.process_is_alive(), "the worker to be gone")


@contextmanager
def files_no_larger_than(num_bytes: int) -> Iterator[None]:
    """Have the system refuse to write more, as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
