"""The editor of one layer's sizes and ratios, with presets, scales and undo."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from explorer.config import ANCHOR_PRESETS, AnchorConfig, preset_name
from explorer.i18n import _
from explorer.pages.anchors.model import AnchorsModel
from explorer.pages.anchors.shapes.number_list import NumberList
from explorer.pages.anchors.state import AnchorsState
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import beside, button, labelled, row, section

CUSTOM = ""


class AnchorShapes:
    """Controls of the selected layer; they own nothing and follow the model."""

    def __init__(self, model: AnchorsModel) -> None:
        self._model = model
        self._problem = Notice()
        guard = guarded(self._problem)
        self._following = Following(guard)
        self._layer = labelled(_("Feature map"), widgets.Dropdown())
        self._preset = labelled(_("Preset, all maps"), widgets.Dropdown())
        self._sizes = NumberList(
            _("Sizes, relative to the image"), _("Size"), 0.01, 1.2, 0.001, self._set_sizes
        )
        self._ratios = NumberList(
            _("Ratios, width / height"), _("Ratio"), 0.1, 5.0, 0.01, self._set_ratios
        )
        self._count = widgets.HTML()
        self._origin = widgets.HTML()
        self._undo = button(_("Undo"), guard(model.undo))
        self._start = _start(model.state)
        self._reset = button(_("Reset to preset"), guard(lambda: model.change(**self._start)))
        self._drawn: tuple[object, ...] | None = None
        self._scale_fields = [
            labelled(name, widgets.BoundedFloatText(value=value, min=0.01, max=1.5, step=0.01))
            for name, value in ((_("Smallest"), 0.2), (_("Largest"), 0.88))
        ]
        self._spread = button(_("Space the sizes evenly"), guard(self._spread_scales))

        self._following.listen(self._layer, lambda layer: model.change(layer=layer))
        self._following.listen(self._preset, self._use_preset)
        model.observe(lambda _change: self._allow_undo(), "can_undo")
        self.section = section(
            _("Feature map and its anchors"),
            self._preset,
            row(self._undo, self._reset),
            self._layer,
            self._count,
            *self._sizes.widgets,
            self._origin,
            *self._ratios.widgets,
            self._scales(),
            self._problem,
        )
        self._allow_undo()
        self.draw()

    def _allow_undo(self) -> None:
        self._undo.disabled = not self._model.can_undo

    def draw(self) -> None:
        """Follow the model."""
        state, scene = self._model.state, self._model.scene
        drawn = (state.anchors, state.own_maps, state.layer, state.input_shape_px)
        if self._drawn == drawn:
            return
        self._drawn = drawn
        self._problem.clear()
        shapes = state.anchors.layers[state.layer]
        self._sizes.follow(shapes.sizes)
        self._ratios.follow(shapes.ratios)
        self._draw_layers()
        own = (_("a detector's own maps") if state.own_maps else _("own values"), CUSTOM)
        preset = CUSTOM if state.own_maps else preset_name(state.anchors) or CUSTOM
        presets = [own, *((name, name) for name in ANCHOR_PRESETS)]
        self._following.offer(self._preset, presets, preset)
        self._reset.disabled = _start(state) == self._start
        self._count.value = "<p>" + _(
            "{sizes} + {ratios} − 1 = <b>{cell} anchors per cell</b>, {layer:,} on this map, "
            "{all:,} in total."
        ).format(
            sizes=len(shapes.sizes), ratios=len(shapes.ratios), cell=shapes.num_anchors,
            layer=scene.layers[state.layer].num_anchors, all=len(scene.grid),
        ) + "</p>"  # fmt: skip
        self._origin.value = _origin(state.anchors, state.layer)

    def _scales(self) -> widgets.VBox:
        about = _(
            "In SSD the size grows by the same amount from map to map. A second size is the "
            "geometric mean of this map's and the next map's."
        )
        return widgets.VBox(
            [
                widgets.HTML(f'<p class="ssdx-muted">{about}</p>'),
                beside(*((field, 90) for field in self._scale_fields)),
                self._spread,
            ]
        )

    def _draw_layers(self) -> None:
        options = [
            (
                _("{map} cells of {size} px").format(map=layer.name, size=layer.cell_size),
                number,
            )
            for number, layer in enumerate(self._model.scene.layers)
        ]
        self._following.offer(self._layer, options, self._model.state.layer)

    def _set_sizes(self, sizes: tuple[float, ...], edit: str) -> None:
        layer = self._model.state.layer
        ratios = self._model.state.anchors.layers[layer].ratios
        self._model.set_shapes(layer, sizes, ratios, edit=edit and f"{layer}: {edit}")

    def _set_ratios(self, ratios: tuple[float, ...], edit: str) -> None:
        layer = self._model.state.layer
        sizes = self._model.state.anchors.layers[layer].sizes
        self._model.set_shapes(layer, sizes, ratios, edit=edit and f"{layer}: {edit}")

    def _use_preset(self, name: str) -> None:
        if name != CUSTOM:
            self._model.use_preset(name)
            self._start = _start(self._model.state)
            self.draw()

    def _spread_scales(self) -> None:
        smallest, largest = (field.value for field in self._scale_fields)
        self._model.spread_scales(smallest, largest)


def _start(state: AnchorsState) -> dict[str, Any]:
    """Return what a reset brings back."""
    return {"anchors": state.anchors, "own_maps": state.own_maps}


def _origin(anchors: AnchorConfig, layer: int) -> str:
    """Say where the second size comes from, if it is SSD's geometric mean."""
    sizes = anchors.layers[layer].sizes
    following = anchors.layers[layer + 1].sizes[0] if layer + 1 < len(anchors.layers) else None
    if len(sizes) < 2 or following is None:
        return ""
    mean = (sizes[0] * following) ** 0.5
    text = _("√({size:g} × {following:g}) = {mean:.3f}: this map's size and the next map's").format(
        size=sizes[0], following=following, mean=mean
    )
    same = abs(mean - sizes[1]) < 0.0015
    note = _("is size 2") if same else _("would be SSD's size 2")
    return f'<p class="ssdx-muted">{text} {note}.</p>'
