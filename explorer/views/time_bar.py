"""A bar that shows where time went, with its stages named below."""

from __future__ import annotations

import html
from collections.abc import Sequence

__all__ = ["time_bar"]


def time_bar(stages: Sequence[tuple[str, str, float]]) -> str:
    """Return the bar as HTML.

    Parameters
    ----------
    stages : sequence of (name, CSS colour, seconds)
        In the order in which they happen.
    """
    total = sum(seconds for _name, _color, seconds in stages) or 1.0
    bar = "".join(
        f'<i style="--color: {color}; flex: {seconds / total:.4f} 1 0"></i>'
        for _name, color, seconds in stages
    )
    text = "".join(
        f'<span style="--color: {color}">{html.escape(name)} <b>{1000 * seconds:.1f} ms</b></span>'
        for name, color, seconds in stages
    )
    bar = f'<div class="ssdx-timebar" aria-hidden="true">{bar}</div>'
    return f'{bar}<div class="ssdx-times">{text}</div>'
