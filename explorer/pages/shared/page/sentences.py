"""What an error says, as a sentence for the page; and states that are read so."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from explorer.config import explain
from explorer.i18n import _

State = TypeVar("State", bound=BaseModel)


def sentence(error: Exception, around: str = "") -> str:
    """Return what an error says, with a capital and a full stop; `around` has its place {why}."""
    text = explain(error) if isinstance(error, ValidationError) else str(error)
    why = f"{text[:1].upper()}{text[1:].rstrip('.。')}"
    return around.format(why=why) if around else _("{why}.", why=why)


def read_state(kind: type[State], text: str) -> State:
    """Read the JSON of a page's state, which the user pasted or the address had.

    Raises
    ------
    ValueError
        If `text` is no such state: one sentence that says why.
    """
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise ValueError(sentence(error, _("{why}; the page stays as it was."))) from None
