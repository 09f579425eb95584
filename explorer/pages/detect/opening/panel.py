"""Buttons that bring a detector from elsewhere, and the form that asks what is not in its files."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.detect.opening.model import Opening
from explorer.pages.detect.opening.proposal import LABELS, Proposal
from explorer.pages.shared.controls.text_line import TextLine
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import button, column, labelled, row, show
from explorer.pages.shared.timing.background import start
from explorer.pages.shared.uploads.file_upload import FileUpload, Picker

DETECTOR_ENDINGS = (".params", ".json", ".tar.gz", ".tgz")
"""Of a detector's files: weights, graph or description, and SageMaker's archive."""


class OpeningPanel:
    """Controls that follow an `Opening`; `widget` belongs below the choice of the model."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._problem = Notice()
        guard = self._guard = guarded(self._problem)
        accept = ",".join(DETECTOR_ENDINGS)
        upload = FileUpload(
            opening.take,
            guard,
            [Picker(_("Open a .params file…"), accept, several=True)],
            endings=DETECTOR_ENDINGS,
        )
        self._get = button(
            _("Get the tutorial’s detector"),
            guard(lambda: start(opening.get_tutorial(), guard)),
            _("Downloads the weights with which the MXNet tutorial goes on, 4 MB"),
            width="auto",
            flex="0 0 auto",
        )
        self._doing = TextLine("ssdx-muted ssdx-fine", flex="1 1 100%")
        self._progress = widgets.FloatProgress(min=0.0, max=1.0, layout={"flex": "1 1 100px"})
        cancel = button(_("Cancel"), guard(opening.cancel), width="auto")
        self._working = row(self._doing, self._progress, cancel, align_items="center")
        self._form = column(gap=10)
        self.widget = column(
            row(upload, self._get), self._working, self._problem, self._form, gap=10
        )
        state = ["state", "doing", "problem", "has_tutorial"]
        opening.observe(guard(lambda _change: self._draw()), state)
        opening.observe(guard(lambda _change: self._advance()), "progress")
        opening.observe(guard(lambda change: self._ask(change["new"])), "proposal")
        self._draw()
        self._ask(None)

    def _draw(self) -> None:
        opening = self._opening
        show(opening.works, self._working)
        show(not opening.works and not opening.has_tutorial, self._get)
        self._doing.show(opening.doing)
        self._advance()
        self._problem.fail(opening.problem)

    def _advance(self) -> None:
        self._progress.value = self._opening.progress

    def _ask(self, proposal: Proposal | None) -> None:
        """Show the form that asks about a proposal; None takes it away."""
        self._form.children = (
            [] if proposal is None else _form(proposal, self._opening, self._guard)
        )
        show(proposal, self._form)


def _form(proposal: Proposal, opening: Opening, guard: Callable[..., Any]) -> list[widgets.Widget]:
    name = labelled(_("Name of the detector"), widgets.Text(proposal.name))
    fields = {key: _field(key, text) for key, text in proposal.texts().items()}

    def open_() -> None:
        texts = {key: field.value for key, field in fields.items()}
        start(opening.open(name.value, texts), guard)

    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in proposal.sentences)
    explained = _("What the file does not say is proposed. Change what you know better.")
    buttons = row(
        button(_("Open it"), guard(open_), style="primary", width="auto"),
        button(_("Do not open it"), guard(opening.forget), width="auto"),
    )
    return [
        TextLine("ssdx-fine", explained),
        widgets.HTML(f'<ul class="ssdx-muted ssdx-fine">{items}</ul>'),
        name,
        *fields.values(),
        buttons,
    ]


def _field(key: str, text: str) -> widgets.Widget:
    """Return the control for a setting, which holds a text."""
    control: widgets.Widget
    if key == "channel_order":
        control = widgets.Dropdown(options=[("RGB", "rgb"), ("BGR", "bgr")], value=text)
    elif key in ("class_names", "anchors"):
        control = widgets.Textarea(text, rows=2)
    else:
        control = widgets.Text(text)
    return labelled(_(LABELS[key]), control)
