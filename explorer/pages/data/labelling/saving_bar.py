"""Where labels are saved and as what, what is asked before, and what was left here earlier."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from explorer.datasets.label_formats import FORMATS
from explorer.datasets.own.label_folder import WRITTEN
from explorer.i18n import _
from explorer.pages.data.labelling.saving import LabelSaving
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page.notice import Notice
from explorer.pages.shared.page.parts import button, classed, column, labelled, row, show
from explorer.pages.shared.timing.background import start

__all__ = ["OfferBar", "SavingControls"]

Guard = Callable[[Callable[..., Any]], Callable[..., Any]]


class SavingControls:
    """Follows a `LabelSaving`."""

    def __init__(self, model: LabelSaving, guard: Guard) -> None:
        self._model, self._guard = model, guard
        self._following = Following()
        self._folder = labelled(_("Folder"), widgets.Text(continuous_update=False))
        self._formats = {
            kind: widgets.Checkbox(description=FORMATS[kind].title, indent=False)
            for kind in WRITTEN
        }
        self._images = widgets.Checkbox(
            description=_("With the images"),
            tooltip=_("As links beside the labels: they take no room on the same disk"),
            indent=False,
        )
        self._empty = widgets.Checkbox(
            description=_("Also images without boxes"),
            tooltip=_("For a detector they say that there is nothing"),
            indent=False,
        )
        self._save = widgets.Button(description=_("Save"), button_style="primary")
        self._cancel = widgets.Button(description=_("Cancel"))
        self._progress = widgets.FloatProgress(min=0.0, max=1.0, layout={"width": "100%"})
        self._question = widgets.HTML()
        self._yes, self._no = widgets.Button(button_style="primary"), widgets.Button()
        self._asked = widgets.VBox([self._question, row(self._yes, self._no)])
        self._line, self._problem = widgets.HTML(), Notice()
        self.widget = column(
            self._folder,
            *self._formats.values(),
            self._images,
            self._empty,
            row(self._save, self._cancel),
            self._progress,
            self._asked,
            self._problem,
            self._line,
            gap=6,
        )
        self._listen()
        self.draw()

    def draw(self) -> None:
        """Follow the model."""
        model = self._model
        with self._following:
            self._folder.value = model.folder
            for kind, box in self._formats.items():
                box.value = kind in model.formats
            self._images.value = model.with_images and model.needs_images
            self._empty.value = model.keep_empty
        saves, asks = model.state == "saving", model.state == "asking"
        controls = (self._folder, *self._formats.values(), self._empty, self._save)
        for control in controls:
            control.disabled = saves or asks or not model.folder
        self._images.disabled = self._save.disabled or not model.needs_images
        show(saves, self._cancel, self._progress)
        self._progress.value = model.progress
        show(asks, self._asked)
        if model.question is not None:
            self._question.value = f'<p role="status">{escape(model.question.text)}</p>'
            self._yes.description, self._no.description = model.question.yes, model.question.no
        self._problem.fail(model.problem)
        self._line.value = f'<p role="status" class="ssdx-muted">{escape(model.line)}</p>'

    def _listen(self) -> None:
        model, guard, by_hand = self._model, self._guard, self._following.by_hand

        def set_trait(name: str) -> Callable[[Any], None]:
            return guard(by_hand(lambda change: model.set_trait(name, change["new"])))

        self._folder.observe(set_trait("folder"), "value")
        self._images.observe(set_trait("with_images"), "value")
        self._empty.observe(set_trait("keep_empty"), "value")
        for box in self._formats.values():
            box.observe(guard(by_hand(lambda _change: self._choose())), "value")
        self._save.on_click(guard(lambda _button: start(model.save(), guard)))
        self._cancel.on_click(guard(lambda _button: model.cancel()))
        self._yes.on_click(guard(lambda _button: start(model.answer(True), guard)))
        self._no.on_click(guard(lambda _button: start(model.answer(False), guard)))
        names = ["folder", "formats", "with_images", "keep_empty", "state", "question"]
        model.observe(guard(lambda _change: self.draw()), [*names, "progress", "problem", "line"])

    def _choose(self) -> None:
        self._model.formats = tuple(kind for kind, box in self._formats.items() if box.value)


class OfferBar:
    """Labels that were left here earlier: taken up, or forgotten."""

    def __init__(self, model: LabelSaving, guard: Guard) -> None:
        self._model = model
        self._text = widgets.HTML(layout={"flex": "1 1 260px"})
        take = button(_("Restore them"), guard(model.take_up), style="primary")
        self._discard = button("", guard(model.discard))
        self.widget = classed(row(self._text, take, self._discard), "ssdx-labeloffer")
        model.observe(guard(lambda _change: self.draw()), "offer")
        self.draw()

    def draw(self) -> None:
        """Follow the model."""
        self._text.value = f'<p role="status">{escape(self._model.offer)}</p>'
        is_saved = self._model.offer_is_saved
        self._discard.description = _("Do not restore them") if is_saved else _("Discard them")
        show(self._model.offer, self.widget)
