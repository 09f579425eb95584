"""The objects of the photograph: chosen, added, deleted, named, and in numbers."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.anchors.model import AnchorsModel
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import labelled, row, section

__all__ = ["AnchorObjects"]


LEAST_CLASSES = 3


class AnchorObjects:
    """Controls that follow the model: `bar` belongs to the photograph, `section` to the side.

    Parameters
    ----------
    model : AnchorsModel
    draw_mode : callable
        Told whether the next drag on the photograph draws an object.
    load_labels : callable
        Brings back the photograph's own objects.
    class_names : callable
        Returns the classes of the present data set.
    """

    def __init__(
        self,
        model: AnchorsModel,
        draw_mode: Callable[[bool], None],
        load_labels: Callable[[], None],
        class_names: Callable[[], tuple[str, ...]],
    ) -> None:
        self._model, self._class_names = model, class_names
        self._following = Following()
        self._problem = Notice()
        self._choice = labelled(_("Selected"), widgets.Dropdown())
        self._class = labelled(_("Class"), widgets.Dropdown())
        for choice in (self._choice, self._class):
            choice.layout.flex = "1 1 120px"
            choice.layout.width = "auto"
        self._draw = widgets.ToggleButton(
            description=_("Draw an object"), tooltip=_("Then drag on the photograph")
        )
        self._delete = widgets.Button(description=_("Delete"))
        self._labels = widgets.Button(description=_("Back to the labels"))
        names = (_("x"), _("y"), _("Width"), _("Height"))
        self._fields = [labelled(name, widgets.IntText()) for name in names]
        for field in self._fields:
            field.layout.width = "auto"
            field.layout.flex = "1 1 110px"
            field.layout.min_width = "0"
        self._unit, self._table = widgets.HTML(), widgets.HTML()

        guard = guarded(self._problem)
        self._choice.observe(guard(self._following.by_hand(self._choose)), "value")
        self._class.observe(guard(self._following.by_hand(self._name)), "value")
        self._draw.observe(guard(lambda change: draw_mode(change["new"])), "value")
        self._delete.on_click(guard(lambda _button: model.delete_object()))
        self._labels.on_click(guard(lambda _button: load_labels()))
        for field in self._fields:
            field.observe(guard(self._following.by_hand(self._type)), "value")
        self.bar = row(self._draw, self._delete, self._labels)
        self.section = section(
            _("Objects"),
            row(self._choice, self._class),
            self._unit,
            row(*self._fields),
            self._problem,
            self._table,
        )
        self.draw()

    def drawn(self) -> None:
        """Leave the mode in which the next drag draws."""
        self._draw.value = False

    def draw(self) -> None:
        """Follow the model."""
        state, selected = self._model.state, self._model.state.selected_object
        names = self._names()
        with self._following:
            objects = [
                (f"{number + 1}: {names[gt.class_id]}", number)
                for number, gt in enumerate(state.objects)
            ]
            if list(self._choice.options) != objects:
                self._choice.options = objects
            self._choice.value = state.selected if objects else None
            classes = [(name, number) for number, name in enumerate(names)]
            if list(self._class.options) != classes:
                self._class.options = classes
            self._class.value = selected.class_id if selected else None
            if selected is not None:
                for field, value in zip(
                    self._fields, selected.px(state.input_shape_px), strict=True
                ):
                    field.value = round(value)
        for control in (self._choice, self._class, self._delete, *self._fields):
            control.disabled = selected is None
        height, width = state.input_shape_px
        unit = _("Pixels of the {width} × {height} input").format(width=width, height=height)
        self._unit.value = f'<p class="ssdx-muted">{unit}</p>'
        self._table.value = self._summary(names)

    def _names(self) -> tuple[str, ...]:
        """Return the data set's classes, and as many more as it takes for another one."""
        names = self._class_names()
        highest = max((gt.class_id for gt in self._model.state.objects), default=0)
        more = range(len(names), max(highest + 2, LEAST_CLASSES))
        return (*names, *(_("class {number}").format(number=number) for number in more))

    def _summary(self, names: tuple[str, ...]) -> str:
        scene = self._model.scene
        lines = []
        for number, summary in enumerate(scene.objects):
            maps = [
                f"{count} × {layer.name}"
                for count, layer in zip(summary.num_positive, scene.layers, strict=True)
                if count
            ]
            where = ", ".join(maps) if maps else _("none yet")
            name = escape(names[summary.class_id])
            text = _("best IoU {iou}, positives: {where}").format(
                iou=f"{summary.best_iou:.2f}", where=where
            )
            lines.append(f"<li><b>{number + 1}: {name}</b> {text}</li>")
        return f'<ul class="ssdx-fine">{"".join(lines)}</ul>'

    def _choose(self, change: dict[str, Any]) -> None:
        if change["new"] is not None:
            self._model.change(selected=change["new"])

    def _name(self, change: dict[str, Any]) -> None:
        if change["new"] is not None:
            self._model.set_class(change["new"])

    def _type(self, _change: dict[str, Any]) -> None:
        self._model.set_gt_px(*(field.value for field in self._fields))
