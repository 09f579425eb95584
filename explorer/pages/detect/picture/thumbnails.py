"""A strip of pictures to choose from: real buttons, so that a keyboard reaches them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.shared.page.parts import button, classed, set_class, show, step_button
from explorer.pages.shared.pictures.jpeg import jpeg_url
from explorer.pages.shared.pictures.pictures import Picture

SHOWN = 8
SIDE_PX = 144
"""Twice the size on screen: sharp where a pixel of the style sheet is two of the display."""


class ThumbnailStrip(widgets.Box):
    """Eight of many pictures, and buttons for the one before and the one after.

    Parameters
    ----------
    choose : callable
        Takes the index of the picture that the user wants; for the buttons before and after it
        may be -1 or the number of pictures.
    """

    def __init__(self, choose: Callable[[int], None]) -> None:
        self._pictures: Sequence[Picture] = ()
        self._choose = choose
        self._first = -1
        self._chosen = -1
        self._urls: dict[int, str] = {}
        self._style = widgets.HTML(layout={"display": "none"})
        self._thumbs = [self._thumb(place) for place in range(SHOWN)]
        before = step_button("‹", _("Previous picture"), lambda: choose(self._chosen - 1))
        after = step_button("›", _("Next picture"), lambda: choose(self._chosen + 1))
        self._steps = before, after
        thumbs = classed(widgets.Box(self._thumbs), "ssdx-thumbs")
        super().__init__([self._style, before, thumbs, after])
        self.add_class("ssdx-strip")
        self._turn_to(0)

    def show(self, pictures: Sequence[Picture], chosen: int) -> None:
        """Offer `pictures`, each read when it comes into the strip, and mark the chosen one."""
        if pictures is not self._pictures:
            self._pictures = pictures
            self._first = -1
            self._urls.clear()
        self._chosen = chosen
        self._turn_to(chosen // SHOWN * SHOWN)
        for step in self._steps:
            step.disabled = len(pictures) < 2
        for place, thumb in enumerate(self._thumbs):
            set_class(thumb, "ssdx-chosen", self._first + place == chosen)

    def _thumb(self, place: int) -> widgets.Button:
        thumb = button("", lambda: self._choose(self._first + place))
        return classed(thumb, "ssdx-thumb", f"ssdx-thumb-{place}")

    def _turn_to(self, first: int) -> None:
        if first == self._first:
            return
        self._first = first
        rules = []
        for place, thumb in enumerate(self._thumbs):
            index = first + place
            there = index < len(self._pictures)
            show(there, thumb)
            if there:
                thumb.description = thumb.tooltip = self._pictures[index].name
                rules.append(f".ssdx-page .ssdx-thumb-{place} {{{self._background(index)}}}")
        self._style.value = f"<style>{' '.join(rules)}</style>"

    def _background(self, index: int) -> str:
        if index not in self._urls:
            address = jpeg_url(self._pictures[index].image, SIDE_PX, quality=80)
            self._urls[index] = f"background-image: url({address})"
        return self._urls[index]
