"""Finds texts for `make messages` that no call marks: of notebooks, and the commands' help."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from typing import IO, Any

from babel.messages.extract import extract_python

Message = tuple[int, str, Any, list[str]]
"""Line, function, text or texts, comments: what Babel wants to know."""


def notebook(stream: IO[bytes], *_: Any, **__: Any) -> Iterator[Message]:
    """Yield the paragraphs of the first cell, as the pages' template shows them."""
    source = "".join(json.load(stream)["cells"][0]["source"])
    for paragraph in source.split("\n\n"):
        yield 1, "_", paragraph.lstrip("# "), []


def command(stream: IO[bytes], *how: Any, options: dict[str, Any]) -> Iterator[Message]:
    """Yield what is marked and what typer shows: docstrings of commands, help of their options."""
    yield from extract_python(stream, *how, options)
    stream.seek(0)
    for node in ast.walk(ast.parse(stream.read())):
        if isinstance(node, ast.keyword) and node.arg == "help":
            if isinstance(node.value, ast.Constant):
                yield node.value.lineno, "_", node.value.value, []
        elif isinstance(node, ast.FunctionDef) and "Annotated[" in ast.unparse(node.args):
            yield node.lineno, "_", inspect.cleandoc(ast.get_docstring(node) or ""), []
