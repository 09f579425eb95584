"""The editor of one layer's sizes and ratios, with presets and undo."""

from __future__ import annotations

from functools import partial
from typing import Any

import ipywidgets as widgets

from explorer.config import ANCHOR_PRESETS, AnchorConfig
from explorer.i18n import _
from explorer.viewmodels.anchors import AnchorsModel, parse_numbers
from explorer.views.following_slider import FollowingSlider
from explorer.views.notice import Notice, guarded
from explorer.views.page import labelled, row, section

__all__ = ["AnchorShapes"]

NUM_SLIDERS = 2
SLIDER_MAX = 1.2
CUSTOM = ""


class AnchorShapes:
    """Controls of the selected layer; they own nothing and follow the model.

    Parameters
    ----------
    model : AnchorsModel
    """

    def __init__(self, model: AnchorsModel) -> None:
        self._model = model
        self._following = False
        self._problem = Notice()
        self._layer = labelled(_("Feature map"), widgets.Dropdown())
        presets = [(_("own values"), CUSTOM), *((name, name) for name in ANCHOR_PRESETS)]
        self._preset = labelled(_("Preset, all maps"), widgets.Dropdown(options=presets))
        self._sliders = [
            labelled(
                _("Size {number}").format(number=number + 1),
                FollowingSlider(min=0.01, max=SLIDER_MAX, step=0.001, readout_format=".3f"),
            )
            for number in range(NUM_SLIDERS)
        ]
        self._sizes = labelled(
            _("Sizes, relative to the image"), widgets.Text(continuous_update=False)
        )
        self._ratios = labelled(_("Ratios, width / height"), widgets.Text(continuous_update=False))
        self._count = widgets.HTML()
        self._undo = widgets.Button(description=_("Undo"))
        self._reset = widgets.Button(description=_("Reset to preset"))
        self._start = model.state.anchors
        self._drawn: tuple[AnchorConfig, int] | None = None

        guard = guarded(self._problem)
        self._layer.observe(guard(self._choose_layer), "value")
        self._preset.observe(guard(self._use_preset), "value")
        for number, slider in enumerate(self._sliders):
            slider.on_move(guard(partial(self._slide, number)))
        self._sizes.observe(guard(self._type), "value")
        self._ratios.observe(guard(self._type), "value")
        self._undo.on_click(guard(lambda _button: model.undo()))
        self._reset.on_click(guard(lambda _button: model.set_anchors(self._start)))
        self.section = section(
            _("Feature map and its anchors"),
            self._layer,
            self._count,
            *self._sliders,
            self._sizes,
            self._ratios,
            self._problem,
            self._preset,
            row(self._undo, self._reset),
        )
        self.draw()

    def draw(self) -> None:
        """Follow the model."""
        state, scene = self._model.state, self._model.scene
        shapes = state.anchors.layers[state.layer]
        self._following = True
        try:
            self._draw_layers()
        finally:
            self._following = False
        if self._drawn == (state.anchors, state.layer):
            return
        self._drawn = (state.anchors, state.layer)
        self._problem.clear()
        self._following = True
        try:
            for number, slider in enumerate(self._sliders):
                slider.disabled = number >= len(shapes.sizes)
                if number < len(shapes.sizes):
                    slider.max = max(SLIDER_MAX, shapes.sizes[number])
                    slider.follow(shapes.sizes[number])
            self._sizes.value = _listed(shapes.sizes)
            self._ratios.value = _listed(shapes.ratios)
            named = [name for name, preset in ANCHOR_PRESETS.items() if preset == state.anchors]
            self._preset.value = named[0] if named else CUSTOM
        finally:
            self._following = False
        self._undo.disabled = not self._model.can_undo
        self._reset.disabled = state.anchors == self._start
        self._count.value = '<p style="line-height:1.5">' + _(
            "{sizes} + {ratios} − 1 = <b>{cell} anchors a cell</b>, {layer:,} on this map, "
            "{all:,} in all."
        ).format(
            sizes=len(shapes.sizes), ratios=len(shapes.ratios), cell=shapes.num_anchors,
            layer=scene.layers[state.layer].num_anchors, all=len(scene.grid),
        ) + "</p>"  # fmt: skip

    def _draw_layers(self) -> None:
        layers = self._model.scene.layers
        options = [
            (_("{map}, {cell:g} px cells").format(map=layer.name, cell=layer.cell_px[1]), number)
            for number, layer in enumerate(layers)
        ]
        if list(self._layer.options) != options:
            self._layer.options = options
        self._layer.value = self._model.state.layer

    def _choose_layer(self, change: dict[str, Any]) -> None:
        if not self._following and change["new"] is not None:
            self._model.change(layer=change["new"])

    def _slide(self, number: int, size: float) -> None:
        layer = self._model.state.layer
        shapes = self._model.state.anchors.layers[layer]
        sizes = list(shapes.sizes)
        sizes[number] = size
        self._model.set_shapes(layer, tuple(sizes), shapes.ratios, edit=f"{layer}:{number}")

    def _type(self, _change: dict[str, Any]) -> None:
        if self._following:
            return
        sizes = parse_numbers(self._sizes.value, _("Sizes"))
        ratios = parse_numbers(self._ratios.value, _("Ratios"))
        self._model.set_shapes(self._model.state.layer, sizes, ratios)

    def _use_preset(self, change: dict[str, Any]) -> None:
        if not self._following and change["new"] != CUSTOM:
            self._start = ANCHOR_PRESETS[change["new"]]
            self._model.use_preset(change["new"])


def _listed(numbers: tuple[float, ...]) -> str:
    return ", ".join(f"{number:g}" for number in numbers)
