"""“The images”: what is looked for in a set, page by page, and one image large."""

from __future__ import annotations

from html import escape

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
from explorer.pages.shared.page.parts import (
    button,
    classed,
    column,
    labelled,
    row,
    show,
    step_button,
)
from explorer.pages.shared.timing.background import start
from explorer.pages.shared.timing.later import Later

PICTURES_WAIT_S = 0.15
"""The pictures follow when a slider rests: they are what takes longest to make and to send."""


class ImageGalleryPanel:
    """Filters, a grid of small pictures, and in its place the image that is open.

    While it is hidden (``widget.layout.display`` is "none") nothing is measured or drawn.
    """

    def __init__(self, model: ImageGallery, page: Page) -> None:
        self._model = model
        self._was_open = -1
        self._problem = Notice()
        guard = self._guard = guarded(self._problem)
        self._following = Following(guard)
        self._what = labelled(_("Show"), widgets.Dropdown())
        self._sizes = labelled(
            _("With an object of this size, px"),
            widgets.IntRangeSlider(min=0, max=256, value=(0, 256)),
        )
        self._text = labelled(_("With this in its name"), widgets.Text(placeholder=_("any name")))
        self._everything = button(_("Show all images"), guard(model.look_for_all))
        self._count = TextLine("ssdx-muted")
        self._before = self._turn_button("‹", _("Earlier images"), -SHOWN)
        self._after = self._turn_button("›", _("More images"), SHOWN)
        self._page = widgets.BoundedIntText(min=1, max=1, description=_("Page"))
        self._page.add_class("ssdx-imagepage")
        self._pages = widgets.HTML()
        self._legend = widgets.HTML()
        self.grid = ImageGrid(model, guard(lambda number: start(model.open(number), self._guard)))
        self._back = button(_("Back to the images"), guard(model.close))
        self._previous = self._step_button("‹", _("Previous image"), -1)
        self._next = self._step_button("›", _("Next image"), 1)
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
        self._found = column(self._legend, self.grid.widget, gap=14)
        self._many = column(filters, pager, self._found, gap=14)
        steps = row(self._back, _line(self._previous, self._place, self._next))
        steps.add_class("ssdx-imagepager")
        self._one = column(steps, self.opened.widget, gap=14)
        return column(self._problem, self._state, self._many, self._one, gap=14)

    def _turn_button(self, sign: str, tooltip: str, by: int) -> widgets.Button:
        model = self._model
        return step_button(sign, tooltip, self._guard(lambda: model.turn_to(model.first + by)))

    def _step_button(self, sign: str, tooltip: str, by: int) -> widgets.Button:
        step = self._guard(lambda: start(self._model.step(by), self._guard))
        return step_button(sign, tooltip, step)

    def _listen(self) -> None:
        model, guard = self._model, self._guard
        self._following.listen(self._what, lambda what: model.look_for(what=what))
        self._following.listen(self._sizes, lambda sizes: model.look_for(sizes_px=sizes))
        self._following.listen(self._text, lambda text: model.look_for(text=text))
        self._following.listen(self._page, lambda page: model.turn_to((page - 1) * SHOWN))
        drawn = ["annotations", "table", "what", "sizes_px", "text", "num_found", "page"]
        model.observe(guard(lambda _change: self._draw()), drawn)
        model.observe(guard(lambda _change: self._draw_opened()), ["opened", "seen"])
        self.widget.layout.observe(guard(lambda _change: self._draw()), "display")

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
        self._following.offer(self._what, model.choices, model.what)
        with self._following:
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
            return _("No image matches: look for something else, or show all images.")
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

    def _draw_pictures(self) -> None:
        if self._model.opened < 0 and self.widget.layout.display != "none":
            start(self.grid.draw_pictures(), self._guard)


def _line(*controls: widgets.Widget) -> widgets.Box:
    """Return controls that stay beside each other on a phone, too."""
    return classed(widgets.Box(controls), "ssdx-imageline")
