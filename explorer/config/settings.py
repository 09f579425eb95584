"""What all settings share: frozen, validated, with a JSON round trip."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

__all__ = ["Fraction", "Positive", "Settings", "Variances", "explain"]

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
Variances = tuple[Positive, Positive, Positive, Positive]


class Settings(BaseModel):
    """The base of all settings: frozen, closed to unknown names, printable as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def to_json(self) -> str:
        """Return the settings as one line of JSON; `model_validate_json` reads it back."""
        return self.model_dump_json()

    def with_(self, **changes: Any) -> Any:
        """Return a validated copy with `changes` applied (a plain copy would not validate)."""
        return type(self).model_validate({**self.model_dump(), **changes})


def explain(error: ValidationError) -> str:
    """Return a pydantic error as one sentence: which setting, and what is wrong with it."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    names = [part for part in first["loc"] if isinstance(part, str)]
    if names and names[-1] not in message:
        return f"{where}: {message}"
    return message
