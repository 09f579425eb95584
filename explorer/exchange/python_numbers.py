"""Numbers and lists of numbers in Python text, of which nothing is run."""

from __future__ import annotations

import ast
from typing import Any

from explorer.i18n import _

MOST_REPEATS = 16
"""Of ``[[1, 2, 0.5]] * 5``: more layers there are not."""

LARGEST = 1e6
"""No size or ratio comes near; larger whole numbers may not even fit into a float."""


def parse_python(text: str) -> ast.Module:
    """Return the tree of a text.

    Raises
    ------
    ValueError
        If it is not Python.
    """
    try:
        return ast.parse(text)
    # What the parser raises for bytes that are not text, and for nesting without end.
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        raise ValueError(_("Line {line} is not Python.").format(line=line)) from None


def value_of(node: ast.expr) -> Any:
    """Return the number or list that an expression stands for, such as 1/3 or ``[[1, 2]] * 5``.

    Raises
    ------
    ValueError
        If it is something else, or a number below 0 or far too large.
    """
    match node:
        case ast.Constant(value=int() | float() as number) if number < LARGEST:
            return number
        case ast.BinOp(op=ast.Div(), left=ast.Constant() as upper, right=ast.Constant() as lower):
            divisor = value_of(lower)
            if divisor != 0:
                return value_of(upper) / divisor
        case ast.List(elts=entries) | ast.Tuple(elts=entries):
            return [value_of(entry) for entry in entries]
        case ast.BinOp(op=ast.Mult(), left=ast.List() as row, right=ast.Constant(value=int() as n)):
            if n <= MOST_REPEATS:
                return value_of(row) * n
    raise ValueError(_("Line {line}: write lists of plain numbers above 0.", line=node.lineno))


def is_numbers(value: Any) -> bool:
    """Say whether it is a list of numbers."""
    return isinstance(value, list) and all(isinstance(entry, (int, float)) for entry in value)
