"""A language for tests: what a text says stands in rare brackets, what is filled in does not."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tests.places import ROOT

LANGUAGE = "eo"
_KEPT = re.compile(r"(\{\{|\}\}|\{[^{}]*\}|<[^<>]+>|&#?\w+;|\*\*|\n)")
"""Places to fill, tags and entities stay as they are."""
_LETTER = re.compile(r"[^\W\d_]")


def pseudo(text: str) -> str:
    """Return a text in the pseudo-language: "{n} boxes" becomes "{n}⟦ boxes⟧"."""
    pieces = _KEPT.split(text)
    return "".join(
        f"⟦{piece}⟧" if number % 2 == 0 and _LETTER.search(piece) else piece
        for number, piece in enumerate(pieces)
    )


def english_left(text: str) -> list[str]:
    """Return the words of a shown text that came through no catalogue."""
    return re.findall(r"[A-Za-z]{2,}", re.sub(r"⟦[^⟦⟧]*⟧", " ", text))


def write_catalogue(folder: Path) -> None:
    """Extract all texts as `make messages` does, and write their catalogue below `folder`."""
    template = folder / "texts.pot"
    extract = ["pybabel", "-q", "extract", "-F", str(ROOT / "pyproject.toml")]
    CommandLineInterface().run([*extract, "-o", str(template), str(ROOT)])
    with template.open("rb") as stream:
        catalogue = read_po(stream, locale=LANGUAGE)
    catalogue.fuzzy = False
    for message in catalogue:
        if isinstance(message.id, tuple):
            message.string = tuple(map(pseudo, message.id))
        elif message.id:
            message.string = pseudo(message.id)
    place = folder / LANGUAGE / "LC_MESSAGES" / "ssd-explorer.mo"
    place.parent.mkdir(parents=True)
    with place.open("wb") as stream:
        write_mo(stream, catalogue)
