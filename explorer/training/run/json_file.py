"""Reading one of a run's JSON files: what it says is checked before anybody uses it."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from explorer.config import explain
from explorer.i18n import _, reason_of
from explorer.plain_files import read_plain

Content = TypeVar("Content", bound=BaseModel)


def read_json(path: Path, content: type[Content]) -> Content:
    """Return what a file says.

    Raises
    ------
    FileNotFoundError
        If it is not there.
    ValueError
        If it cannot be read, is no JSON, or says something else than `content` has.
    """
    try:
        text = read_plain(path)
    except FileNotFoundError:
        raise
    except OSError as error:
        reason = reason_of(error)
        raise ValueError(_("{path} cannot be read: {reason}", path=path, reason=reason)) from error
    try:
        return content.model_validate_json(text)
    except ValidationError as error:
        raise ValueError(_("{path} is damaged: {why}", path=path, why=explain(error))) from error
