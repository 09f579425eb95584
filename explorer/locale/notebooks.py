"""Finds the texts of the dashboards' notebooks for `make messages`: title and introduction."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

Message = tuple[int, str, str, list[str]]
"""Line, function, text, comments: what Babel wants to know."""


def paragraphs(stream: IO[bytes], *_: Any, **__: Any) -> Iterator[Message]:
    """Yield the paragraphs of the first cell, as the pages' template shows them."""
    source = "".join(json.load(stream)["cells"][0]["source"])
    for paragraph in source.split("\n\n"):
        yield 1, "_", paragraph.lstrip("# "), []
