"""The classes of the set: a colour, how many, what each is called, and whether it stays."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from explorer.exchange.class_colors import class_color
from explorer.i18n import _
from explorer.pages.data.classes.model import ClassPlan, PlannedClass
from explorer.pages.data.classes.window import ClassWindow
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import button, classed, labelled, section, show, step_button


class ClassListSection:
    """A row for each class; `section` belongs to the side of the page."""

    def __init__(self, plan: ClassPlan) -> None:
        self._plan = plan
        self._window = window = ClassWindow(plan)
        self._problem = Notice()
        guard = guarded(self._problem)
        self._following = Following(guard)
        self._rows: list[_Row] = []
        self._place = classed(widgets.VBox(), "ssdx-classlist")
        about = widgets.HTML(
            '<p class="ssdx-muted ssdx-fine">'
            + _("Type another name to rename a class; classes with the same name are merged.")
            + "</p>"
        )
        self._text = labelled(_("Find a class"), widgets.Text(continuous_update=False))
        before = step_button("‹", _("Earlier classes"), guard(lambda: window.turn(-1)))
        after = step_button("›", _("Further ones"), guard(lambda: window.turn(1)))
        self._where = widgets.HTML()
        self._pager = classed(widgets.Box([before, self._where, after]), "ssdx-classpager")
        self._steps = before, after
        self._reset = button(_("As in the files"), guard(plan.reset), css_class="ssdx-small")
        self.section = section(
            _("Classes"), about, self._text, self._place, self._pager, self._problem, self._reset
        )
        self._following.listen(self._text, window.look_for)
        plan.observe(guard(lambda _change: self._draw()), "classes")
        window.observe(guard(lambda _change: self._draw()), ["shown", "num_found"])
        self._draw()

    def _draw(self) -> None:
        classes: tuple[PlannedClass, ...] = self._plan.classes
        window = self._window
        while len(self._rows) < len(window.shown):
            self._rows.append(_Row(self._plan, self._following, self._draw))
        with self._following:
            for each, number in zip(self._rows, window.shown, strict=False):
                each.show(classes[number], _color(classes, number))
            self._text.value = window.text
        shown = [each.widget for each in self._rows[: len(window.shown)]]
        if list(self._place.children) != shown:
            self._place.children = shown
        self._draw_pager()
        mapping = self._plan.mapping
        show(mapping.rename or mapping.left_out, self._reset)
        show(classes, self.section)

    def _draw_pager(self) -> None:
        window = self._window
        self._where.value = f'<span class="ssdx-muted">{window.place_text()}</span>'
        before, after = self._steps
        before.disabled = window.first == 0
        after.disabled = window.first + len(window.shown) >= window.num_found
        show(window.is_needed, self._text, self._pager)


class _Row:
    def __init__(self, plan: ClassPlan, following: Following, draw_again: Any) -> None:
        self._plan, self._draw_again = plan, draw_again
        self._name = ""
        self._swatch = widgets.HTML()
        self._kept = widgets.Checkbox(indent=False, tooltip=_("Keep this class"))
        self._text = widgets.Text(continuous_update=False)
        self._count = widgets.HTML()
        following.listen(self._kept, self._keep)
        following.listen(self._text, self._rename)
        self.widget = widgets.Box([self._kept, self._swatch, self._text, self._count])
        self.widget.add_class("ssdx-classrow")

    def show(self, each: PlannedClass, color: str) -> None:
        found = each.found
        self._name = found.name
        self._kept.value, self._text.value = each.kept, each.new_name
        # For screen readers: on the page the row itself says it.
        self._kept.description = _("Keep {name}").format(name=found.name)
        self._text.description = _("New name for {name}").format(name=found.name)
        self._text.disabled = not each.kept
        self._text.placeholder = _("(no name)")
        self._text.tooltip = _("Called {name} in the files").format(name=found.name or "—")
        self._swatch.value = (
            f'<i class="ssdx-swatch" style="background: {color}" aria-hidden="true"></i>'
        )
        text = _("{objects:,} objects").format(objects=found.num_objects)
        images = _("on {images:,} images").format(images=found.num_images)
        self._count.value = (
            f'<span class="ssdx-muted" title="{text} {images}">{found.num_objects:,}</span>'
        )

    def _keep(self, kept: bool) -> None:
        try:
            self._plan.keep(self._name, kept)
        finally:
            self._draw_again()  # what was refused is seen as it is

    def _rename(self, name: str) -> None:
        try:
            self._plan.rename(self._name, name)
        finally:
            self._draw_again()


def _color(classes: tuple[PlannedClass, ...], number: int) -> str:
    """Return the colour that the class has once it is built."""
    names = list(dict.fromkeys(each.new_name for each in classes if each.kept))
    each = classes[number]
    return class_color(names.index(each.new_name)) if each.kept else "transparent"
