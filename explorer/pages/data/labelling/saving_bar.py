"""Where labels are saved and as what, what is asked before, and what was left here earlier."""

from __future__ import annotations

from functools import partial
from html import escape

import ipywidgets as widgets

from explorer.datasets.label_formats import FORMATS
from explorer.datasets.own.label_folder import WRITTEN
from explorer.i18n import _
from explorer.pages.data.labelling.saving import LabelSaving
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page.notice import Guard, Notice
from explorer.pages.shared.page.parts import button, classed, column, labelled, row, show
from explorer.pages.shared.timing.background import start


class SavingControls:
    """Follows a `LabelSaving`."""

    def __init__(self, model: LabelSaving, guard: Guard) -> None:
        self._model = model
        self._following = following = Following(guard)
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
            tooltip=_("They tell a detector that there is nothing"),
            indent=False,
        )
        self._save = button(_("Save"), guard(lambda: start(model.save(), guard)), style="primary")
        self._cancel = button(_("Cancel"), guard(model.cancel))
        self._progress = widgets.FloatProgress(min=0.0, max=1.0, layout={"width": "100%"})
        self._question = widgets.HTML()
        yes, no = (
            guard(lambda answer=answer: start(model.answer(answer), guard))
            for answer in (True, False)
        )
        self._yes, self._no = button("", yes, style="primary"), button("", no)
        self._asked = widgets.VBox([self._question, row(self._yes, self._no)])
        self._line, self._problem = widgets.HTML(), Notice()
        self.widget = column(
            self._folder, *self._formats.values(), self._images, self._empty,
            row(self._save, self._cancel), self._progress, self._asked, self._problem, self._line,
            gap=6,
        )  # fmt: skip
        following.listen(self._folder, partial(model.set_trait, "folder"))
        following.listen(self._images, partial(model.set_trait, "with_images"))
        following.listen(self._empty, partial(model.set_trait, "keep_empty"))
        for box in self._formats.values():
            following.listen(box, lambda _wanted: self._choose())
        model.observe(guard(lambda _change: self.draw()))
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
        saves, asks = model.works, model.state == "asking"
        for control in (self._folder, *self._formats.values(), self._empty, self._save):
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
