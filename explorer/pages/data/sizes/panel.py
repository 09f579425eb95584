"""“Sizes and places”: what the boxes of a set look like, each figure with what it says."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import ipywidgets as widgets
import numpy as np

from explorer.i18n import N_, _
from explorer.pages.data.class_marks import class_legend
from explorer.pages.data.sizes import words
from explorer.pages.data.sizes.count_bars import CountBars, ranges_of
from explorer.pages.data.sizes.model import BoxStatistics, Extreme
from explorer.pages.data.sizes.numbers import MOST_COUNTED, BoxNumbers
from explorer.pages.data.sizes.place_map import PlaceMap
from explorer.pages.data.sizes.scatter import BoxScatter
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.controls.text_line import TextLine
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import beside, button, classed, column, labelled, row, show
from explorer.pages.shared.timing.background import start

_EXTREMES: dict[Extreme, str] = {
    "smallest": N_("Show the smallest object"),
    "largest": N_("Show the largest object"),
    "fullest": N_("Show the fullest image"),
}


_SENTENCES = {
    "fit": words.fit_sentence,
    "sizes": words.size_sentence,
    "aspects": words.aspect_sentence,
    "images": words.image_sentence,
    "places": words.place_sentence,
}


class BoxStatisticsPanel:
    """Five figures that follow the model, and the sentences that say what they show.

    While it is hidden (``widget.layout.display`` is "none") nothing is measured or drawn.
    `open_image` is told the name of the image that the user wants to see.
    """

    def __init__(self, model: BoxStatistics, page: Page, open_image: Callable[[str], None]) -> None:
        self._model, self._open_image = model, open_image
        self._problem = Notice()
        guard = self._guard = guarded(self._problem)
        self._following = Following(guard)
        self.scatter = BoxScatter(guard(lambda w, h: self._open(model.pick(w, h))))
        self.sizes = CountBars("sizes", _("objects"), _("√(width × height), px of the input"))
        self.aspects = CountBars(
            "aspects", _("objects"), _("width ÷ height in the input"), of_ratios=True
        )
        self.on_images = CountBars("on_images", _("images"), _("objects on an image"))
        self.places = PlaceMap()
        self._state = TextLine("ssdx-muted")
        self._class = labelled(_("Class"), widgets.Dropdown(), max_width="280px")
        self._unmeasured = widgets.HTML()
        self._sentences = {name: TextLine() for name in _SENTENCES}
        self._legend = widgets.HTML()
        self._dots = TextLine("ssdx-muted")
        self._opened = Notice()
        self.widget = self._build(page)
        self._following.listen(self._class, self._choose)
        model.observe(guard(lambda _change: self._draw()), ["annotations", "numbers"])
        model.observe(guard(lambda _change: self._mark()), "selected")
        self.widget.layout.observe(guard(lambda _change: self._draw()), "display")
        guard(self._draw)()

    def _build(self, page: Page) -> widgets.VBox:
        said, dashed = self._sentences, _("Dashed lines are ToySSD’s anchors.")
        buttons = row(*(self._button(extreme, _(text)) for extreme, text in _EXTREMES.items()))
        buttons.add_class("ssdx-boxbuttons")
        about = column(
            _heading(_("Width and height")), said["fit"], self._legend,
            _fine(_("✕ is an anchor of ToySSD. Click a dot to see its image.")),
            self._dots, buttons, self._opened, gap=12,
        )  # fmt: skip
        fit = classed(beside((page.plot(self.scatter.figure), 380), (about, 260)), "ssdx-wide")
        plots = widgets.Box(
            [
                fit,
                _titled(_("Sizes"), said["sizes"], page.plot(self.sizes.figure), dashed),
                _titled(_("Shapes"), said["aspects"], page.plot(self.aspects.figure), dashed),
                _titled(_("Objects on an image"), said["images"], page.plot(self.on_images.figure)),
                _titled(_("Places"), said["places"], page.plot(self.places.figure)),
            ]
        )
        plots.add_class("ssdx-boxplots")
        self._content = column(self._class, self._unmeasured, plots, gap=14)
        return column(self._problem, self._state, self._content, gap=14)

    def _button(self, extreme: Extreme, text: str) -> widgets.Button:
        return button(text, self._guard(lambda: self._open(self._model.find(extreme))))

    def _draw(self) -> None:
        if self.widget.layout.display == "none":
            return  # it is drawn when it is shown
        model = self._model
        numbers: BoxNumbers | None = model.numbers
        self._opened.clear()
        if numbers is None:
            waits = model.annotations is not None
            text = _("Measuring the boxes…") if waits else _("There is no set to look at yet.")
            self._say(text)
            if waits:
                start(self._model.measure(), self._guard)
            return
        if not len(numbers.rows) and not numbers.num_unmeasured:
            self._say(_("No image has an object: there is nothing to measure."))
            return
        self._say("")
        self._draw_controls(numbers)
        self._draw_figures(numbers)

    def _say(self, text: str) -> None:
        """Show a text in place of the figures, or the figures if it is empty."""
        self._state.show(text)
        show(text, self._state)
        show(not text, self._content)

    def _draw_controls(self, numbers: BoxNumbers) -> None:
        self._following.offer(self._class, self._model.choices(), numbers.class_id)
        unmeasured = words.unmeasured_sentence(numbers)
        self._unmeasured.value = f'<p class="ssdx-warning">{escape(unmeasured)}</p>'
        show(unmeasured, self._unmeasured)

    def _draw_figures(self, numbers: BoxNumbers) -> None:
        table = numbers.table
        images = self._model.annotations.images
        self.scatter.draw(numbers, [images[at].name for at in table.image[numbers.dots].tolist()])
        self._mark()
        self._legend.value = class_legend(table.class_names, table.class_id[numbers.dots].tolist())
        anchors = numbers.anchors_px
        sides = sorted({round(float(side), 1) for side in np.sqrt(anchors.prod(axis=1))})
        ratios = sorted({round(float(ratio), 3) for ratio in anchors[:, 0] / anchors[:, 1]})
        sizes, aspects, images_with = (
            numbers.size_counts, numbers.aspect_counts, numbers.image_counts,
        )  # fmt: skip
        self.sizes.draw(sizes, ranges_of(sizes.edges, ".0f"), sides)
        self.aspects.draw(aspects, ranges_of(aspects.edges, ".2f"), ratios)
        on = [str(number) for number in range(len(images_with.counts))]
        if len(on) > MOST_COUNTED:
            on[-1] = _("{number} or more").format(number=on[-1])
        self.on_images.draw(images_with, on)
        self.places.draw(numbers.places)
        for name, sentence in _SENTENCES.items():
            self._sentences[name].show(sentence(numbers))
        drawn = words.dots_sentence(numbers)
        self._dots.show(drawn)
        show(drawn, self._dots)

    def _mark(self) -> None:
        if self._model.numbers is not None:
            self.scatter.mark(self._model.numbers, self._model.selected)

    def _choose(self, class_id: int) -> None:
        self._model.choose_class(class_id)
        start(self._model.measure(), self._guard)

    def _open(self, name: str | None) -> None:
        if name is None:
            self._opened.say(_("No object is there; click nearer to a dot."))
            return
        self._opened.say(_("{name} is open among the images.").format(name=name))
        self._open_image(name)


def _titled(title: str, said: widgets.Widget, plot: widgets.Widget, more: str = "") -> widgets.VBox:
    below = [_fine(more)] if more else []
    return widgets.VBox([_heading(title), said, plot, *below])


def _heading(title: str) -> widgets.HTML:
    return widgets.HTML(f'<div class="ssdx-subtitle">{escape(title)}</div>')


def _fine(text: str) -> widgets.HTML:
    return widgets.HTML(f'<div class="ssdx-muted ssdx-fine">{escape(text)}</div>')
