"""What is in the files of a folder, as far as a format is known by it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.folder.texts import read_text
from explorer.i18n import _

_PER_FOLDER = 5
_LOOKED_INTO = 200
"""JSON files that are opened to know what they are: of each folder some, the largest first, since
settings of other programs may be among them."""


class Look:
    """A folder that importers look at, one after the other."""

    def __init__(self, files: ImageFiles) -> None:
        self.files = files
        self.found: list[str] = []
        """The formats that were seen before."""
        self.passed_over: list[str] = []
        """Formats that are there and from which one that was seen is made."""
        self.refused: list[str] = []
        """Why files that might be labels are none that can be read, one sentence each."""

    @cached_property
    def json_files(self) -> list[tuple[Path, Any]]:
        """Some JSON files with what they hold, without those that are damaged."""
        contents = []
        for path in self._json_files():
            try:
                contents.append((path, load_json(path)))
            except ValueError as error:
                self.refused.append(str(error))
        return contents

    @property
    def json_contents(self) -> Iterator[Any]:
        """What some JSON files hold."""
        return (content for __, content in self.json_files)

    def _json_files(self) -> list[Path]:
        paths = self.files.with_suffix(".json")
        paths.sort(key=lambda path: path.stat().st_size, reverse=True)
        taken: Counter[Path] = Counter()
        chosen = []
        for path in paths:
            taken[path.parent] += 1
            if taken[path.parent] <= _PER_FOLDER:
                chosen.append(path)
        return chosen[:_LOOKED_INTO]


def begins(path: Path, mark: bytes) -> bool:
    """Say whether `mark` is in the first 1000 bytes of a file, in whatever width of characters."""
    try:
        with path.open("rb") as stream:
            return mark in stream.read(1000).replace(b"\0", b"")
    except OSError:
        return False


def load_json(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises
    ------
    ValueError
        If it cannot be read: one sentence.
    """
    text = read_text(path)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        text = _("{name} is not readable as JSON: {error}")
        raise ValueError(text.format(name=path.name, error=error)) from None


def json_files(files: ImageFiles, notes: list[str]) -> Iterator[tuple[Path, Any]]:
    """Yield a folder's JSON files with what they hold; one that is damaged becomes a note."""
    for path in files.with_suffix(".json"):
        try:
            content = load_json(path)
        except ValueError as error:
            notes.append(_("{error}: it is left alone", error=error))
        else:
            yield path, content


def entries(content: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Return the JSON objects of a list in another one; none where there is no such list."""
    return objects_in(content.get(key))


def objects_in(value: Any) -> list[dict[str, Any]]:
    """Return the JSON objects of a list; none where it is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
