"""The anchors that are drawn, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import ipywidgets as widgets

from explorer.i18n import _
from explorer.viewmodels.anchor_replay import AnchorKind
from explorer.viewmodels.anchor_scene import AnchorRow, AnchorScene
from explorer.views.anchor_boxes import DASHES, role_of
from explorer.views.html_table import html_table

__all__ = ["AnchorTable", "line_swatch"]

MAX_ROWS = 12
NUMBERS = (2, 3, 5, 6)
"""The columns of numbers."""


class AnchorTable(widgets.HTML):  # type: ignore[misc]
    """One row an anchor: how it is drawn, its name, size, IoU and kind."""

    def __init__(self) -> None:
        super().__init__()
        self.add_class("ssdx-drawn")

    def draw(self, scene: AnchorScene) -> None:
        """Show the anchors of `scene`, at most `MAX_ROWS`."""
        rows = [_row(row, scene.state.shown) for row in scene.rows(MAX_ROWS)]
        heads = [
            "",
            _("Anchor"),
            _("Width × height, px"),
            _("IoU"),
            _("Kind"),
            _("Best object"),
            _("Relative to the image"),
        ]
        if scene.state.shown != "cell":
            heads.append(_("Map, row, column"))
        left = len(scene.index) - MAX_ROWS
        note = ""
        if left > 0:
            text = _("and {left:,} more").format(left=left)
            note = f'<p class="ssdx-muted">{text}</p>'
        elif not rows:
            note = f'<p class="ssdx-muted">{_("No anchor to list.")}</p>'
        table = html_table(heads, rows, NUMBERS)
        self.value = f'<p class="ssdx-subtitle">{_title(scene)}</p>{table}{note}'


def _title(scene: AnchorScene) -> str:
    state, number = scene.state, len(scene.index)
    layer = scene.layers[state.layer]
    if state.shown == "cell":
        shapes = scene.grid.config.layers[state.layer]
        return _(
            "The {num} anchors of row {row}, column {column} on the {map} map "
            "({sizes} sizes + {ratios} ratios − 1)"
        ).format(
            num=number,
            row=state.row,
            column=state.column,
            map=layer.name,
            sizes=len(shapes.sizes),
            ratios=len(shapes.ratios),
        )
    if state.shown == "matched":
        return _("All {num:,} matched anchors, best first").format(num=number)
    if state.shown == "top":
        return _("The {num:,} anchors with the highest IoU").format(num=number)
    return _("All {num:,} anchors of the {map} map").format(num=number, map=layer.name)


def _row(row: AnchorRow, shown: str) -> list[str]:
    role = role_of(row.kind)
    dash = DASHES[row.shape % len(DASHES)] if shown == "cell" else []
    if shown != "cell" and row.kind == AnchorKind.FORCED:
        dash = [6, 4]
    cells = [
        line_swatch(role.color, dash),
        f"<b>{escape(row.name)}</b>",
        f"{row.width_px:.1f} × {row.height_px:.1f}",
        f"{row.iou:.3f}",
        _kind(row.kind),
        str(row.gt + 1) if row.gt >= 0 else "–",
        f"{row.width:.3f} × {row.height:.3f}",
    ]
    if shown != "cell":
        cells.append(f"{row.map_name}, {row.row}, {row.column}")
    return cells


def line_swatch(color: str, dash: Sequence[int]) -> str:
    """Return a short line as it is drawn in the figure, for a table or a legend."""
    pattern = " ".join(str(length) for length in dash)
    return (
        '<svg class="ssdx-line" width="34" height="10" aria-hidden="true">'
        f'<line x1="1" y1="5" x2="33" y2="5" stroke="{color}" stroke-width="3" '
        f'stroke-dasharray="{pattern}"/></svg>'
    )


def _kind(kind: AnchorKind) -> str:
    words = {
        AnchorKind.FORCED: _("forced: the best left"),
        AnchorKind.OVER_THRESHOLD: _("positive: above threshold"),
        AnchorKind.MINED: _("mined negative"),
        AnchorKind.IGNORED: _("ignored"),
    }
    return words.get(kind, _("background"))
