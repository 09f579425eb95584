"""The ground truth of the detect page's picture: shown, drawn, named, deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.detect.model import DetectModel
from explorer.pages.detect.truth.edits import TruthEdits
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page.parts import button, classed, show
from explorer.pages.shared.pictures.object_editor import ObjectEditor


class TruthBar:
    """Controls over the picture that follow the model's truth; `editor` is where objects are drawn.

    `show` gets whether the objects are to be seen, when they or that change.
    """

    def __init__(
        self,
        model: DetectModel,
        edits: TruthEdits,
        editor: ObjectEditor,
        show: Callable[[bool], None],
        guard: Callable[..., Any],
    ) -> None:
        self._model, self._edits, self._show = model, edits, show
        self._following = Following(guard)
        self._visible = widgets.Checkbox(description=_("Show ground truth"), indent=False)
        self._draw = widgets.ToggleButton(
            description=_("Draw an object"), tooltip=_("Then drag on the picture")
        )
        self._object = widgets.Dropdown(tooltip=_("Selected object"))
        self._class = widgets.Dropdown(tooltip=_("Its class"))
        self._delete = button(_("Delete"), guard(edits.delete))
        self._undo = button(_("Undo"), guard(edits.undo))
        self._labels = button(
            _("Reset"), guard(edits.load_labels), tooltip=_("Back to the picture’s own labels")
        )
        self._following.listen(self._visible, lambda _visible: self.draw())
        self._following.listen(self._draw, self._draw_mode)
        self._following.listen(self._object, lambda number: edits.set_trait("selected", number))
        self._following.listen(self._class, edits.name)
        editor.on_drawn = self._drawn
        self._editor = editor
        more = [self._object, self._class, self._delete, self._undo, self._labels]
        self._more = classed(widgets.Box(more), "ssdx-truth")
        self.widget = classed(widgets.Box([self._visible, self._draw, self._more]), "ssdx-truth")
        draw = guard(lambda _change: self.draw())
        model.observe(draw, ["truth", "picture"])
        model.detector.observe(draw, "reading")
        edits.observe(draw, ["selected", "can_undo"])
        self.draw()

    def draw(self) -> None:
        """Follow the model."""
        model, edits = self._model, self._edits
        names = list(dict.fromkeys((*model.class_names, *(t.class_name for t in model.truth))))
        objects = [
            (f"{number + 1}: {truth.class_name}", number)
            for number, truth in enumerate(model.truth)
        ]
        selected = edits.object
        self._following.offer(self._object, objects, edits.selected if selected else None)
        self._following.offer(self._class, names, selected.class_name if selected else None)
        self._object.disabled = self._class.disabled = self._delete.disabled = selected is None
        self._undo.disabled = not edits.can_undo
        self._labels.disabled = model.picture is None or model.picture.labels is None
        show(self._visible.value, self._more)
        self._show(self._visible.value)

    def _draw_mode(self, on: bool) -> None:
        if on:
            self._visible.value = True
        self._editor.draw_mode(on)

    def _drawn(self) -> None:
        self._draw.value = False
