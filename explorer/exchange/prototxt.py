"""Protobuf's text format, as far as Caffe's network files use it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from explorer.i18n import _

MOST_NESTED = 32

_TOKEN = re.compile(
    r"""(?P<blank>\s+|\#[^\n]*)
    |(?P<mark>[{}:;,\[\]])
    |(?P<value>"[^"\n]*"|'[^'\n]*'|[^\s{}:;,\[\]"'#]+)""",
    re.VERBOSE,
)


class Message(dict[str, list["str | Message"]]):
    """The values of each field, in the order of the file; scalars stay text."""

    def all(self, name: str) -> Iterator[Message]:
        """Yield the messages of the field `name` here and inside, depth first."""
        for field, values in self.items():
            for value in values:
                if isinstance(value, Message):
                    if field == name:
                        yield value
                    yield from value.all(name)

    def numbers(self, name: str) -> list[float]:
        """Return the values of a field whose numbers must be above 0; none if it is not there.

        Raises
        ------
        ValueError
            If one is something else.
        """
        numbers = []
        for value in self.get(name, []):
            try:
                number = float(value) if isinstance(value, str) else math.nan
            except ValueError:
                number = math.nan
            if not 0 < number < math.inf:
                text = value[:40] if isinstance(value, str) else "{…}"
                raise ValueError(
                    _("{name} must be a number above 0, got {text}.").format(name=name, text=text)
                )
            numbers.append(number)
        return numbers

    def is_on(self, name: str, default: bool) -> bool:
        """Return a true-or-false field, as protobuf reads its text."""
        return self.get(name, [str(default)])[-1] in ("true", "True", "t", "1")


def parse_prototxt(text: str) -> Message:
    """Read a message in text format.

    Raises
    ------
    ValueError
        If it is malformed; the sentence names the line.
    """
    root = Message()
    open_messages = [root]
    field, in_list = "", False
    for token, line in _tokens(text):
        inner = open_messages[-1]
        if token == "{" and field and not in_list and len(open_messages) < MOST_NESTED:
            open_messages.append(Message())
            inner.setdefault(field, []).append(open_messages[-1])
            field = ""
        elif token == "}" and not field and len(open_messages) > 1:
            open_messages.pop()
        elif token == "[" and field and not in_list:
            in_list = True
        elif token == "]" and in_list:
            field, in_list = "", False
        elif (token in ",;" and (in_list or not field)) or (token == ":" and field and not in_list):
            pass  # they separate, and say nothing
        elif token in "{}[]:;,":
            raise _unexpected(token, line)
        elif not field:
            field = token
        else:
            inner.setdefault(field, []).append(token)
            field = field if in_list else ""
    if field or len(open_messages) > 1:
        raise ValueError(_("The text ends too early: a closing bracket or a value is missing."))
    return root


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    place, line = 0, 1
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise _unexpected(text[place], line)
        if found.lastgroup != "blank":
            yield found.group(), line
        line += found.group().count("\n")
        place = found.end()


def _unexpected(token: str, line: int) -> ValueError:
    return ValueError(_("Line {line}: “{token}” is not expected here.", line=line, token=token))
