"""“Label”: the images one after another, and boxes to draw on them."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.data.labelling.figure import LabellingFigure
from explorer.pages.data.labelling.lists import BoxList, ClassButtons
from explorer.pages.data.labelling.model import NOTHING, Labelling
from explorer.pages.data.labelling.saving_bar import OfferBar, SavingControls
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import button, classed, column, row, show
from explorer.pages.shared.pictures.object_editor import EditCallbacks
from explorer.pages.shared.timing.later import Later

DRAFT_S = 1.0
"""A change is on the disk this long after it was made."""


class LabellingPanel:
    """Follows a `Labelling`."""

    def __init__(self, model: Labelling, page: Page) -> None:
        self._model = model
        self._problem, self._image_problem, self._save_problem = Notice(), Notice(), Notice()
        self._guard = guard = guarded(self._problem)
        self.figure = LabellingFigure(
            EditCallbacks(
                guard(model.move),
                guard(model.create),
                guard(model.delete),
                guard(model.pick),
                guard(self._press),
            )
        )
        self.figure.editor.on_drawn = self._drawn
        zoom, small = self.figure.zoom, self._button
        self._previous = small("‹", lambda: model.turn(-1), _("Previous image (P)"))
        self._next = small("›", lambda: model.turn(1), _("Next image (N)"))
        self._empty = small(_("Next without boxes"), model.go_to_empty, _("Key E"))
        self._copy = small(_("Copy the previous image's boxes"), model.copy_previous, _("Key C"))
        self._undo = small(_("Undo"), model.undo, _("Ctrl+Z"))
        self._redo = small(_("Redo"), model.redo, _("Ctrl+Y"))
        self._draw_mode = widgets.ToggleButton(
            description=_("Draw a box"), tooltip=_("The next drag draws, wherever it begins (D)")
        )
        self._delete = small(_("Delete"), model.delete, _("The selected box (Delete)"))
        self._take_size = small(_("Use the boxes as they are here"), model.take_size)
        self._zooms = [
            small("+", lambda: zoom(1.5), _("Zoom in (+, or Ctrl and the wheel)")),
            small("−", lambda: zoom(1 / 1.5), _("Zoom out (-)")),
            small(_("Fit"), self.figure.whole, _("The whole image (0)")),
        ]
        self._position, self._progress = widgets.HTML(), widgets.HTML()
        self._classes = ClassButtons(model, guard)
        self._boxes = BoxList(model, guard)
        self._saving = SavingControls(model.saving, guarded(self._save_problem))
        self._offer = OfferBar(model.saving, guard)
        self._draft = Later(guarded(self._save_problem)(model.saving.write_draft), DRAFT_S)
        self._nothing = widgets.HTML(
            f'<p class="ssdx-muted">{_("There is no image to label.")}</p>'
        )
        self.widget = self._build(page)
        self._listen()
        self.draw()

    def draw(self) -> None:
        """Follow the model."""
        model = self._model
        count = len(model.images)
        show(count, self._whole)
        show(not count, self._nothing)
        if not count:
            return
        name = escape(model.images[model.image].name)
        where = _("{number:,} of {all:,}").format(number=model.image + 1, all=count)
        self._position.value = f'<p class="ssdx-labelwhere"><b>{name}</b> <span>{where}</span></p>'
        done = model.num_with_boxes
        text = _("{number:,} of {all:,} images have boxes").format(number=done, all=count)
        self._progress.value = (
            f'<div class="ssdx-labelprogress"><span role="status">{text}</span><div '
            f'class="ssdx-progress"><i style="width: {100 * done / count:.1f}%"></i></div></div>'
        )
        self._previous.disabled = model.image == 0
        self._next.disabled = model.image == count - 1
        self._empty.disabled = done == count
        self._undo.disabled, self._redo.disabled = not model.can_undo, not model.can_redo
        can_draw = model.picture is not None and not model.problem and not model.saving.offer
        self._draw_mode.disabled = not can_draw
        self._copy.disabled = not can_draw or model.image == 0
        self._delete.disabled = model.selected == NOTHING
        self._image_problem.fail(model.problem)
        has_other_size = model.picture is not None and bool(model.problem)
        show(has_other_size, self._take_size)
        show(model.picture is not None, self._picture)
        self.figure.show_picture(model.picture)
        self.figure.show(model.objects, model.selected, model.class_names)
        self._classes.draw()
        self._boxes.draw()

    def _build(self, page: Page) -> widgets.VBox:
        turn = classed(row(self._previous, self._position, self._next), "ssdx-labelturn")
        bar = row(self._draw_mode, self._delete, self._undo, self._redo, *self._zooms)
        bar.add_class("ssdx-labelbar")
        more = classed(row(self._empty, self._copy), "ssdx-labelbar")
        self._picture = widgets.VBox([page.plot(self.figure.plot)])
        left = widgets.VBox(
            [
                turn, self._image_problem, self._take_size, self._problem, self._picture, bar, more,
                self._progress,
            ]
        )  # fmt: skip
        right = widgets.VBox(
            [
                _part(_("Classes"), self._classes.widget),
                _part(_("Boxes of this image"), self._boxes.widget),
                _part(_("Save"), self._saving.widget, self._save_problem),
            ]
        )
        left.add_class("ssdx-labelpicture")
        right.add_class("ssdx-labelside")
        columns = classed(widgets.Box([left, right]), "ssdx-labelling")
        self._whole = column(self._offer.widget, columns, widgets.HTML(_help()), gap=14)
        return widgets.VBox([self._nothing, self._whole])

    def _button(self, text: str, press: Callable[[], Any], tooltip: str = "") -> widgets.Button:
        return button(text, self._guard(press), tooltip, css_class="ssdx-small")

    def _listen(self) -> None:
        model, guard = self._model, self._guard
        Following(guard).listen(self._draw_mode, self.figure.editor.draw_mode)
        draw = Later(guard(self.draw), 0.0)  # one edit changes many traits
        model.observe(lambda _change: draw.ask())
        model.observe(lambda _change: self._draft.ask(), "annotations")
        model.saving.observe(lambda _change: self._decided(), "offer")

    def _drawn(self) -> None:
        self._draw_mode.value = False

    def _decided(self) -> None:
        """Take away what was said of labels that were waiting, and let boxes be drawn again."""
        self._problem.clear()
        self.draw()

    def _press(self, key: str) -> None:
        model = self._model
        keys: dict[str, Callable[[], Any]] = {
            "n": lambda: model.turn(1),
            "PageDown": lambda: model.turn(1),
            "p": lambda: model.turn(-1),
            "PageUp": lambda: model.turn(-1),
            "e": model.go_to_empty,
            "c": model.copy_previous,
            "Backspace": model.delete,
            "Escape": self._escape,
            "Ctrl+z": model.undo,
            "Ctrl+y": model.redo,
            "Ctrl+Shift+z": model.redo,
            "d": self._toggle,
        }
        if key.isdigit():
            model.name_by_key(int(key))
        elif key in keys:
            keys[key]()

    def _toggle(self) -> None:
        self._draw_mode.value = not self._draw_mode.value

    def _escape(self) -> None:
        self._draw_mode.value = False
        self._model.select(NOTHING)


def _part(title: str, *children: widgets.Widget) -> widgets.VBox:
    heading = classed(widgets.Label(title), "ssdx-heading")
    return column(heading, *children, gap=10)


def _help() -> str:
    """Return which keys there are on the picture, and what becomes of the labels, folded up."""
    keys = (
        (_("Drag"), _("draws a box beside the selected one; with D, or Draw a box, anywhere")),
        (_("Click"), _("selects the smallest box there, again the next larger one")),
        (_("Arrows"), _("move the selected box by 1 px, with Shift by 10")),
        ("1 … 9", _("give it a class, or choose that of the next box")),
        (_("Delete, Esc"), _("removes it; selects none")),
        ("N, P, E", _("next image, previous image, next one without boxes")),
        ("C", _("copies the previous image's boxes")),
        ("Ctrl+Z, Ctrl+Y", _("undo and redo, on all images")),
        (
            _("Ctrl+wheel, + − 0"),
            _("zoom in, zoom out, the whole image; Shift and drag to move it"),
        ),
    )
    rows = "".join(f"<dt>{key}</dt><dd>{text}</dd>" for key, text in keys)
    summary = _("Keys, and where labels go")
    note = _(
        "Keys work while the pointer is on the picture. Your own files stay as they are: each "
        "change is kept as a draft within a second, and Save writes Pascal VOC and COCO files "
        "with links to the images, a folder that “ssd-explorer data import” reads as it is."
    )
    return (
        f'<details class="ssdx-labelhelp"><summary>{summary}</summary>'
        f"<dl>{rows}</dl><p>{note}</p></details>"
    )
