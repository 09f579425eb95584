"""The anchors that are drawn, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import ipywidgets as widgets

from explorer.i18n import _
from explorer.viewmodels.anchor_replay import AnchorKind
from explorer.viewmodels.anchor_scene import AnchorRow, AnchorScene
from explorer.views.anchor_boxes import DASHES, role_of

__all__ = ["AnchorTable", "line_swatch"]

MAX_ROWS = 12

_CELL = "padding:7px 12px 7px 0;border-top:1px solid var(--ssdx-faint);white-space:nowrap"
_HEAD = "padding:0 12px 6px 0;font-weight:600;color:var(--ssdx-muted);text-align:left"
_NUMBER = ";text-align:right;font-variant-numeric:tabular-nums"


class AnchorTable(widgets.HTML):  # type: ignore[misc]
    """One row an anchor: how it is drawn, its name, size, IoU and kind."""

    def draw(self, scene: AnchorScene) -> None:
        """Show the anchors of `scene`, at most `MAX_ROWS`."""
        rows = "".join(_row(row, scene.state.shown) for row in scene.rows(MAX_ROWS))
        heads = [
            ("", ""),
            (_("Anchor"), ""),
            (_("Width × height, px"), _NUMBER),
            (_("IoU"), _NUMBER),
            (_("Kind"), ""),
            (_("Best object"), _NUMBER),
            (_("Relative to the image"), _NUMBER),
        ]
        if scene.state.shown != "cell":
            heads.append((_("Map, row, column"), ""))
        head = "".join(f'<th scope="col" style="{_HEAD}{more}">{text}</th>' for text, more in heads)
        left = len(scene.index) - MAX_ROWS
        note = ""
        if left > 0:
            text = _("and {left:,} more").format(left=left)
            note = f'<p class="ssdx-muted" style="margin-top:8px">{text}</p>'
        elif not rows:
            note = f'<p class="ssdx-muted">{_("No anchor to list.")}</p>'
        self.value = (
            '<p style="font-weight:650;font-size:15px;line-height:1.4;margin-bottom:10px">'
            f"{_title(scene)}</p>"
            '<div style="overflow-x:auto"><table style="border-collapse:collapse;width:100%;'
            f'font-size:13px;line-height:1.4"><thead><tr>{head}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div>{note}"
        )


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


def _row(row: AnchorRow, shown: str) -> str:
    role = role_of(row.kind)
    dash = DASHES[row.shape % len(DASHES)] if shown == "cell" else []
    if shown != "cell" and row.kind == AnchorKind.FORCED:
        dash = [6, 4]
    swatch = line_swatch(role.color, dash)
    cells = [
        (swatch, ""),
        (f"<b>{escape(row.name)}</b>", ""),
        (f"{row.width_px:.1f} × {row.height_px:.1f}", _NUMBER),
        (f"{row.iou:.3f}", _NUMBER),
        (_kind(row.kind), ""),
        (str(row.gt + 1) if row.gt >= 0 else "–", _NUMBER),
        (f"{row.width:.3f} × {row.height:.3f}", _NUMBER),
    ]
    if shown != "cell":
        cells.append((f"{row.map_name}, {row.row}, {row.column}", ""))
    inner = "".join(f'<td style="{_CELL}{more}">{text}</td>' for text, more in cells)
    return f"<tr>{inner}</tr>"


def line_swatch(color: str, dash: Sequence[int]) -> str:
    """Return a short line as it is drawn in the figure, for a table or a legend."""
    pattern = " ".join(str(length) for length in dash)
    return (
        '<svg width="34" height="10" aria-hidden="true" style="flex:none;vertical-align:middle">'
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
