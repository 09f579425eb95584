"""Small pictures to press, each with a caption below it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import ipywidgets as widgets

from explorer.pages.shared.page.parts import button, classed, show


class PictureSlots:
    """A grid of so many places; a style sheet says how it looks.

    Parameters
    ----------
    name : str
        The grid has the class ``ssdx-{name}s``, a place ``ssdx-{name}``, its picture
        ``ssdx-{name}picture``.
    number : int
        Of places.
    press : callable
        Told the place whose picture was pressed.
    """

    def __init__(self, name: str, number: int, press: Callable[[int], object]) -> None:
        self._name = name
        self._styles = [widgets.HTML() for _place in range(number)]
        self.captions = [widgets.HTML() for _place in range(number)]
        self.pictures = [
            classed(
                button("", partial(press, place)), f"ssdx-{name}picture", f"ssdx-{name}-{place}"
            )
            for place in range(number)
        ]
        self.places = [
            classed(widgets.VBox(each), f"ssdx-{name}")
            for each in zip(self.pictures, self.captions, strict=True)
        ]
        styles = widgets.VBox(self._styles, layout={"display": "none"})
        grid = classed(widgets.Box(self.places), f"ssdx-{name}s")
        self.widget = widgets.VBox([styles, grid])

    def show_first(self, number: int) -> None:
        """Show the first places, and hide the others."""
        for place, each in enumerate(self.places):
            show(place < number, each)

    def draw(self, place: int, url: str) -> None:
        """Show the picture of a data URL; without one none."""
        style = f".ssdx-page .ssdx-{self._name}-{place} {{background-image: url({url})}}"
        self._styles[place].value = f"<style>{style}</style>" if url else ""

    def describe(self, place: int, text: str, tooltip: str) -> None:
        """Say what pressing the picture does, and what it is to who points at it."""
        self.pictures[place].description, self.pictures[place].tooltip = text, tooltip
