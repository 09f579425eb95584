"""A table as HTML; `template/widgets.css` says how it looks."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Literal


def html_table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: Container[int] = (),
    named_rows: bool = False,
) -> str:
    """Return a table that scrolls sideways where it is wider than its place.

    Parameters
    ----------
    heads : sequence of str
        One per column, empty where it has none; without any there is no row of heads. All text is
        HTML: escape it before.
    rows : iterable of sequence of str
    numbers : container of int
        The columns of numbers, which are aligned on the right.
    named_rows : bool
        Whether the first cell of each row is its head.
    """
    head = "".join(
        _cell(text, "col" if text else None, column in numbers) for column, text in enumerate(heads)
    )
    body = "".join(f"<tr>{_cells(row, numbers, named_rows)}</tr>" for row in rows)
    head = f"<thead><tr>{head}</tr></thead>" if any(heads) else ""
    return f'<div class="ssdx-table"><table>{head}<tbody>{body}</tbody></table></div>'


def _cells(row: Sequence[str], numbers: Container[int], named: bool) -> str:
    return "".join(
        _cell(text, "row" if named and column == 0 else None, column in numbers)
        for column, text in enumerate(row)
    )


def _cell(text: str, heads: Literal["col", "row"] | None, number: bool) -> str:
    style = ' class="ssdx-number"' if number else ""
    return f'<th scope="{heads}"{style}>{text}</th>' if heads else f"<td{style}>{text}</td>"
