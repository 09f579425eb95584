"""A line of plain text on a page."""

from __future__ import annotations

import html

import ipywidgets as widgets

from explorer.pages.shared.page.parts import classed


class TextLine(widgets.HTML):
    """Plain text that wraps; whatever is in the text, it is no HTML."""

    def __init__(self, css_class: str = "", text: str = "", **layout: str) -> None:
        super().__init__(layout=layout)
        classed(self, *css_class.split())
        self.show(text)

    def show(self, text: str) -> None:
        """Replace the text."""
        self.value = html.escape(text)
