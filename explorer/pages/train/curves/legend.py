"""What the lines of a figure mean, as text below it.

Bokeh's own legend is made again at each change of the data, and then costs more than the curves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from bokeh.models import Div, GlyphRenderer, Line, VArea

from explorer.pages.shared.page import theme

_SIDE_PX = 20
_STYLE = f"""
ul {{ margin: 0; padding: 0; list-style: none; font: 12px/{_SIDE_PX}px {theme.FONT}; color: #444; }}
li {{ display: flex; gap: 5px; margin-bottom: 1px; }}
svg {{ flex: none; }}
"""


class FigureLegend:
    """Entries below each other, where they cover no curve on a narrow screen.

    The frame of the figure begins at `left_px`.
    """

    def __init__(self, left_px: int) -> None:
        self.div = Div(
            sizing_mode="stretch_width",
            margin=(0, 0, 0, left_px + 2),
            stylesheets=[_STYLE],
            disable_math=True,
        )
        """To be put below the figure."""
        self._entries: list[tuple[str, str]] = []

    def add(self, label: str, *renderers: GlyphRenderer) -> Callable[[str], None]:
        """Add an entry that says what `renderers` show, drawn one above the other.

        Without a label it is not shown. What is returned replaces the label.
        """
        number = len(self._entries)
        size = f'width="{_SIDE_PX}" height="{_SIDE_PX}"'
        swatch = f'<svg {size} aria-hidden="true">{"".join(map(_shape, renderers))}</svg>'
        self._entries.append((swatch, label))

        def say(label: str) -> None:
            self._entries[number] = swatch, label
            shown = "".join(
                f"<li>{drawn}<span>{escape(text)}</span></li>"
                for drawn, text in self._entries
                if text
            )
            self.div.text = f"<ul>{shown}</ul>"

        say(label)
        return say


def _shape(renderer: GlyphRenderer) -> str:
    """Return what a renderer draws, small, as SVG."""
    glyph: Any = renderer.glyph
    middle = _SIDE_PX / 2
    if isinstance(glyph, VArea):
        paint = f'fill="{glyph.fill_color}" fill-opacity="{glyph.fill_alpha}"'
        return f'<rect x="2" y="2" width="16" height="16" {paint}/>'
    if isinstance(glyph, Line):
        return (
            f'<path d="M0 {middle}H{_SIDE_PX}" stroke="{glyph.line_color}" '
            f'stroke-width="{glyph.line_width}" stroke-opacity="{glyph.line_alpha}" '
            f'stroke-dasharray="{_dashes(glyph.line_dash)}"/>'
        )
    return f'<circle cx="{middle}" cy="{middle}" r="{glyph.size / 2}" fill="{glyph.fill_color}"/>'


def _dashes(pattern: Sequence[int]) -> str:
    return " ".join(str(length) for length in pattern)
