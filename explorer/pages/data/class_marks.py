"""How classes are told apart in a figure: by colour, and from the eighth on by shape, too."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from explorer.exchange.class_colors import CLASS_COLORS, class_color
from explorer.pages.data.words import class_word
from explorer.pages.shared.page import theme

LIGHT_COLORS = ("#E69F00", "#56B4E9", "#F0E442")
"""Class colours on which letters are dark."""

_MARKERS = {
    "circle": '<circle cx="8" cy="8" r="5.5"/>',
    "square": '<rect x="3" y="3" width="10" height="10"/>',
    "triangle": '<path d="M8 2L14 13H2Z"/>',
    "diamond": '<path d="M8 1L13 8L8 15L3 8Z"/>',
}

_LONGEST_NAME = 24

MOST_NAMED = 28
"""Classes that a legend names: all that look different."""


def class_marker(class_id: int) -> str:
    """Return Bokeh's name of a class's marker; after 28 classes all begins again."""
    return list(_MARKERS)[class_id // len(CLASS_COLORS) % len(_MARKERS)]


def class_legend(names: tuple[str, ...], shown: Iterable[int]) -> str:
    """Return what the marks of some classes look like, as HTML."""
    classes = sorted(set(shown))
    entries = "".join(
        f'<span><svg width="16" height="16" fill="{class_color(class_id)}" stroke="{theme.INK}" '
        f'stroke-opacity=".5" aria-hidden="true">{_MARKERS[class_marker(class_id)]}</svg>'
        f"{_short(class_word(names[class_id]))}</span>"
        for class_id in classes[:MOST_NAMED]
    )
    more = len(classes) - MOST_NAMED
    entries += f"<span>+ {more:,}</span>" if more > 0 else ""
    return f'<div class="ssdx-batchlegend">{entries}</div>'


def _short(name: str) -> str:
    """Return a name that a phone has room for, as HTML."""
    if len(name) <= _LONGEST_NAME:
        return escape(name)
    return f'<span title="{escape(name)}">{escape(name[: _LONGEST_NAME - 1])}…</span>'
