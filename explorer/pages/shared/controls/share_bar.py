"""A bar that shows how a whole is shared out, with its parts named below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape


def share_bar(
    parts: Sequence[tuple[str, str, float]],
    text: Callable[[float], str],
    whole: float | None = None,
    named: bool = True,
) -> str:
    """Return the bar as HTML.

    Parameters
    ----------
    parts : sequence of (name, CSS colour, amount)
        In the order in which they are drawn.
    text : callable(amount) -> str
        An amount as the user sees it.
    whole : float
        What the full width means; by default the sum of the parts.
    named : bool
        Whether names and amounts stand below it.
    """
    total = sum(amount for _name, _color, amount in parts)
    whole = max(whole or 0.0, total) or 1.0
    bar = "".join(
        f'<i style="--color: {color}; flex: {amount / whole:.4f} 1 0"></i>'
        for _name, color, amount in parts
    )
    if total < whole:
        bar += f'<i class="ssdx-rest" style="flex: {1 - total / whole:.4f} 1 0"></i>'
    names = "".join(
        f'<span style="--color: {color}">{escape(name)} <b>{escape(text(amount))}</b></span>'
        for name, color, amount in parts
    )
    bar = f'<div class="ssdx-timebar" aria-hidden="true">{bar}</div>'
    return bar + (f'<div class="ssdx-times">{names}</div>' if named else "")


def time_bar(stages: Sequence[tuple[str, str, float]]) -> str:
    """Return a bar that shows where time went: by name and CSS colour, in s, one after another."""
    return share_bar(stages, lambda seconds: f"{1000 * seconds:.1f} ms")
