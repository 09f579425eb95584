"""Checkpoints of a run: weights, optimiser states and position, resumable bit by bit.

The optimiser's states are stored as plain arrays: MXNet's own `Trainer.load_states` unpickles,
and an unpickled file can run code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from explorer.files import sha256, write_atomically
from explorer.i18n import _
from explorer.net.checkpoint import (
    CheckpointError,
    NotWholeError,
    describe_checkpoint,
    load_checkpoint,
    save_checkpoint,
)
from explorer.net.runtime import mx
from explorer.training.loop import Training

__all__ = ["latest", "restore", "save", "stem"]

_KEPT = 3


def stem(training: Training) -> str:
    """Return what a checkpoint of the present position is called, without its suffixes."""
    within = training.step % training.steps_per_epoch
    return f"epoch-{training.epoch:04d}" + (f"-step-{within:04d}" if within else "")


def save(training: Training, folder: Path) -> Path:
    """Write states, weights and description, the description last, and drop old checkpoints.

    Raises
    ------
    CheckpointError, OSError
        If the weights are not finite or could not be written; earlier checkpoints stay.
    """
    path = folder / f"{stem(training)}.params"
    mx.nd.waitall()
    states = _states(training.learner.trainer)
    write_atomically(path.with_suffix(".states"), lambda to: _write_states(to, states))
    about = {
        "step": training.step,
        "validated_step": training.validated_step,
        "epoch": training.epoch,
        "recipe": training.config.recipe,
        "dataset": training.config.dataset,
        "learning_rate": training.learning_rate,
        "epochs": training.epochs,
        "states_sha256": sha256(path.with_suffix(".states")),
    }
    save_checkpoint(path, training.net, training.detector, about)
    _drop_old(folder)
    return path


def latest(folder: Path) -> Path | None:
    """Return the newest checkpoint whose files are all there and undamaged, or None."""
    for path in _newest_first(folder):
        __, content = describe_checkpoint(path)
        states = path.with_suffix(".states")
        if (
            states.is_file()
            and sha256(path) == content.get("sha256")
            and sha256(states) == content["about"].get("states_sha256")
        ):
            return path
    return None


def restore(training: Training, path: Path) -> None:
    """Put weights, optimiser states and position of `path` into `training`.

    Raises
    ------
    CheckpointError
        If it is damaged or was made for another network; `training` is then as it was.
    """
    net, __ = load_checkpoint(path, *training.devices, expected=training.detector)
    __, content = describe_checkpoint(path)
    about = content["about"]
    states_path = path.with_suffix(".states")
    if not states_path.is_file() or sha256(states_path) != about.get("states_sha256"):
        raise CheckpointError(_("{states_path} is missing or damaged", states_path=states_path))
    training.net = net
    training.learner = type(training.learner)(
        net, training.detector, training.config, *training.devices
    )
    _restore_states(training.learner.trainer, mx.nd.load(str(states_path)), about["step"])
    training.step = about["step"]
    training.validated_step = about["validated_step"]
    training.learning_rate = about["learning_rate"]
    training.epochs = about.get("epochs", training.config.epochs)  # of old, it could not change


def _newest_first(folder: Path) -> list[Path]:
    def step(path: Path) -> int:
        return int(describe_checkpoint(path)[1]["about"]["step"])

    found = []
    for path in folder.glob("epoch-*.params"):
        try:
            found.append((step(path), path))
        except (CheckpointError, KeyError, TypeError):
            continue  # a crash between the weights and their description left it
    return [path for _, path in sorted(found, reverse=True)]


def _drop_old(folder: Path) -> None:
    for path in _newest_first(folder)[_KEPT:]:
        for suffix in (".json", ".states", ".params"):
            path.with_suffix(suffix).unlink(missing_ok=True)


def _states(trainer: Any) -> dict[str, Any]:
    """Return the optimiser's arrays by name: ``INDEX.PART``, of which Adam has two.

    Every device has the same ones.
    """
    arrays = {}
    for index, state in trainer._updaters[0].states.items():
        parts = state if isinstance(state, tuple) else (state,)
        for part, array in enumerate(parts):
            if array is not None:
                arrays[f"{index}.{part}"] = array.as_in_context(mx.cpu())
    # nd.save refuses an empty dict: plain SGD has no states.
    return arrays or {"none": mx.nd.zeros((1,))}


def _write_states(path: Path, states: dict[str, Any]) -> None:
    not_whole = _("{folder} did not take the checkpoint: is the disk full?", folder=path.parent)
    try:
        mx.nd.save(str(path), states)
        written = mx.nd.load(str(path))  # MXNet may report success on a full disk
    except mx.base.MXNetError as error:
        raise NotWholeError(not_whole) from error
    if written.keys() != states.keys() or not all(
        np.array_equal(written[name].asnumpy(), array.asnumpy(), equal_nan=True)
        for name, array in states.items()
    ):
        raise NotWholeError(not_whole)


def _restore_states(trainer: Any, arrays: dict[str, Any], step: int) -> None:
    parts: dict[int, list[Any]] = {}
    for name in sorted(arrays.keys() - {"none"}):
        parts.setdefault(int(name.split(".")[0]), []).append(arrays[name])
    for index, parameter in enumerate(trainer._params):
        if index not in parts:  # saved before the first step, or an optimiser without states
            continue
        for updater, context in zip(trainer._updaters, parameter.list_ctx(), strict=True):
            moved = tuple(array.copyto(context) for array in parts[index])
            fresh = trainer._optimizer.create_state(index, parameter.data(context))
            updater.states[index] = moved if isinstance(fresh, tuple) else moved[0]
            updater.states_synced[index] = True
    optimizer = trainer._optimizer
    # Adam's bias correction counts steps, on whichever device: each count starts here.
    optimizer.begin_num_update = optimizer.num_update = step
