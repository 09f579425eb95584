"""The next batch on the training page: looked at when the user asks."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.shared.controls.text_line import TextLine
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import button, column, row, show
from explorer.pages.shared.timing.background import start
from explorer.pages.train.batch.content import BatchContent
from explorer.pages.train.batch.model import BatchModel
from explorer.pages.train.batch.words import state_text


class BatchPanel:
    """A button that looks at the model's next batch, and what is then seen of it."""

    def __init__(self, model: BatchModel, page: Page) -> None:
        self._model, self._page = model, page
        self.content: BatchContent | None = None
        self.problem = Notice()
        guard = self._guard = guarded(self.problem)
        title = widgets.HTML(f'<h2 class="ssdx-title">{_("The next batch")}</h2>')
        self._look = button(_("Look at the next batch"), self._start, flex="0 0 auto")
        self._state = TextLine("ssdx-muted", flex="1 1 240px")
        self._progress = widgets.FloatProgress(min=0.0, max=1.0, layout={"width": "100%"})
        first = row(self._look, self._state, align_items="center")
        self.widget = column(title, first, self._progress, self.problem, gap=12)
        state = ["run", "has_checkpoint", "state", "progress", "problem", "inspection"]
        model.observe(guard(lambda _change: self.draw()), state)
        model.observe(guard(self._show_content), "inspection")
        self.draw()

    def draw(self) -> None:
        """Follow the model."""
        model = self._model
        self._look.disabled = model.works or not model.has_checkpoint
        show(model.works, self._progress)
        self._progress.value = model.progress
        self._state.show(state_text(model))
        self.problem.fail(model.problem)

    def _start(self) -> None:
        """Look, on the kernel's loop; the work itself is done in a thread."""
        start(self._model.look(), self._guard)

    def _show_content(self, _change: Any) -> None:
        """Make the figures when there is first something to see: the page is there sooner."""
        if self.content is None and self._model.inspection is not None:
            self.content = BatchContent(self._model, self._page, self._guard)
            self.widget.children = (*self.widget.children, self.content.widget)
