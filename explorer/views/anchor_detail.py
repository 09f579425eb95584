"""One anchor explained: its place in the S×R grid, its object, and its four offsets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from explorer.config import AnchorLayer
from explorer.i18n import _
from explorer.viewmodels.anchor_detail import AnchorDetail, anchor_detail
from explorer.viewmodels.anchor_scene import AnchorScene, anchor_name
from explorer.viewmodels.anchors import AnchorsModel
from explorer.views.following import Following
from explorer.views.page import labelled, row

__all__ = ["AnchorExplained"]

MAX_CHOICES = 50
_CELL = "padding:5px 12px 5px 0;border-top:1px solid var(--ssdx-faint);white-space:nowrap"
_TABLE = "border-collapse:collapse;font-size:13px;text-align:left"
_NUMBER = f"{_CELL};text-align:right;font-variant-numeric:tabular-nums"


class AnchorExplained:
    """A choice of one anchor, and what is to be said of it.

    Parameters
    ----------
    model : AnchorsModel
    guard : callable
        Decorates callbacks of controls.
    """

    def __init__(self, model: AnchorsModel, guard: Callable[..., Any]) -> None:
        self._model = model
        self._following = Following()
        self._choice = labelled(_("Explained anchor"), widgets.Dropdown())
        self._choice.layout.max_width = "360px"
        self._choice.observe(guard(self._following.reader(self._choose)), "value")
        self._grid, self._offsets = widgets.HTML(), widgets.HTML()
        for part in (self._grid, self._offsets):
            part.layout.flex = "1 1 320px"
        parts = row(self._grid, self._offsets)
        parts.layout.align_items = "flex-start"
        self.widget = widgets.VBox([self._choice, parts])
        self.draw()

    def draw(self) -> None:
        """Follow the model."""
        scene = self._model.scene
        with self._following:
            options = _choices(scene)
            if list(self._choice.options) != options:
                self._choice.options = options
            self._choice.value = scene.anchor
        state = scene.state
        self._grid.value = _pairs(state.anchors.layers[state.layer], state.shape)
        self._offsets.value = _offsets(anchor_detail(scene), state.match.variances)

    def _choose(self, change: dict[str, Any]) -> None:
        if change["new"] is not None:
            self._model.select_anchor(change["new"])


def _choices(scene: AnchorScene) -> list[tuple[str, int]]:
    """Return the anchors that are drawn; the selected one is always among them."""
    numbers = scene.index[:MAX_CHOICES].tolist()
    if scene.anchor not in numbers:
        numbers.insert(0, scene.anchor)
    rows = [scene.row(number) for number in numbers]
    return [
        (
            _("{name} · {map} map, row {row}, column {column}").format(
                name=row.name, map=row.map_name, row=row.row, column=row.column
            ),
            row.index,
        )
        for row in rows
    ]


def _pairs(layer: AnchorLayer, shape: int) -> str:
    """Return the grid of all sizes and ratios with the S + R − 1 pairs that are used."""
    head = "".join(f'<th scope="col" style="{_CELL}">{ratio:g}</th>' for ratio in layer.ratios)
    lines = []
    for number, size in enumerate(layer.sizes):
        cells = []
        for column in range(len(layer.ratios)):
            used = number if column == 0 else len(layer.sizes) + column - 1
            if column and number:
                cells.append(f'<td style="{_CELL};color:var(--ssdx-muted);opacity:.45">·</td>')
                continue
            chosen = "outline:2px solid var(--ssdx-accent);" if used == shape else ""
            cells.append(
                f'<td style="{_CELL}"><span style="{chosen}border-radius:6px;padding:1px 8px;'
                f'background:var(--ssdx-accent-soft)">{anchor_name(layer, used)}</span></td>'
            )
        lines.append(f'<tr><th scope="row" style="{_CELL}">{size:g}</th>{"".join(cells)}</tr>')
    num_used = layer.num_anchors
    text = _(
        "Of {all} pairs of a size (row) and a ratio (column) a cell uses {used}: every size at the "
        "first ratio, and the further ratios at the first size."
    ).format(all=len(layer.sizes) * len(layer.ratios), used=num_used)
    return (
        f'<p style="font-weight:650;line-height:1.4">{_("Sizes × ratios")}</p>'
        f'<div style="overflow-x:auto"><table style="{_TABLE}"><thead><tr>'
        f'<th style="{_CELL}"></th>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
        f'<p class="ssdx-muted" style="line-height:1.5;margin-top:6px">{text}</p>'
    )


def _offsets(detail: AnchorDetail | None, variances: tuple[float, ...]) -> str:
    title = f'<p style="font-weight:650;line-height:1.4">{_("Offsets to learn")}</p>'
    if detail is None:
        return title + f'<p class="ssdx-muted">{_("Without an object there are none.")}</p>'
    names = (
        _("Δx / anchor's width"),
        _("Δy / anchor's height"),
        _("ln(width / anchor's)"),
        _("ln(height / anchor's)"),
    )
    heads = (_("Offset"), _("raw"), _("variance"), _("raw / variance"))
    head = "".join(
        f'<th scope="col" class="ssdx-muted" style="{_NUMBER if number else _CELL}">{text}</th>'
        for number, text in enumerate(heads)
    )
    lines = "".join(
        f'<tr><td style="{_CELL}">{name}</td><td style="{_NUMBER}">{raw:+.3f}</td>'
        f'<td style="{_NUMBER}">{variance:g}</td>'
        f'<td style="{_NUMBER}"><b>{scaled:+.3f}</b></td></tr>'
        for name, raw, variance, scaled in zip(
            names, detail.raw, variances, detail.scaled, strict=True
        )
    )
    box = ", ".join(f"{edge:.1f}" for edge in detail.decoded_px)
    if detail.matched:
        text = _("It is matched with object {gt} (IoU of its best object {iou}).")
    else:
        text = _(
            "It is not positive, so it learns no offsets; these would lead to object {gt}, its "
            "best (IoU {iou})."
        )
    text = text.format(gt=detail.gt + 1, iou=f"{detail.row.iou:.2f}")
    decoded = _("Decoded back: xmin, ymin, xmax, ymax = {box} px.").format(box=box)
    return (
        f"{title}"
        f'<div style="overflow-x:auto"><table style="{_TABLE}"><thead><tr>{head}'
        f"</tr></thead><tbody>{lines}</tbody></table></div>"
        f'<p class="ssdx-muted" style="line-height:1.5;margin-top:6px">{text} {decoded}</p>'
    )
