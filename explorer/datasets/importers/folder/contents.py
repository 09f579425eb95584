"""What is in the files of a folder, as far as a format is known by it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.folder.texts import read_text, read_xml
from explorer.i18n import _, ngettext

_PER_FOLDER = 5
_LOOKED_INTO = 200
"""Files of a kind that are opened to know what they are: of each folder some, the largest first,
since settings of other programs may be among them."""


_FIRST_BYTES = 4000
"""That tell what an XML file is: a comment or a licence may stand before."""


class Look:
    """A folder that importers look at, one after the other."""

    def __init__(self, files: ImageFiles) -> None:
        self.files = files
        self.found: list[str] = []
        """The formats that were seen before."""
        self.passed_over: list[str] = []
        """Formats that are there and from which one that was seen is made."""
        self._some: dict[str, list[Path]] = {}
        self.refused: list[str] = []
        """Why files that might be labels are none that can be read, one sentence each."""

    @cached_property
    def json_files(self) -> list[tuple[Path, Any]]:
        """Some JSON files with what they hold, without those that are damaged."""
        contents = []
        for path in self.some(".json"):
            try:
                content = json_of(path, self.files)
            except ValueError as error:
                self.refused.append(str(error))
            else:
                self.files.looked_into[path] = content
                contents.append((path, content))
        return contents

    @property
    def json_contents(self) -> Iterator[Any]:
        """What some JSON files hold."""
        return (content for __, content in self.json_files)

    def some(self, suffix: str) -> list[Path]:
        """Return some files that end so, the largest first."""
        if suffix not in self._some:
            self._some[suffix] = self._largest(suffix)
        return self._some[suffix]

    def _largest(self, suffix: str) -> list[Path]:
        paths = self.files.with_suffix(suffix)
        paths.sort(key=_num_bytes, reverse=True)
        taken: Counter[Path] = Counter()
        chosen = []
        for path in paths:
            taken[path.parent] += 1
            if taken[path.parent] <= _PER_FOLDER:
                chosen.append(path)
        return chosen[:_LOOKED_INTO]


def begins(path: Path, mark: bytes) -> bool:
    """Say whether a pattern is in the first bytes of a file, in whatever width of characters."""
    try:
        with path.open("rb") as stream:
            return re.search(mark, stream.read(_FIRST_BYTES).replace(b"\0", b"")) is not None
    except OSError:
        return False


def xml_of(path: Path, files: ImageFiles) -> ElementTree.Element:
    """Return what an XML file holds.

    Raises
    ------
    ValueError
        If it cannot be read: one sentence.
    """
    text = read_xml(path, files.encoding)
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        text = _("{name} is not readable as XML: {error}")
        raise ValueError(text.format(name=path.name, error=error)) from None


def json_of(path: Path, files: ImageFiles) -> Any:
    """Return what a JSON file holds; one that was looked into is not read again.

    Raises
    ------
    ValueError
        If it cannot be read: one sentence.
    """
    if path in files.looked_into:
        return files.looked_into.pop(path)
    text = read_text(path, files.encoding)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        text = _("{name} is not readable as JSON: {error}")
        raise ValueError(text.format(name=path.name, error=error)) from None


def json_files(files: ImageFiles, notes: list[str]) -> Iterator[tuple[Path, Any]]:
    """Yield a folder's JSON files with what they hold; one that is damaged becomes a note."""
    for path in files.with_suffix(".json"):
        try:
            content = json_of(path, files)
        except ValueError as error:
            notes.append(_("{error}: it is left alone", error=error))
        else:
            yield path, content


def entries(content: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Return the JSON objects of a list in another one; none where there is no such list."""
    value = content.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def objects_in(value: list[Any], name: str, notes: list[str]) -> list[dict[str, Any]]:
    """Return the JSON objects of a list; a note counts what else is in it.

    Parameters
    ----------
    name : str
        What the note calls the list.
    """
    found = [one for one in value if isinstance(one, dict)]
    if len(found) < len(value):
        text = ngettext(
            "{name}: {n:,} entry is no JSON object, and is left out",
            "{name}: {n:,} entries are no JSON objects, and are left out",
            len(value) - len(found),
            name=name,
        )
        notes.append(text)
    return found


def text_in(value: Any) -> str:
    """Return the text that a JSON value is, such as the name of a class; a number is one, too."""
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _num_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # a link that leads nowhere
        return 0
