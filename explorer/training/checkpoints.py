"""Checkpoints of a run: weights, optimiser states and position, resumable bit by bit."""

from __future__ import annotations

from pathlib import Path

from explorer.engine.checkpoint_files import CheckpointError, describe_checkpoint
from explorer.files import sha256
from explorer.i18n import _
from explorer.training.loop import Training

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
    __, content = describe_checkpoint(path)
    about = content["about"]
    states_path = path.with_suffix(".states")
    if not states_path.is_file() or sha256(states_path) != about.get("states_sha256"):
        raise CheckpointError(_("{states_path} is missing or damaged", states_path=states_path))
    training.engine.load_weights(path)
    training.engine.load_states(states_path, about["step"])
    training.step = about["step"]
    training.validated_step = about["validated_step"]
    training.learning_rate = about["learning_rate"]
    # In earlier versions it could not change.
    training.epochs = about.get("epochs", training.config.epochs)


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
