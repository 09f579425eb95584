"""“The images”: what is looked for in a set, page by page, and one image large."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.data.class_marks import class_legend
from explorer.pages.data.images.grid import ImageGrid
from explorer.pages.data.images.model import SHOWN, WITHOUT_OBJECTS, ImageGallery
from explorer.pages.data.images.opened_image import OpenedImage
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.controls.text_line import TextLine
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import classed, labelled, row, show, step_button
from explorer.pages.shared.timing.background import start
from explorer.pages.shared.timing.later import Later

__all__ = ["ImageGalleryPanel"]

PICTURES_WAIT_S = 0.15
"""The pictures follow when a slider rests: they are what takes longest to make and to send."""


class ImageGalleryPanel:
    """Filters, a grid of small pictures, and in its place the image that is open.

    While it is hidden (``widget.layout.display`` is "none") nothing is measured or drawn.

    Parameters
    ----------
    model : ImageGallery
    page : Page

    Attributes
    ----------
    widget : ipywidgets widget
    """

    def __init__(self, model: ImageGallery, page: Page) -> None:
        self._model = model
        self._following = Following()
        self._was_open = -1
        self._problem = Notice()
        guard = self._guard = guarded(self._problem)
        self._what = labelled(_("Show"), widgets.Dropdown())
        self._sizes = labelled(
            _("With an object of this size, px"),
            widgets.IntRangeSlider(min=0, max=256, value=(0, 256)),
        )
        self._text = labelled(_("With this in its name"), widgets.Text(placeholder=_("any name")))
        self._everything = widgets.Button(description=_("Show all images"))
        self._count = TextLine("ssdx-muted")
        self._before = step_button("‹", _("Earlier images"))
        self._after = step_button("›", _("Further images"))
        self._page = widgets.BoundedIntText(min=1, max=1, description=_("Page"))
        self._page.add_class("ssdx-imagepage")
        self._pages = widgets.HTML()
        self._legend = widgets.HTML()
        self.grid = ImageGrid(model, guard(lambda number: start(model.open(number), self._guard)))
        self._back = widgets.Button(description=_("Back to the images"))
        self._previous = step_button("‹", _("The image before"))
        self._next = step_button("›", _("The next image"))
        self._place = widgets.HTML()
        self.opened = OpenedImage(model, page)
        self._state = TextLine("ssdx-muted")
        self.widget = self._build()
        self._listen()
        self._later = Later(guard(self._draw_pictures), PICTURES_WAIT_S)
        guard(self._draw)()

    def _build(self) -> widgets.VBox:
        filters = classed(widgets.Box([self._what, self._sizes, self._text]), "ssdx-imagefilters")
        self._turning = _line(self._before, self._page, self._pages, self._after)
        pager = classed(row(self._count, self._everything, self._turning), "ssdx-imagepager")
        self._found = widgets.VBox([self._legend, self.grid.widget])
        self._many = widgets.VBox([filters, pager, self._found])
        steps = row(self._back, _line(self._previous, self._place, self._next))
        steps.add_class("ssdx-imagepager")
        self._one = widgets.VBox([steps, self.opened.widget])
        panel = widgets.VBox([self._problem, self._state, self._many, self._one])
        for box in (self._found, self._many, self._one, panel):
            box.layout.grid_gap = "14px"
        return panel

    def _listen(self) -> None:
        model, guard = self._model, self._guard
        for control, name in (
            (self._what, "what"), (self._sizes, "sizes_px"), (self._text, "text"),
        ):  # fmt: skip
            control.observe(guard(self._following.by_hand(partial(self._look_for, name))), "value")
        self._everything.on_click(guard(lambda _button: model.look_for_all()))
        self._before.on_click(guard(lambda _button: model.turn_to(model.first - SHOWN)))
        self._after.on_click(guard(lambda _button: model.turn_to(model.first + SHOWN)))
        self._page.observe(guard(self._following.by_hand(self._turn_to)), "value")
        self._back.on_click(guard(lambda _button: model.close()))
        self._previous.on_click(guard(lambda _button: start(model.step(-1), self._guard)))
        self._next.on_click(guard(lambda _button: start(model.step(1), self._guard)))
        drawn = ["annotations", "table", "what", "sizes_px", "text", "num_found", "page"]
        model.observe(guard(lambda _change: self._draw()), drawn)
        model.observe(guard(lambda _change: self._draw_opened()), ["opened", "seen"])
        self.widget.layout.observe(guard(lambda _change: self._draw()), "display")

    def open_image(self, name: str) -> None:
        """Show the image called `name` large."""
        start(self._model.open_image(name), self._guard)

    def _draw(self) -> None:
        if self.widget.layout.display == "none":
            return  # it is drawn when it is shown
        model = self._model
        ready = model.table is not None and model.table.num_images > 0
        if not ready:
            self._state.show(self._what_is_missing())
        show(not ready, self._state)
        if model.annotations is not None and model.table is None:
            start(model.measure(), self._guard)
        if ready:
            self._draw_filters()
            self._draw_found()
        self._draw_opened()

    def _what_is_missing(self) -> str:
        if self._model.annotations is None:
            return _("There is no set to look at yet.")
        if self._model.table is None:
            return _("Measuring the boxes…")
        return _("The set has no image.")

    def _draw_filters(self) -> None:
        model = self._model
        with self._following:
            if list(self._what.options) != model.choices:
                self._what.options = model.choices
            self._what.value = model.what
            self._sizes.max = model.input_size
            self._sizes.value = model.sizes_px
            self._text.value = model.text
        self._sizes.disabled = model.what == WITHOUT_OBJECTS
        show(model.is_filtered, self._everything)

    def _draw_found(self) -> None:
        model = self._model
        self._count.show(self._count_text())
        show(model.num_found > SHOWN, self._turning)
        self._before.disabled = model.first == 0
        self._after.disabled = model.first + SHOWN >= model.num_found
        num_pages = max(-(-model.num_found // SHOWN), 1)
        self._pages.value = _("of {pages:,}").format(pages=num_pages)
        with self._following:
            self._page.max = num_pages
            self._page.value = model.first // SHOWN + 1
        show(model.page, self._found)
        shown = [
            class_id
            for number in model.page
            for class_id in model.table.class_id[model.table.rows_of(number)].tolist()
        ]
        self._legend.value = class_legend(model.table.class_names, shown) if shown else ""
        self.grid.draw()
        self._later.ask()

    def _count_text(self) -> str:
        model = self._model
        if not model.num_found:
            return _("No image is like this: look for something else, or show all images.")
        last = model.first + len(model.page)
        return _("{first:,}–{last:,} of {found:,} images").format(
            first=model.first + 1, last=last, found=model.num_found
        )

    def _draw_opened(self) -> None:
        model = self._model
        ready = model.table is not None and model.table.num_images > 0
        is_open = ready and model.opened >= 0
        show(ready and not is_open, self._many)
        show(is_open, self._one)
        if is_open:
            place = model.place_of(model.opened)
            text = _("{number:,} of {found:,}").format(number=place + 1, found=model.num_found)
            self._place.value = f'<p role="status" class="ssdx-imageplace">{escape(text)}</p>'
            self._previous.disabled = place <= 0
            self._next.disabled = place == model.num_found - 1
        self.opened.draw()
        # What is shown takes the place of what was clicked: the keyboard goes along.
        if is_open and self._was_open < 0:
            self._back.focus()
        elif ready and not is_open and self._was_open >= 0:
            self.grid.focus(self._was_open)
            self._later.ask()
        self._was_open = model.opened

    def _look_for(self, name: str, change: dict[str, Any]) -> None:
        if change["new"] is not None:
            self._model.look_for(**{name: change["new"]})

    def _turn_to(self, change: dict[str, Any]) -> None:
        self._model.turn_to((change["new"] - 1) * SHOWN)

    def _draw_pictures(self) -> None:
        if self._model.opened < 0 and self.widget.layout.display != "none":
            start(self.grid.draw_pictures(), self._guard)


def _line(*controls: widgets.Widget) -> widgets.Box:
    """Return controls that stay beside each other on a phone, too."""
    return classed(widgets.Box(controls), "ssdx-imageline")
