"""One anchor explained: its place in the S×R grid, its object, and its four offsets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from explorer.config import AnchorLayer
from explorer.i18n import _
from explorer.pages.anchors.detail import AnchorDetail, anchor_detail
from explorer.pages.anchors.model import AnchorsModel
from explorer.pages.anchors.scene import AnchorScene, anchor_name
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.controls.html_table import html_table
from explorer.pages.shared.page.parts import beside, labelled

MAX_CHOICES = 50


class AnchorExplained:
    """A choice of one anchor, and what is to be said of it."""

    def __init__(self, model: AnchorsModel, guard: Callable[..., Any]) -> None:
        self._model = model
        self._following = Following(guard)
        self._choice = labelled(_("Explained anchor"), widgets.Dropdown(), max_width="360px")
        self._following.listen(self._choice, model.select_anchor)
        self._grid, self._offsets = widgets.HTML(), widgets.HTML()
        parts = beside((self._grid, 320), (self._offsets, 320), align_items="flex-start")
        self.widget = widgets.VBox([self._choice, parts])
        self.draw()

    def draw(self) -> None:
        """Follow the model."""
        scene = self._model.scene
        self._following.offer(self._choice, _choices(scene), scene.anchor)
        state = scene.state
        self._grid.value = _pairs(state.anchors.layers[state.layer], state.shape)
        self._offsets.value = _offsets(anchor_detail(scene), state.match.variances)


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
    rows = []
    for number, size in enumerate(layer.sizes):
        cells = [f"{size:g}"]
        for column in range(len(layer.ratios)):
            used = number if column == 0 else len(layer.sizes) + column - 1
            if column and number:
                cells.append('<span class="ssdx-unused">·</span>')
                continue
            chosen = " ssdx-chosen" if used == shape else ""
            cells.append(f'<span class="ssdx-pair{chosen}">{anchor_name(layer, used)}</span>')
        rows.append(cells)
    table = html_table(["", *(f"{ratio:g}" for ratio in layer.ratios)], rows, named_rows=True)
    num_used = layer.num_anchors
    text = _(
        "Of the {all} size–ratio pairs (rows: sizes, columns: ratios) a cell uses only {used}: "
        "every size at the first ratio, and the further ratios at the first size."
    ).format(all=len(layer.sizes) * len(layer.ratios), used=num_used)
    title = _("Sizes × ratios")
    return f'<p class="ssdx-subtitle">{title}</p>{table}<p class="ssdx-muted">{text}</p>'


def _offsets(detail: AnchorDetail | None, variances: tuple[float, ...]) -> str:
    title = f'<p class="ssdx-subtitle">{_("Offsets to learn")}</p>'
    if detail is None:
        return title + f'<p class="ssdx-muted">{_("Without an object there are no offsets.")}</p>'
    names = (
        _("Δx / anchor's width"),
        _("Δy / anchor's height"),
        _("ln(width / anchor's)"),
        _("ln(height / anchor's)"),
    )
    heads = (_("Offset"), _("raw"), _("variance"), _("raw / variance"))
    rows = [
        (name, f"{raw:+.3f}", f"{variance:g}", f"<b>{scaled:+.3f}</b>")
        for name, raw, variance, scaled in zip(
            names, detail.raw, variances, detail.scaled, strict=True
        )
    ]
    muted = [f'<span class="ssdx-muted">{head}</span>' for head in heads]
    table = html_table(muted, rows, numbers=range(1, len(heads)))
    box = ", ".join(f"{edge:.1f}" for edge in detail.decoded_px)
    if detail.matched:
        text = _("It is matched with object {gt} (IoU of its best object {iou}).")
    else:
        text = _(
            "This anchor is not positive, so it learns no offsets. To reach object {gt}, its "
            "best (IoU {iou}), it would need these."
        )
    text = text.format(gt=detail.gt + 1, iou=f"{detail.row.iou:.2f}")
    decoded = _(
        "Applying these offsets gives the object's box back: xmin, ymin, xmax, ymax = {box} px."
    ).format(box=box)
    return f'{title}{table}<p class="ssdx-muted">{text} {decoded}</p>'
