"""Reading a file of JSON lines while another process appends to it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

Parse = Callable[[bytes], dict[str, Any] | None]


class Follower:
    """Reads a growing file of JSON lines, each line once.

    A last line without its newline is still being written: it is left for the next read. A
    line of which `parse` makes nothing is left out and counted in `num_left_out`.
    """

    def __init__(self, path: Path, parse: Parse) -> None:
        self._path = path
        self._parse = parse
        self._position = 0
        self.num_left_out = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield what has come since the last read."""
        if not self._path.is_file():  # not there yet, or no file at all
            return
        with self._path.open("rb") as stream:
            stream.seek(self._position)
            for line in stream:
                if not line.endswith(b"\n"):
                    return
                self._position += len(line)
                record = self._parse(line)
                if record is None:
                    self.num_left_out += 1
                else:
                    yield record

    def skip_to_end(self) -> None:
        """Pass over everything that is there now."""
        with suppress(FileNotFoundError):
            self._position = self._path.read_bytes().rfind(b"\n") + 1


def parse_object(line: bytes) -> dict[str, Any] | None:
    """Return the JSON object of a line, or None if it holds none; NaN is not JSON."""
    try:
        content = orjson.loads(line)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def drop_retracted(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the records without those that a later "resume" record took back.

    A killed run goes on from its last checkpoint and does the steps after it once more; the
    file keeps both, since it is only ever appended to.
    """
    kept: list[dict[str, Any]] = []
    furthest = math.inf
    for record in reversed(records):
        if record["kind"] in ("event", "resume") or record["step"] <= furthest:
            kept.append(record)
        if record["kind"] == "resume":
            furthest = min(furthest, record["step"])
    return kept[::-1]


def written_ns(path: Path) -> int:
    """Return when a file or folder was last written, ns since the epoch; 0 if it is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
