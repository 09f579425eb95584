"""Checkpoints of a run: weights, optimiser states and position, resumable bit by bit."""

from __future__ import annotations

from pathlib import Path

from explorer.engine.checkpoint_files import CheckpointError, describe_pair
from explorer.files import sha256
from explorer.training.loop import Training
from explorer.training.run.checkpoint_list import checkpoints_in, last_checkpoint, read_position

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
    training.engine.save_states(path.with_suffix(".states"))
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
    training.engine.save(path, about)
    _drop_old(folder)
    return path


def latest(folder: Path) -> Path | None:
    """Return the newest checkpoint whose files are all there and undamaged, or None."""
    return last_checkpoint(folder).path


def restore(training: Training, path: Path) -> None:
    """Put weights, optimiser states and position of `path` into `training`.

    Raises
    ------
    CheckpointError
        If it is damaged or was made for another network; `training` is then as it was.
    """
    position = read_position(path)
    training.engine.load_weights(path)
    training.engine.load_states(path.with_suffix(".states"), position.step)
    training.step = position.step
    training.validated_step = position.validated_step
    training.learning_rate = position.learning_rate
    training.epochs = position.epochs or training.config.epochs


def _drop_old(folder: Path) -> None:
    described = [path for path in checkpoints_in(folder) if _is_described(path)]
    for path in described[_KEPT:]:
        for suffix in (".json", ".states", ".params"):
            path.with_suffix(suffix).unlink(missing_ok=True)


def _is_described(path: Path) -> bool:
    try:
        describe_pair(path)
    except CheckpointError:
        return False
    return True
