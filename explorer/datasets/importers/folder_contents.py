"""What is in the files of a folder, as far as a format is known by it."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from explorer.datasets.importers.image_files import ImageFiles
from explorer.i18n import _

_LOOKED_INTO = 5
"""Files of one suffix that are opened to know what they are; a read-me may be among them."""


class Look:
    """A folder that importers look at, one after the other."""

    def __init__(self, files: ImageFiles) -> None:
        self.files = files
        self.found: list[str] = []
        """The formats that were seen before."""

    @cached_property
    def json_contents(self) -> list[Any]:
        """What the first JSON files hold; None for one that is damaged."""
        contents = []
        for path in self._json_files():
            try:
                contents.append(load_json(path))
            except ValueError:
                contents.append(None)
        return contents

    def damaged_json(self) -> str:
        """Return which of these files is no JSON, and why; empty if none is."""
        for path in self._json_files():
            try:
                load_json(path)
            except ValueError as error:
                return str(error)
        return ""

    def _json_files(self) -> list[Path]:
        return self.files.with_suffix(".json")[:_LOOKED_INTO]


def begins(path: Path, mark: bytes) -> bool:
    """Say whether `mark` is in the first 1000 bytes of a file."""
    try:
        with path.open("rb") as stream:
            return mark in stream.read(1000)
    except OSError:
        return False


def load_json(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises
    ------
    ValueError
        If it cannot be read: one sentence.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        text = _("{name} is not readable as JSON: {error}")
        raise ValueError(text.format(name=path.name, error=error)) from None
