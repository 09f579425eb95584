"""A page as one text: to copy, to paste, and in the page's address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import copy_button, labelled, section


class PageState:
    """The text of a page's state; `section` belongs to the side of the page.

    `template/shell.js` keeps it in the address, so that a reload, a bookmark or a copied link
    brings the page back; the page's `on_open` then finds it as ``state``.

    Parameters
    ----------
    title : str
    take : callable
        Gets a text that the user pasted; a `ValueError` is shown beside it.
    """

    def __init__(self, title: str, take: Callable[[str], None]) -> None:
        self._shown = ""
        problem = Notice()
        self._text = labelled(
            _("Copy this, or paste other settings"),
            widgets.Textarea(continuous_update=False, rows=3),
        )
        self._text.add_class("ssdx-state")

        def read(change: dict[str, Any]) -> None:
            if change["new"].strip() not in ("", self._shown):
                take(change["new"])

        self._text.observe(guarded(problem)(read), "value")
        link = widgets.HTML(copy_button(_("Copy a link to this page"), "link"))
        self.section = section(title, self._text, problem, link)

    def show(self, text: str) -> None:
        """Show the page's present state."""
        self._shown = self._text.value = text
