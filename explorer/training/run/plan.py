"""How many epochs a run is to have, once that is no longer what its configuration says.

The wish outlives the worker that it was made for: a checkpoint knows the epochs of the moment at
which it was saved, this file those that were asked for last.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from explorer.config import MAX_EPOCHS
from explorer.files import write_json
from explorer.training.run.json_file import read_json

_NAME = "plan.json"


class _Plan(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    epochs: int = Field(ge=1, le=MAX_EPOCHS)


def write_epochs(folder: Path, epochs: int) -> None:
    """Write ``plan.json`` into a run's folder.

    Raises
    ------
    OSError
        If it cannot be written; the former wish is then kept.
    """
    write_json(folder / _NAME, {"epochs": epochs})


def read_epochs(folder: Path) -> int | None:
    """Return how many epochs were asked for last; None if they were never changed.

    Raises
    ------
    ValueError
        If the file is damaged.
    """
    try:
        return read_json(folder / _NAME, _Plan).epochs
    except FileNotFoundError:
        return None
