"""“Found or missed?”: the objects on the detect page, and what would bring them back."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from explorer.i18n import N_, _
from explorer.pages.detect.missed.model import MissedModel, MissedObject
from explorer.pages.detect.missed.words import back_text, button_text
from explorer.pages.detect.model import DetectModel
from explorer.pages.detect.while_shown import draw_while_shown
from explorer.pages.shared.controls.text_line import TextLine
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import beside, button, classed, column, row, set_class, show
from explorer.pages.shared.pictures.picture_boxes import (
    BoxStyle,
    LabelledBox,
    PictureBoxes,
    box_legend,
)

FRAMES_PER_S = 4.0
"""A verdict tries many settings: it need not be quicker than one reads."""

_GT, _BOX = theme.ROLES["gt"], theme.ROLES["detection"]
STYLES = {
    "anchor": BoxStyle(N_("its best anchor"), theme.ROLES["anchor"].color, 2.0, (2, 3)),
    "object": BoxStyle(N_("the object"), _GT.color, _GT.width, fill=0.1, names_below=True),
    "lost": BoxStyle(N_("its box, which is lost"), _BOX.color, 2.5, (6, 4)),
    "kept": BoxStyle(N_("a box that is kept"), _BOX.color, 3.0),
}


class MissedPanel:
    """A list of the picture's objects with their stories, and the boxes of one of them."""

    def __init__(self, model: DetectModel, page: Page) -> None:
        self._model = model
        self.missed = MissedModel(model)
        self.figure = PictureBoxes("missed", STYLES)
        self._problem = Notice()
        self._guard = guard = guarded(self._problem)
        self._headline = widgets.HTML(layout={"flex": "1 1 240px"})
        self._zoom = widgets.Checkbox(value=True, description=_("Zoom in"), indent=False)
        self._zoom.observe(guard(lambda _change: self._draw_picture()), "value")
        self._legend = widgets.HTML(box_legend(STYLES))
        self._hint = TextLine("ssdx-muted", _hint())
        self._undo = button("", guard(self.missed.undo), flex="0 0 auto")
        self._rows: list[_ObjectRow] = []
        self._list = classed(column(gap=10), "ssdx-objects")
        self.widget = self._build(page)

        follows = (model.detector, "reading"), (model, ["truth", "score_threshold"])
        update = guard(self.missed.update)
        draw_while_shown(self.widget, update, *follows, frames_per_s=FRAMES_PER_S)
        self.missed.observe(guard(lambda _change: self._draw()), ["version", "selected"])
        self.missed.observe(guard(lambda _change: self._draw_undo()), "before")
        model.observe(guard(lambda _change: self._draw_hint()), "selected")
        guard(self._draw)()
        self._draw_undo()

    def _build(self, page: Page) -> widgets.VBox:
        head = row(self._headline, self._undo, align_items="center")
        plot = page.plot(self.figure.plot)
        picture = column(plot, self._zoom, self._legend, self._hint, gap=10)
        return column(head, self._problem, beside((picture, 300), (self._list, 340)), gap=14)

    def _draw(self) -> None:
        objects = self.missed.objects
        text = escape(self.missed.headline())
        style = "ssdx-subtitle" if objects else "ssdx-muted"
        self._headline.value = f'<p role="status" class="{style}">{text}</p>'
        while len(self._rows) < len(objects):
            self._rows.append(_ObjectRow(len(self._rows), self.missed, self._guard))
        for each, about in zip(self._rows, objects, strict=False):
            each.show(about, chosen=about is self.missed.object)
        shown = [each.widget for each in self._rows[: len(objects)]]
        if list(self._list.children) != shown:
            self._list.children = shown
        show(objects, self._zoom, self._legend)
        self._draw_picture()

    def _draw_picture(self) -> None:
        reading = self._model.detector.reading
        about = self.missed.object
        self.figure.show_picture(self._model.picture if reading is None else reading.picture)
        boxes = {} if about is None or reading is None else _boxes(about)
        self.figure.show(boxes, tuple(boxes) if self._zoom.value else ())
        self._draw_hint()

    def _draw_hint(self) -> None:
        """Say that other questions are about this object's box, where they are."""
        about = self.missed.object
        told = (
            about is not None
            and about.box is not None
            and about.verdict.anchor == self._model.selected
        )
        show(told, self._hint)

    def _draw_undo(self) -> None:
        before = self.missed.before
        show(before is not None, self._undo)
        if before is not None:
            self._undo.description = back_text(before)


class _ObjectRow:
    """One object of the list: its story, and buttons."""

    def __init__(self, number: int, missed: MissedModel, guard: Callable[..., Any]) -> None:
        self._number, self._missed = number, missed
        self._about: MissedObject | None = None
        self._text = widgets.HTML()
        self._show = button(_("Show its boxes"), guard(self._choose))
        self._change = button("", guard(self._apply), style="primary")
        buttons = row(self._show, self._change)
        self.widget = classed(widgets.VBox([self._text, buttons]), "ssdx-object")

    def show(self, about: MissedObject, chosen: bool) -> None:
        self._about = about
        mark = "✓" if about.is_found else "✗"
        self._text.value = (
            f'<p><b><span class="ssdx-mark" aria-hidden="true">{mark}</span> '
            f"{escape(about.name)}</b>: {escape(about.text)} {escape(about.remedy)}</p>"
        )
        set_class(self.widget, "ssdx-chosen", chosen)
        change = about.verdict.change
        show(change is not None, self._change)
        if change is not None:
            self._change.description = button_text(change)

    def _choose(self) -> None:
        self._missed.choose(self._number)

    def _apply(self) -> None:
        if self._about is not None and self._about.verdict.change is not None:
            self._choose()
            self._missed.apply(self._about.verdict.change)


def _hint() -> str:
    return _(
        "“One box” now tells where this object’s box comes from, and “Why only one box?” what NMS "
        "made of it."
    )


def _boxes(about: MissedObject) -> dict[str, list[LabelledBox]]:
    """Return an object's boxes by kind."""
    verdict = about.verdict
    boxes: dict[str, list[LabelledBox]] = {"object": [(about.truth, about.name)]}
    if about.anchor is not None:
        boxes["anchor"] = [
            (about.anchor, _("anchor, IoU {iou}").format(iou=f"{verdict.best_anchor_iou:.2f}"))
        ]
    if about.box is not None:
        kind = "kept" if about.is_found else "lost"
        boxes[kind] = [(about.box, about.box_label)]
    if about.suppressor is not None:
        boxes["kept"] = [(about.suppressor, about.suppressor_label)]
    return boxes
