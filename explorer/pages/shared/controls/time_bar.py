"""A bar that shows where time went, with its stages named below."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.pages.shared.controls.share_bar import share_bar


def time_bar(stages: Sequence[tuple[str, str, float]]) -> str:
    """Return the bar as HTML.

    Parameters
    ----------
    stages : sequence of (name, CSS colour, seconds)
        In the order in which they happen.
    """
    return share_bar(stages, lambda seconds: f"{1000 * seconds:.1f} ms")
