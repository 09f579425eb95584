"""A line as it is drawn in a figure, for a table or a legend."""

from __future__ import annotations

from collections.abc import Sequence


def line_swatch(color: str, dash: Sequence[int], width: float = 3.0) -> str:
    """Return a short line as it is drawn in the figure, for a table or a legend."""
    pattern = " ".join(str(length) for length in dash)
    return (
        '<svg class="ssdx-line" width="34" height="10" aria-hidden="true">'
        f'<line x1="1" y1="5" x2="33" y2="5" stroke="{color}" stroke-width="{width:g}" '
        f'stroke-dasharray="{pattern}"/></svg>'
    )
