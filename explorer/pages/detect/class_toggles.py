"""Which classes' boxes are shown."""

from __future__ import annotations

import ipywidgets as widgets

from explorer.exchange.class_colors import class_color
from explorer.i18n import _
from explorer.pages.detect.model import DetectModel
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page.parts import button, classed, section, show

MOST = 30
"""Of a detector with more classes, those that matter on the picture are listed."""


class ClassToggles:
    """A box to tick for each of the model's classes; hidden where there is only one."""

    def __init__(self, model: DetectModel) -> None:
        self._model = model
        self._following = Following()
        self._names: tuple[str, ...] = ()
        self._boxes: list[widgets.Checkbox] = []
        self._place = widgets.VBox()
        self._note = widgets.HTML()
        self._everything = button(
            _("All classes"), lambda: model.set_trait("hidden_classes", ()), css_class="ssdx-small"
        )
        self.section = section(_("Classes"), self._place, self._note, self._everything)
        model.detector.observe(lambda _change: self.draw(), "reading")
        model.observe(lambda _change: self.draw(), "hidden_classes")
        self.draw()

    def draw(self) -> None:
        """Follow the model."""
        every = self._model.class_names
        listed = self._model.toggled_classes(MOST)
        names = tuple(every[number] for number in listed)
        if names != self._names:
            self._names = names
            self._boxes = [self._box(name) for name in names]
            self._place.children = [
                classed(widgets.Box([_swatch(number), box]), "ssdx-class")
                for number, box in zip(listed, self._boxes, strict=True)
            ]
        hidden = self._model.hidden_classes
        with self._following:
            for name, box in zip(names, self._boxes, strict=True):
                box.value = name not in hidden
        self._draw_note(len(every), len(names))
        self._everything.disabled = not set(hidden) & set(every)
        show(len(every) > 1, self.section)

    def _draw_note(self, number: int, listed: int) -> None:
        text = _("Of {number:,} classes, those found in this picture or hidden.")
        self._note.value = f'<p class="ssdx-muted ssdx-fine">{text.format(number=number)}</p>'
        show(listed < number, self._note)

    def _box(self, name: str) -> widgets.Checkbox:
        box = widgets.Checkbox(description=name, value=True, indent=False)
        box.description_allow_html = False

        def toggle(shown: bool) -> None:
            others = tuple(each for each in self._model.hidden_classes if each != name)
            self._model.hidden_classes = others if shown else (*others, name)

        self._following.listen(box, toggle)
        return box


def _swatch(number: int) -> widgets.HTML:
    return widgets.HTML(
        f'<i class="ssdx-swatch" style="background: {class_color(number)}" aria-hidden="true"></i>'
    )
