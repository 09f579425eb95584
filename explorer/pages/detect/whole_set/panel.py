"""“The whole data set” on the detect page: judged when the user asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import ipywidgets as widgets

from explorer.datasets.catalog import command_for
from explorer.i18n import _
from explorer.pages.detect.whole_set.model import DatasetJudgement
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.controls.text_line import TextLine
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import button, column, labelled, row, show
from explorer.pages.shared.timing.background import start

if TYPE_CHECKING:
    from explorer.pages.detect.whole_set.content import JudgementContent


class JudgementPanel:
    """A button that judges the model's detector on a data set, and what is then seen of it.

    `open_picture` takes the data set's name and the number of the image that the user wants to
    see, `set_threshold` the score threshold.
    """

    def __init__(
        self,
        model: DatasetJudgement,
        page: Page,
        open_picture: Callable[[str, int], None],
        set_threshold: Callable[[float], None],
    ) -> None:
        self._model = model
        self.content: JudgementContent | None = None
        """None until there is first something to see."""
        self.problem = Notice()
        guard = guarded(self.problem)
        self._of_content = model, page, open_picture, set_threshold, guard
        self._following = Following(guard)
        self._datasets = labelled(
            _("Validation images of"), widgets.Dropdown(options=[]), flex="0 1 220px"
        )
        self._run = button(
            _("Judge the detector"), guard(lambda: start(model.run(), guard)), style="primary",
            flex="0 0 auto",
        )  # fmt: skip
        self._cancel = button(_("Cancel"), guard(model.cancel), flex="0 0 auto")
        self._state = TextLine("ssdx-muted", flex="1 1 240px")
        self._progress = widgets.FloatProgress(min=0.0, max=1.0, layout={"width": "100%"})
        line = row(self._datasets, self._run, self._cancel, self._state, align_items="flex-end")
        self.widget = column(line, self._progress, self.problem, gap=12)
        self._following.listen(self._datasets, model.choose_dataset)
        state = ["datasets", "dataset", "has_engine", "mismatch", "state", "progress", "problem"]
        model.observe(guard(lambda _change: self.draw()), state)
        model.observe(guard(lambda _change: self._show_content()), "verdict")
        self.draw()
        self._show_content()

    def draw(self) -> None:
        """Follow the model."""
        model = self._model
        working = model.state == "working"
        chosen = model.dataset if model.dataset in model.datasets else None
        self._following.offer(self._datasets, model.datasets, chosen)
        self._datasets.disabled = working or not model.datasets
        is_possible = model.has_engine and not model.mismatch and bool(model.datasets)
        self._run.disabled = working or not is_possible
        show(not (working or model.state == "ready"), self._run)
        show(working, self._cancel, self._progress)
        self._progress.value = model.progress
        self._state.show(model.state_sentence)
        if model.datasets:
            self.problem.fail(model.problem)
        else:
            text = _("No data set is here; get one with: {command}")
            self.problem.fail(text.format(command=command_for("sample")))

    def _show_content(self) -> None:
        """Make the figures when there is first something to see: the page is there sooner."""
        if self.content is None and self._model.verdict is not None:
            from explorer.pages.detect.whole_set.content import JudgementContent

            self.content = JudgementContent(*self._of_content)
            self.widget.children = (*self.widget.children, self.content.widget)
