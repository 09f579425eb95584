"""Text files as they are found: in UTF-8, in what a mark or a declaration says, or as told."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from explorer.i18n import _, reason_of
from explorer.plain_files import POINTER, is_pointer

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16's does, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_COMMON = ("cp1252", "gb18030", "shift_jis", "cp1251", "big5", "euc_kr")
"""What systems of different countries write without saying so."""

_WIDER = {"gb2312": "gb18030", "gbk": "gb18030"}
"""Encodings by their older names: files hold characters that only the newer ones have."""

_OFFERED = 3
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([\w.-]+)["']""")
_WORD_END = re.compile(rb"[\x00-\x20,;:<>\[\](){}\"'|=/]")


def read_text(path: Path, encoding: str | None = None) -> str:
    """Return what a text file says.

    Parameters
    ----------
    encoding : str, optional
        Of files that have no mark and no declaration of their own; by default UTF-8.

    Raises
    ------
    ValueError
        If it cannot be read, or is not in that encoding: one sentence that shows what the file
        would say in others.
    """
    return decode(_content(path), path.name, encoding)


def read_xml(path: Path, encoding: str | None = None) -> str:
    """Return what an XML file says, as `read_text`; what it declares comes before `encoding`."""
    content = _content(path)
    declared = _DECLARED.match(content[:200])
    if declared is None or _marked(content):
        return decode(content, path.name, encoding)
    name = declared[1].decode("ascii").lower()
    try:
        return content.decode(_WIDER.get(name, name))
    except (LookupError, UnicodeError):  # many files declare UTF-8 and are something else
        return decode(content, path.name, encoding)


def decode(content: bytes, name: str, encoding: str | None = None) -> str:
    """Return the text of a file's content, as `read_text`; `name` is what messages call it."""
    wanted = _marked(content) or encoding or "utf-8"
    try:
        return content.decode(_WIDER.get(wanted.lower(), wanted))
    except UnicodeDecodeError as error:
        word = _word_at(content, error.start)
        text = _("{name} is not in {encoding}: {meanings}")
        meanings = _meanings(word, wanted)
        raise ValueError(
            text.format(name=name, encoding=wanted.upper(), meanings=meanings)
        ) from None


def is_encoding(name: str) -> bool:
    """Say whether it is the name of an encoding of texts."""
    try:
        "".encode(name)
    except (LookupError, ValueError):
        return False
    return True


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        text = _("{name} cannot be read: {reason}", name=path.name, reason=reason_of(error))
        raise ValueError(text) from None
    if is_pointer(content):
        raise ValueError(_(POINTER, name=path.name))
    return content


def _marked(content: bytes) -> str | None:
    """Return the encoding that the first bytes show; every second one of UTF-16 is 0."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    even, odd = content[:200:2], content[1:200:2]
    if len(odd) > 1 and not any(odd) and all(even):
        return "utf-16-le"
    if len(odd) > 1 and not any(even) and all(odd):
        return "utf-16-be"
    return None


def _word_at(content: bytes, place: int) -> bytes:
    """Return the word that holds a byte."""
    begin = max((at.end() for at in _WORD_END.finditer(content, max(place - 40, 0), place)),
                default=max(place - 40, 0))  # fmt: skip
    end = _WORD_END.search(content, place, place + 40)
    return content[begin : end.start() if end else place + 40]


def likely_encodings(path: Path) -> tuple[str, ...]:
    """Return encodings under which a text file makes sense; none if it says its own or is UTF-8."""
    content = _content(path)
    try:
        content.decode(_marked(content) or "utf-8")
    except UnicodeDecodeError as error:
        readings = _readings(_word_at(content, error.start))
        return tuple(encoding for encoding, __ in readings)
    return ()


def _readings(word: bytes) -> list[tuple[str, str]]:
    """Return a word in the encodings under which it is one."""
    readings = []
    for encoding in _COMMON:
        try:
            text = word.decode(encoding)
        except UnicodeDecodeError:
            continue
        if all(one.isalnum() or one in "-_. " for one in text):
            readings.append((encoding, text))
    return readings[:_OFFERED]


def _meanings(word: bytes, wanted: str) -> str:
    """Return what a word says in other encodings, and what to do."""
    readings = [reading for reading in _readings(word) if reading[0] != wanted]
    if not readings:
        return _("save it as UTF-8")
    shown = ", ".join(
        _("{encoding} reads “{text}”", encoding=encoding, text=text) for encoding, text in readings
    )
    return _(
        "{shown}; say which is right (--encoding {first}), or save the file as UTF-8",
        shown=shown,
        first=readings[0][0],
    )
