"""The anchors in the words of other programs: to copy, and to paste from there."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as widgets

from explorer.datasets.catalog import imported_names
from explorer.exchange import FORMATS, read_anchors_text, write_anchors
from explorer.i18n import _
from explorer.pages.anchors.model import AnchorsModel
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import column, copy_button, labelled, onward_button, row


class AnchorTakeaway:
    """A choice of a format and its text, which follow the model."""

    def __init__(self, model: AnchorsModel) -> None:
        self._model = model
        self._problem = Notice()
        guard = guarded(self._problem)
        self._following = Following(guard)
        options = [(_(format_.title), name) for name, format_ in FORMATS.items()]
        formats = widgets.Dropdown(options=options, value="mxnet")
        self._format = labelled(_("Format"), formats, max_width="360px")
        self._text = labelled(_("Text"), widgets.Textarea(continuous_update=False, rows=9))
        self._text.add_class("ssdx-code")
        self._notes = widgets.HTML()
        self._format.observe(guard(lambda _change: self.draw()), "value")
        self._following.listen(self._text, self._read)
        heading = widgets.HTML(f'<h2 class="ssdx-title">{_("Export the anchors")}</h2>')
        copy = widgets.HTML(copy_button(_("Copy"), "ssdx-take"), layout={"flex": "0 0 auto"})
        self._onward = widgets.HTML(layout={"flex": "0 0 auto"})
        choice = row(self._format, copy, self._onward, align_items="flex-end")
        self.widget = column(heading, choice, self._text, self._problem, self._notes, gap=12)
        self.widget.add_class("ssdx-take")
        self.draw()

    def draw(self) -> None:
        """Follow the model."""
        state, name = self._model.state, self._format.value
        written = write_anchors(state.anchors, name, state.feature_maps, state.input_shape_px)
        readable = FORMATS[name].read is not None
        with self._following:
            self._text.value = written.text
        self._text.disabled = not readable
        notes = [_("Paste another text here to take its anchors.")] if readable else []
        if state.own_maps:
            notes.append(_("Training is ToySSD's: it puts these shapes on its own maps."))
        items = "".join(f"<li>{escape(note)}</li>" for note in (*written.notes, *notes))
        onward: dict[str, Any] = {"anchors": state.anchors.model_dump(mode="json")}
        if state.dataset in imported_names():
            onward["dataset"] = state.dataset
        self._onward.value = onward_button(_("Train with these anchors"), "train_live", onward)
        self._notes.value = f'<ul class="ssdx-muted">{items}</ul>'

    def _read(self, text: str) -> None:
        shape = self._model.state.input_shape_px
        self._model.change(anchors=read_anchors_text(text, self._format.value, shape))
