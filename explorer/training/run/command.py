"""What a dashboard or the command line may ask of a worker."""

from __future__ import annotations

import logging
from typing import Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from explorer.config import MAX_EPOCHS
from explorer.i18n import _
from explorer.training.run.following import Follower

log = logging.getLogger(__name__)


class Command(BaseModel):
    """What a dashboard or the command line asks of a worker; asking twice does no harm."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(default_factory=lambda: uuid4().hex[:8])
    """The worker's record that says it is done names it among its ``answers``."""
    name: Literal[
        "stop", "pause", "resume", "step", "checkpoint", "set_learning_rate", "set_epochs"
    ]
    value: float | None = Field(None, gt=0.0, allow_inf_nan=False)
    """For ``set_learning_rate`` the rate, above 0, or nothing to go back to the recipe's
    schedule. For ``set_epochs`` the whole number of epochs of the run, 1 to 10000; fewer than
    are begun mean: finish after the present one. Other commands have none.
    """

    @model_validator(mode="after")
    def _value_is_complete(self) -> Command:
        if self.name == "set_epochs":
            if self.value is None or self.value not in range(1, MAX_EPOCHS + 1):
                text = _("epochs must be a whole number from 1 to {max_epochs}, got {value}")
                raise ValueError(text.format(max_epochs=MAX_EPOCHS, value=self.value))
        elif self.name != "set_learning_rate" and self.value is not None:
            text = _("{name} takes no value, got {value}")
            raise ValueError(text.format(name=self.name, value=self.value))
        return self


class CommandQueue:
    """The commands that a worker has read and not yet carried out, in the order of asking.

    What is no command in the file that `follower` reads is passed over.
    """

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._waiting: list[Command] = []

    def count(self, name: str) -> int:
        """Return how many commands of that name wait, of those asked until now."""
        self._read()
        return sum(command.name == name for command in self._waiting)

    def take(self) -> Command | None:
        """Take out the next command; None if none waits."""
        self._read()
        return self._waiting.pop(0) if self._waiting else None

    def _read(self) -> None:
        for content in self._follower:
            try:
                self._waiting.append(Command.model_validate(content))
            except ValidationError:
                log.warning("no command: %r", content)
