"""The fixed meaning of each colour and line, for figures, style sheets and texts; no widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from explorer.i18n import N_, _
from explorer.pages.shared.anchor_kind import AnchorKind

_DASHES = {"solid": [], "dashed": [6, 4], "dotted": [2, 3], "dotdash": [2, 3, 6, 3]}


@dataclass(frozen=True)
class Role:
    """How one kind of box or curve is drawn, everywhere the same.

    Colour is never the only carrier: no two roles that meet in a figure share both dash
    pattern and width. `word` is what a person calls the colour, where a text names it.
    """

    color: str
    word: str = ""
    dash: str = "solid"
    width: float = 2.0
    hatch: str | None = None

    @property
    def dash_px(self) -> list[int]:
        """The pattern of the line: lengths of strokes and gaps, px."""
        return _DASHES[self.dash]

    @property
    def color_word(self) -> str:
        """What the reader calls the colour."""
        return _(self.word)

    def line(self) -> dict[str, Any]:
        """Return keyword arguments for a Bokeh line or the outline of a glyph."""
        return {"line_color": self.color, "line_dash": self.dash, "line_width": self.width}

    def box(self, fill_alpha: float = 0.12) -> dict[str, Any]:
        """Return keyword arguments for a Bokeh `quad` or `rect` of this role."""
        style = {**self.line(), "fill_color": self.color, "fill_alpha": fill_alpha}
        if self.hatch is not None:
            style.update(hatch_pattern=self.hatch, hatch_color=self.color, hatch_alpha=0.35)
        return style


ROLES: dict[str, Role] = {
    "gt": Role("#009E73", N_("green"), width=3.0),
    "anchor": Role("#7a8394", width=1.0),
    "positive": Role("#0072B2", width=2.0),
    "forced": Role("#E69F00", dash="dashed", width=2.5),
    "mined": Role("#CC79A7", dash="dotted", width=2.0, hatch="diagonal_line"),
    "ignored": Role("#c3c9d4", dash="dotdash", width=1.0),
    "detection": Role("#D55E00", width=2.5),
    "train": Role("#0072B2", width=2.0),
    "validation": Role("#D55E00", dash="dashed", width=2.5),
    "selected": Role("#000000", width=3.5),
}
"""The fixed meanings; colours are Okabe and Ito's, safe for colour-blind users."""

_ANCHOR_ROLES: dict[int, str] = {
    AnchorKind.FORCED: "forced",
    AnchorKind.OVER_THRESHOLD: "positive",
    AnchorKind.MINED: "mined",
    AnchorKind.IGNORED: "ignored",
    AnchorKind.BACKGROUND: "anchor",
}


def role_of(kind: int) -> Role:
    """Return how an anchor of this `AnchorKind` is drawn: its kind is all that its line says."""
    return ROLES[_ANCHOR_ROLES[kind]]


def line_swatch(color: str, dash: Sequence[int], width: float = 3.0) -> str:
    """Return a short line as it is drawn in the figure, for a table or a legend."""
    pattern = " ".join(str(length) for length in dash)
    return (
        '<svg class="ssdx-line" width="34" height="10" aria-hidden="true">'
        f'<line x1="1" y1="5" x2="33" y2="5" stroke="{color}" stroke-width="{width:g}" '
        f'stroke-dasharray="{pattern}"/></svg>'
    )
