"""The anchors that are drawn, as a table."""

from __future__ import annotations

from html import escape

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.anchors.scene import AnchorRow, AnchorScene
from explorer.pages.shared.anchor_kind import AnchorKind
from explorer.pages.shared.controls.html_table import html_table
from explorer.pages.shared.page.colors import Role, line_swatch, role_of

MAX_ROWS = 12


class AnchorTable(widgets.HTML):
    """One row per anchor: its name, size, IoU, and its kind with the line of that kind.

    On a phone `page.css` leaves out the last column, and why it is of that kind.
    """

    def __init__(self) -> None:
        super().__init__()
        self.add_class("ssdx-drawn")

    def draw(self, scene: AnchorScene) -> None:
        """Show the anchors of `scene`, at most `MAX_ROWS`."""
        heads = [_("Anchor"), _("Width × height, px"), _("IoU"), _("Kind")]
        several = len(scene.state.objects) > 1
        if several:
            heads.append(_("Best object"))
        elsewhere = scene.state.shown != "cell"
        if elsewhere:
            heads.append(_("Map, row, column"))
        heads.append(_("Relative to the image"))
        rows = [_row(row, several, elsewhere) for row in scene.rows(MAX_ROWS)]
        left = len(scene.index) - MAX_ROWS
        note = ""
        if left > 0:
            text = _("and {left:,} more").format(left=left)
            note = f'<p class="ssdx-muted">{text}</p>'
        elif not rows:
            note = f'<p class="ssdx-muted">{_("There is no anchor to list.")}</p>'
        table = html_table(heads, rows, numbers=(1, 2, len(heads) - 1))
        self.value = f'<p class="ssdx-subtitle">{_title(scene)}</p>{table}{note}'


def _title(scene: AnchorScene) -> str:
    state, number = scene.state, len(scene.index)
    layer = scene.layers[state.layer]
    if state.shown == "cell":
        shapes = scene.grid.config.layers[state.layer]
        return _(
            "The {num} anchors of row {row}, column {column} on the {map} map "
            "({sizes} sizes + {ratios} ratios − 1)",
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


def _row(row: AnchorRow, several: bool, elsewhere: bool) -> list[str]:
    cells = [
        f"<b>{escape(row.name)}</b>",
        f"{row.width_px:.1f} × {row.height_px:.1f}",
        f"{row.iou:.3f}",
        f"{role_swatch(role_of(row.kind))} {_kind(row.kind)}",
    ]
    if several:
        cells.append(str(row.gt + 1))
    if elsewhere:
        cells.append(f"{row.map_name}, {row.row}, {row.column}")
    return [*cells, f"{row.width:.3f} × {row.height:.3f}"]


def role_swatch(role: Role) -> str:
    """Return a short line of a role, wider than in the figure: it has to be seen alone."""
    return line_swatch(role.color, role.dash_px, role.width + 1)


def _kind(kind: AnchorKind) -> str:
    why = '{word}<span class="ssdx-why">: {why}</span>'
    words = {
        AnchorKind.FORCED: why.format(word=_("forced"), why=_("best anchor still free")),
        AnchorKind.OVER_THRESHOLD: why.format(word=_("positive"), why=_("above threshold")),
        AnchorKind.MINED: _("mined negative"),
        AnchorKind.IGNORED: _("ignored"),
    }
    return words.get(kind, _("background"))
