"""The objects of the photograph: chosen, added, deleted, named, and in numbers."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.anchors.model import AnchorsModel
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import beside, button, labelled, row, section

LEAST_CLASSES = 3


class AnchorObjects:
    """Controls that follow the model: `bar` belongs to the photograph, `section` to the side.

    Parameters
    ----------
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
        self._problem = Notice()
        guard = guarded(self._problem)
        self._following = Following(guard)
        self._choice = labelled(_("Selected"), widgets.Dropdown())
        self._class = labelled(_("Class"), widgets.Dropdown())
        self._draw = widgets.ToggleButton(
            description=_("Draw an object"), tooltip=_("Then drag on the photograph")
        )
        self._delete = button(_("Delete"), guard(model.delete_object))
        self._labels = button(_("Back to the labels"), guard(load_labels))
        names = (_("x"), _("y"), _("Width"), _("Height"))
        self._fields = [labelled(name, widgets.IntText()) for name in names]
        self._unit, self._table = widgets.HTML(), widgets.HTML()

        self._following.listen(self._choice, lambda number: model.change(selected=number))
        self._following.listen(self._class, model.set_class)
        self._draw.observe(guard(lambda change: draw_mode(change["new"])), "value")
        for field in self._fields:
            self._following.listen(field, lambda _value: self._move())
        self.bar = row(self._draw, self._delete, self._labels)
        self.section = section(
            _("Objects"),
            beside((self._choice, 120), (self._class, 120)),
            self._unit,
            beside(*((field, 110) for field in self._fields)),
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
        objects = [
            (f"{number + 1}: {names[gt.class_id]}", number)
            for number, gt in enumerate(state.objects)
        ]
        self._following.offer(self._choice, objects, state.selected if objects else None)
        classes = [(name, number) for number, name in enumerate(names)]
        self._following.offer(self._class, classes, selected.class_id if selected else None)
        if selected is not None:
            with self._following:
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

    def _move(self) -> None:
        self._model.set_gt_px(*(field.value for field in self._fields))
