"""The classes to choose from, and the boxes of the image as a list."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ipywidgets as widgets

from explorer.exchange.class_colors import class_color
from explorer.i18n import _
from explorer.pages.data.labelling.model import Labelling
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page.notice import Guard
from explorer.pages.shared.page.parts import button, classed, column, row, set_class, show

if TYPE_CHECKING:
    from explorer.datasets.annotations import Annotation

MOST_ROWS = 30
"""Each costs the page four widgets; what is beyond is chosen on the picture."""

MOST_BUTTONS = 40
"""A class beyond has one while it is chosen; its name is typed, and completed by the browser."""


class ClassButtons:
    """A button per class, with its key and colour, and a field for one more."""

    def __init__(self, model: Labelling, guard: Guard) -> None:
        self._model, self._guard = model, guard
        self._names: tuple[str, ...] = ()
        self._place = classed(widgets.Box(), "ssdx-labelclasses")
        self._typed = widgets.Combobox(continuous_update=False, layout={"flex": "1 1 120px"})
        self._add = button(_("Add"), guard(lambda: self._take(self._typed.value)), flex="0 0 auto")
        Following(guard).listen(self._typed, self._take)
        self.widget = column(self._place, row(self._typed, self._add), gap=10)
        self.draw()

    def draw(self) -> None:
        """Follow the model: the class of the selected box is marked, or that of the next one."""
        model = self._model
        one = model.objects[model.selected] if model.selected >= 0 else None
        chosen = model.class_name if one is None else one.class_name
        names = model.class_names[:MOST_BUTTONS]
        if chosen in model.class_names[MOST_BUTTONS:]:
            names = (*names, chosen)
        if self._names != names:
            self._names = names
            self._place.children = [
                self._button(model.class_names.index(name), name) for name in names
            ]
        show(names, self._place)
        self._typed.options = model.class_names[MOST_BUTTONS:]
        self._typed.placeholder = _("another class") if names else _("the first class")
        for name, each in zip(names, self._place.children, strict=True):
            set_class(each, "ssdx-chosen", name == chosen)

    def _button(self, number: int, name: str) -> widgets.Button:
        key = f"{number + 1}  " if number < 9 else ""
        return button(
            f"{key}{name}",
            self._guard(lambda: self._model.name(name)),
            tooltip=name,
            border_left=f"8px solid {class_color(number)}",
        )

    def _take(self, name: str) -> None:
        if name.strip():
            self._model.name(name)
            self._typed.value = ""


class BoxList:
    """A row per box: press its size to select it, choose its class, delete it."""

    def __init__(self, model: Labelling, guard: Guard) -> None:
        self._model, self._guard = model, guard
        self._rows: list[_BoxRow] = []
        self._note = widgets.HTML()
        self._place = classed(widgets.VBox(), "ssdx-labelboxes")
        self.widget = column(self._note, self._place, gap=8)
        self.draw()

    def draw(self) -> None:
        """Follow the model."""
        model = self._model
        shown = model.objects[:MOST_ROWS]
        while len(self._rows) < len(shown):
            self._rows.append(_BoxRow(model, len(self._rows), self._guard))
        for number, (each, one) in enumerate(zip(self._rows, shown, strict=False)):
            each.show(one, model.class_names, number == model.selected)
        rows = [each.widget for each in self._rows[: len(shown)]]
        if list(self._place.children) != rows:
            self._place.children = rows
        more = len(model.objects) - len(shown)
        text = _("None yet: drag on the picture; with a finger, press Draw a box first.")
        text = "" if shown else text
        if more:
            text = _("The first {shown}; {more:,} more are on the picture.").format(
                shown=MOST_ROWS, more=more
            )
        self._note.value = f'<p class="ssdx-muted">{text}</p>' if text else ""
        show(text, self._note)


class _BoxRow:
    """One box of the list, by its number."""

    def __init__(self, model: Labelling, number: int, guard: Guard) -> None:
        self._following = Following(guard)
        self._size = button("", guard(lambda: model.select(number)), tooltip=_("Select it"))
        self._class = classed(widgets.Dropdown(), "ssdx-labelbox-class")
        self._delete = button(
            "×",
            guard(lambda: model.delete(number)),
            tooltip=_("Delete it"),
            css_class="ssdx-labelbox-delete",
        )
        self.widget = classed(widgets.Box([self._class, self._size, self._delete]), "ssdx-labelbox")
        self._following.listen(self._class, lambda name: model.name(name, number))

    def show(self, one: Annotation, class_names: tuple[str, ...], chosen: bool) -> None:
        names = [(name, name) for name in class_names]
        if one.class_name not in class_names:
            names.append((one.class_name or _("no class"), one.class_name))
        self._following.offer(self._class, names, one.class_name)
        self._size.description = _size_text(one)
        number = class_names.index(one.class_name) if one.class_name in class_names else None
        color = "var(--ssdx-muted)" if number is None else class_color(number)
        self.widget.layout.border_left = f"6px solid {color}"
        set_class(self.widget, "ssdx-chosen", chosen)


def _size_text(one: Annotation) -> str:
    if not all(map(math.isfinite, one.box_px)):
        return _("no numbers")
    x0, y0, x1, y1 = one.box_px
    return _("{width:.0f} × {height:.0f} px").format(width=x1 - x0, height=y1 - y0)
