"""What a dashboard or the command line may ask of a worker."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from explorer.config import MAX_EPOCHS

__all__ = ["Command"]


class Command(BaseModel):
    """What a dashboard or the command line asks of a worker; asking twice does no harm.

    Parameters
    ----------
    name : str
    value : float, optional
        For ``set_learning_rate`` the rate, above 0, or nothing to go back to the recipe's
        schedule. For ``set_epochs`` the whole number of epochs of the run, 1 to 10000; fewer
        than are begun mean: finish after the present one. Other commands have none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal[
        "stop", "pause", "resume", "step", "checkpoint", "set_learning_rate", "set_epochs"
    ]
    value: float | None = Field(None, gt=0.0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _value_is_complete(self) -> Command:
        if self.name == "set_epochs":
            if self.value is None or self.value not in range(1, MAX_EPOCHS + 1):
                raise ValueError(
                    f"epochs must be a whole number from 1 to {MAX_EPOCHS}, got {self.value}"
                )
        elif self.name != "set_learning_rate" and self.value is not None:
            raise ValueError(f"{self.name} takes no value, got {self.value}")
        return self
