"""Listens, in all tests, whether what is refused is refused in words of the catalogue.

The tests speak English, so a text tells nothing of where it came from. Here the catalogue notes
what it said, and `pytest.raises` compares: a refusal of ours that it never said is an error.
"""

from __future__ import annotations

import gettext
import re
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from pydantic import ValidationError

import explorer
from explorer import i18n
from explorer.config import explain

_OURS = str(Path(explorer.__file__).parent)
_FOR_PROGRAMMERS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    IndexError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    TypeError,
)
"""What only a programmer can meet is said in English."""
_OTHERS_WORDS = ("command", "error", "shown")
"""Places for what another library, or the user, has said, and for what a terminal takes."""
_SENTENCE = re.compile(r"[a-z]{2,} [a-z]{2,}")

said: set[str] = set()
"""What the catalogue said in the present test, as one line."""


class Said(str):
    """A text of the catalogue, which stays one when its places are filled."""

    __slots__ = ()

    def format(self, *args: Any, **values: Any) -> Said:
        """Fill the places in; a sentence among the values must be of the catalogue, too."""
        text = Said(super().format(*args, **values))
        raw = [
            value
            for name, value in values.items()
            if name not in _OTHERS_WORDS
            and type(value) is str
            and _SENTENCE.search(value)
            and not _was_said(value)
        ]
        if not raw:
            said.add(_line(text))
        return text


class Listening(gettext.NullTranslations):
    """English that remembers what it said."""

    def gettext(self, message: str) -> str:
        """Return the text itself."""
        said.add(_line(message))
        return Said(message)

    def ngettext(self, one: str, many: str, n: int) -> str:
        """Return the form for `n`."""
        return Said(super().ngettext(one, many, n))


def _line(text: str) -> str:
    """Return a text as one line, in small letters: a page begins a sentence with a capital."""
    return " ".join(str.__str__(text).split()).lower()


def _was_said(text: str) -> bool:
    """Say whether a text is, or has in it, what the catalogue said."""
    line = _line(text)
    return line in said or any(len(each) > 8 and each in line for each in said)


def check(error: BaseException) -> None:
    """Fail where `error` is a refusal of explorer/ whose words are not of the catalogue."""
    listens = isinstance(i18n._catalogue, Listening)
    if not listens or isinstance(error, _FOR_PROGRAMMERS) or not _is_ours(error):
        return
    if isinstance(error, ValidationError):
        text = explain(error)
    elif isinstance(error, OSError) and error.errno is not None:
        return  # the system's, which `reason_of` translates
    else:
        text = str(error)
    if _SENTENCE.search(text) and not _was_said(text):
        pytest.fail(f"this refusal is not of the catalogue: {text}")


def _is_ours(error: BaseException) -> bool:
    trace: TracebackType | None = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OURS)


class _Raises:
    """What `pytest.raises` returns, which listens when it is left."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._caught: Any = None

    def __enter__(self) -> Any:
        self._caught = self._inner.__enter__()
        return self._caught

    def __exit__(self, *how: Any) -> Any:
        is_expected = self._inner.__exit__(*how)
        if is_expected:
            check(self._caught.value)
        return is_expected


@pytest.fixture(autouse=True)
def _refusals_are_of_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    raises = pytest.raises
    monkeypatch.setattr(pytest, "raises", lambda *a, **k: _Raises(raises(*a, **k)))
    monkeypatch.setattr("explorer.i18n._catalogue", Listening())
    said.clear()
