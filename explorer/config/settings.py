"""What all settings share: frozen, validated, with a JSON round trip."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic_core import PydanticCustomError

from explorer.i18n import N_, _

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
Variances = tuple[Positive, Positive, Positive, Positive]

_LIMITS = {
    "ge": N_("at least {limit}"),
    "gt": N_("above {limit}"),
    "le": N_("at most {limit}"),
    "lt": N_("below {limit}"),
}


class Settings(BaseModel):
    """The base of all settings: frozen, closed to unknown names, printable as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def to_json(self) -> str:
        """Return the settings as one line of JSON; `model_validate_json` reads it back."""
        return self.model_dump_json()

    def with_(self, **changes: Any) -> Any:
        """Return a validated copy with `changes` applied (a plain copy would not validate)."""
        return type(self).model_validate({**self.model_dump(), **changes})

    @field_validator("*", mode="wrap")
    @classmethod
    def _all_limits_are_told(
        cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Any:
        """Have an error know all limits of its field, where pydantic tells the one passed.

        A list that is too long is refused before each of its values is looked at, for a million
        of them would be as many errors.
        """
        metadata = cls.model_fields[str(info.field_name)].metadata
        most = next((each.max_length for each in metadata if hasattr(each, "max_length")), None)
        if most is not None and isinstance(value, (list, tuple)) and len(value) > most:
            raise PydanticCustomError("too_long", "too long", {"max_length": most})
        try:
            return handler(value)
        except ValidationError as error:
            limits = {n: getattr(each, n) for n in _LIMITS for each in metadata if hasattr(each, n)}
            first = error.errors()[0]
            if first["loc"] or not limits.keys() & first.get("ctx", {}).keys():
                raise  # of a value within this one, or no matter of limits
            raise PydanticCustomError("limits", "out of its limits", limits) from None


_SHOWN_AT_MOST = 60
_KINDS = {
    "int": N_("a whole number"),
    "float": N_("a number"),
    "finite_number": N_("a finite number"),
    "bool": N_("true or false"),
    "string_too_long": N_("text of at most {max_length} letters"),
    "string_pattern_mismatch": N_("like {pattern}"),
    "string_type": N_("text"),
    "too_short": N_("a list of at least {min_length}"),
    "too_long": N_("a list of at most {max_length}"),
    "tuple": N_("a list"),
    "list": N_("a list"),
}
"""How the type of pydantic's error begins, and what a person calls such a value."""


def explain(error: ValidationError) -> str:
    """Return a pydantic error as one sentence: which setting, what it may be, what was given."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return _("there is no setting {where}", where=where)
    if first["type"] == "missing":
        return _("{where} is missing", where=where)
    context = first.get("ctx", {})
    limits = {name: context[name] for name in _LIMITS if name in context}
    wanted = _wanted(first, limits)
    if wanted:
        given = first["input"]
        shown = given if limits and isinstance(given, str) else _shown(given)  # a number as text
        text = _("{where} must be {wanted}, got {shown}")
        return text.format(where=where, wanted=wanted, shown=shown).strip()
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "json_invalid":
        message = _("Invalid JSON: {error}", **first["ctx"])
    elif first["type"] in ("model_type", "dict_type"):
        message = _("{shown} is not an object of names with values", shown=_shown(first["input"]))
    names = [part for part in first["loc"] if isinstance(part, str)]
    if names and names[-1] not in message:
        return _("{where}: {message}", where=where, message=message)
    return message


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn pydantic's report, several lines long, into a `ValueError` of one sentence."""
    try:
        yield
    except ValidationError as error:
        raise ValueError(explain(error)) from error


def _wanted(detail: ErrorDetails, limits: dict[str, float]) -> str:
    """Return what a value must be; empty where pydantic's own words have to do."""
    if limits.keys() == {"ge", "le"}:
        least, most = _shown(limits["ge"]), _shown(limits["le"])
        return _("{least} to {most}", least=least, most=most)
    if limits:
        bounds = (_(_LIMITS[name], limit=_shown(limits[name])) for name in limits)
        return _(" and ").join(bounds)
    context = detail.get("ctx", {})
    if detail["type"] == "literal_error":
        return str(context["expected"]).replace(" or ", _(" or "))
    kinds = (kind for name, kind in _KINDS.items() if detail["type"].startswith(name))
    return _(next(kinds, ""), **context)


def _shown(value: object) -> str:
    """Return a value as a person writes it, cut off where it is long."""
    text = f"{value:g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= _SHOWN_AT_MOST else f"{text[: _SHOWN_AT_MOST - 1]}…"
