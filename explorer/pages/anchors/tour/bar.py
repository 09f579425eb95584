"""The guided tour: a bar at the bottom of the window, above the page that it explains."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.anchors.model import AnchorsModel
from explorer.pages.anchors.state import AnchorsState
from explorer.pages.anchors.tour.steps import TourStep
from explorer.pages.shared.page.parts import button, classed, row, show


class AnchorTour:
    """`start` is the button on the page, `bar` what follows the user while the tour runs.

    The browser scrolls to the part of the page whose class the text names (`template/shell.js`).
    """

    def __init__(
        self, model: AnchorsModel, steps: tuple[TourStep, ...], guard: Callable[..., Any]
    ) -> None:
        self._model, self._steps = model, steps
        self._number = -1
        self._before: AnchorsState | None = None
        self.start = button(
            _("Take the tour"),
            guard(self._begin),
            tooltip=_("{number} short steps").format(number=len(steps)),
            flex="0 0 auto",
        )
        self._text = widgets.HTML()
        self._back = button(_("Back"), guard(lambda: self._go(self._number - 1)))
        self._next = button(_("Next"), guard(lambda: self._go(self._number + 1)), style="primary")
        self._end = button(
            _("End the tour"), guard(self._finish), tooltip=_("And go back to where you were")
        )
        buttons = row(self._back, self._next, self._end)
        self.bar = classed(widgets.VBox([self._text, buttons]), "ssdx-tour")
        show(False, self.bar)

    def _begin(self) -> None:
        if self._before is None:
            self._before = self._model.state
        self._go(0)

    def _go(self, number: int) -> None:
        if number >= len(self._steps):
            self._finish()
            return
        self._number = number
        step = self._steps[number]
        self._model.show_state(step.state)
        self._back.disabled = number == 0
        last = number == len(self._steps) - 1
        self._next.description = _("Done") if last else _("Next")
        count = _("{number} of {all}").format(number=number + 1, all=len(self._steps))
        self._text.value = (
            f'<div role="status" data-ssdx-look="{step.place}" data-ssdx-step="{number}">'
            f'<span class="ssdx-muted">{count}</span> <b>{escape(step.title)}</b>'
            f"<p>{escape(step.text)}</p></div>"
        )
        show(True, self.bar)

    def _finish(self) -> None:
        show(False, self.bar)
        self._number = -1
        if self._before is not None:
            self._model.show_state(self._before)
            self._before = None
