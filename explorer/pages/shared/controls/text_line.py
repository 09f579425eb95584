"""A line of plain text on a page."""

from __future__ import annotations

import html

import ipywidgets as widgets

__all__ = ["TextLine"]


class TextLine(widgets.HTML):
    """Plain text that wraps; whatever is in the text, it is no HTML."""

    def __init__(self, css_class: str = "", text: str = "") -> None:
        super().__init__()
        if css_class:
            self.add_class(css_class)
        self.show(text)

    def show(self, text: str) -> None:
        """Replace the text."""
        self.value = html.escape(text)
