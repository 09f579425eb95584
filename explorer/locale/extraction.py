"""Finds the texts for `make messages`: in the source, the commands' help and the notebooks.

Babel's own reader of Python does not look into f-strings, which is where pages are put together.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from typing import IO, Any

Message = tuple[int, str, Any, list[str]]
"""Line, function, text or texts, comments: what Babel wants to know."""


def source(stream: IO[bytes], *_: Any, **__: Any) -> Iterator[Message]:
    """Yield what is marked in Python, and what typer shows: docstrings of commands, `help`."""
    for node in ast.walk(ast.parse(stream.read())):
        match node:
            case ast.Call(func=ast.Name("_" | "N_" as mark), args=[ast.Constant(str(text))]):
                yield node.lineno, mark, text, []
            case ast.Call(
                func=ast.Name("ngettext"),
                args=[ast.Constant(str(one)), ast.Constant(str(many)), _count],
            ):
                yield node.lineno, "ngettext", (one, many), []
            case ast.keyword("help", ast.Constant(str(text))):
                yield node.value.lineno, "_", text, []
            case ast.FunctionDef() if "Annotated[" in ast.unparse(node.args):
                yield node.lineno, "_", inspect.cleandoc(ast.get_docstring(node) or ""), []


def notebook(stream: IO[bytes], *_: Any, **__: Any) -> Iterator[Message]:
    """Yield the paragraphs of the first cell, as the pages' template shows them."""
    first = "".join(json.load(stream)["cells"][0]["source"])
    for paragraph in first.split("\n\n"):
        yield 1, "_", paragraph.lstrip("# "), []
