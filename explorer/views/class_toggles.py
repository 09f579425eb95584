"""Which classes' boxes are shown."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.viewmodels.detect import DetectModel
from explorer.views.detection_plot import class_color
from explorer.views.following import Following
from explorer.views.page import section

__all__ = ["ClassToggles"]


class ClassToggles:
    """A box to tick for each of the model's classes; hidden where there is only one."""

    def __init__(self, model: DetectModel) -> None:
        self._model = model
        self._following = Following()
        self._names: tuple[str, ...] = ()
        self._boxes: list[widgets.Checkbox] = []
        self._place = widgets.VBox()
        everything = widgets.Button(description=_("All classes"))
        everything.add_class("ssdx-small")
        everything.on_click(lambda _button: model.set_trait("hidden_classes", ()))
        self._everything = everything
        self.section = section(_("Classes"), self._place, everything)
        model.reader.observe(lambda _change: self.draw(), "reading")
        model.observe(lambda _change: self.draw(), "hidden_classes")
        self.draw()

    def draw(self) -> None:
        """Follow the model."""
        names = self._model.class_names
        if names != self._names:
            self._names = names
            self._boxes = [self._box(name) for name in names]
            self._place.children = [
                widgets.Box([_swatch(number), box]) for number, box in enumerate(self._boxes)
            ]
            for line in self._place.children:
                line.add_class("ssdx-class")
        hidden = self._model.hidden_classes
        with self._following:
            for name, box in zip(names, self._boxes, strict=True):
                box.value = name not in hidden
        self._everything.disabled = not set(hidden) & set(names)
        self.section.layout.display = None if len(names) > 1 else "none"

    def _box(self, name: str) -> widgets.Checkbox:
        box = widgets.Checkbox(description=name, value=True, indent=False)
        box.description_allow_html = False

        def changed(change: dict[str, Any]) -> None:
            others = tuple(each for each in self._model.hidden_classes if each != name)
            self._model.hidden_classes = others if change["new"] else (*others, name)

        box.observe(self._following.reader(changed), "value")
        return box


def _swatch(number: int) -> widgets.HTML:
    return widgets.HTML(
        f'<i class="ssdx-swatch" style="background: {class_color(number)}" aria-hidden="true"></i>'
    )
