"""Parts of a page of which one is shown, each made when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets

from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import column, show


class Tabs:
    """A row of buttons and the part that belongs to the chosen one.

    Parts that are not shown yet cost a page nothing when it is opened.

    Parameters
    ----------
    parts : mapping of str to (str, callable)
        By its key, which addresses keep: the title of a part, and what makes it.
    """

    def __init__(self, parts: Mapping[str, tuple[str, Callable[[], widgets.Widget]]]) -> None:
        self._parts = parts
        self._made: dict[str, widgets.Widget] = {}
        self._problem = Notice()
        self._buttons = widgets.ToggleButtons(
            options=[(title, key) for key, (title, _make) in parts.items()], value=None
        )
        self._buttons.add_class("ssdx-tabs")
        self._place = widgets.VBox()
        self._buttons.observe(guarded(self._problem)(self._chosen), "value")
        self.widget = column(self._buttons, self._problem, self._place, gap=16)

    @property
    def chosen(self) -> str:
        """Key of the part that is shown; empty before there is one."""
        return self._buttons.value or ""

    def choose(self, key: str) -> None:
        """Show a part; one that does not exist is left alone."""
        if key in self._parts:
            self._buttons.value = key

    def observe(self, callback: Callable[[], None]) -> None:
        """Call `callback` when another part is shown."""
        self._buttons.observe(lambda _change: callback(), "value")

    def _chosen(self, change: dict[str, Any]) -> None:
        key = change["new"]
        if key not in self._made:
            _title, make = self._parts[key]
            self._made[key] = make()
            self._place.children = (*self._place.children, self._made[key])
        for name, part in self._made.items():
            show(name == key, part)
