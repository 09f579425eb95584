"""A page's state, from a text that the user pasted or that came with the address."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from explorer.i18n import _
from explorer.pages.shared.page.sentences import sentence

State = TypeVar("State", bound=BaseModel)


def read_state(kind: type[State], text: str) -> State:
    """Read the JSON of a state.

    Raises
    ------
    ValueError
        If `text` is no such state: one sentence that says why.
    """
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise ValueError(sentence(error, _("{why}; the page stays as it was."))) from None
