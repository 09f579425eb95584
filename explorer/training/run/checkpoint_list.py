"""The checkpoints in a run's folder, read without MXNet: which are whole, and which is the last."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.config import MAX_EPOCHS, explain
from explorer.engine.checkpoint_files import CheckpointError, verify_pair
from explorer.files import sha256
from explorer.i18n import _
from explorer.training.run.records import Count

_NAME = re.compile(r"epoch-(\d+)(?:-step-(\d+))?")


class Position(BaseModel):
    """Where a run stood when it saved a checkpoint: the part "about" of its description."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    step: Count
    validated_step: Count
    learning_rate: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None
    """Where it was not the schedule's."""
    epochs: Annotated[int, Field(ge=1, le=MAX_EPOCHS)] | None = None
    """Of the whole run; in earlier versions it could not change."""
    states_sha256: str


@dataclass(frozen=True)
class LastCheckpoint:
    """The checkpoint from which a run goes on."""

    path: Path | None
    """The newest that is whole; None if none is."""
    passed_over: tuple[str, ...]
    """The names of those that are newer and damaged, the newest first."""
    step: int = 0
    """Where the run stood then; 0 without a checkpoint."""

    def remark(self) -> dict[str, Any] | None:
        """Return the event that a run records when it goes on from here; None if all is well."""
        if self.path is None:
            event = {"event": "began_again"}
        elif self.passed_over:
            event = {"event": "fell_back", "name": self.path.stem}
        else:
            return None
        return {**event, "step": self.step, "passed_over": list(self.passed_over)}


def last_checkpoint(folder: Path) -> LastCheckpoint:
    """Return the newest checkpoint whose files are all there and undamaged."""
    passed_over: list[str] = []
    for path in checkpoints_in(folder):
        try:
            step = read_position(path).step
        except (OSError, ValueError):
            passed_over.append(path.stem)
        else:
            return LastCheckpoint(path, tuple(passed_over), step)
    return LastCheckpoint(None, tuple(passed_over))


def checkpoints_in(folder: Path) -> list[Path]:
    """Return all that have the name of a checkpoint, damaged or not, the newest first."""
    named = ((_NAME.fullmatch(path.stem), path) for path in folder.glob("epoch-*.params"))
    placed = [(int(found[1]), int(found[2] or 0), path) for found, path in named if found]
    return [path for *_position, path in sorted(placed, reverse=True)]


def read_position(path: Path) -> Position:
    """Return where the run stood at a checkpoint.

    Raises
    ------
    CheckpointError
        If a file of it is missing or damaged.
    """
    __, content = verify_pair(path)
    try:
        position = Position.model_validate(content["about"])
    except ValidationError as error:
        json = path.with_suffix(".json")
        raise CheckpointError(
            _("{path} is damaged: {why}", path=json, why=explain(error))
        ) from None
    states = path.with_suffix(".states")
    if not states.is_file() or sha256(states) != position.states_sha256:
        raise CheckpointError(_("{states_path} is missing or damaged", states_path=states))
    return position
