"""“What is in a record?”: its bytes by name, its objects on the picture, its label in a batch."""

from __future__ import annotations

from html import escape

import ipywidgets as widgets

from explorer.i18n import N_, _
from explorer.pages.data.records.content import byte_bar, field_table, label_matrix, object_table
from explorer.pages.data.records.memory_panel import MemoryPanel
from explorer.pages.data.records.model import RecordViewer
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import (
    beside,
    button,
    classed,
    column,
    labelled,
    row,
    show,
    show_figures,
    step_button,
)
from explorer.pages.shared.pictures.picture_boxes import BoxStyle, PictureBoxes
from explorer.pages.shared.timing.throttle import Throttle

_GT = theme.ROLES["gt"]
STYLES = {"object": BoxStyle(N_("object of the label"), _GT.color, _GT.width, fill=0.1)}


class RecordPanel:
    """A set's record files, record by record, and what their labels cost in a batch."""

    def __init__(self, model: RecordViewer, page: Page) -> None:
        self._model = model
        self.figure = PictureBoxes("record", STYLES)
        self.memory = MemoryPanel(model.padding, self._show_crowd)
        self._problem = Notice()
        guard = guarded(self._problem)
        self._following = Following(guard)
        self._splits = widgets.ToggleButtons(options=[], value=None)
        self._number = widgets.BoundedIntText(min=0, max=0, continuous_update=False)
        self._previous = step_button("‹", _("Previous record"), guard(lambda: model.turn(-1)))
        self._next = step_button("›", _("Next record"), guard(lambda: model.turn(1)))
        self._cancel = button(_("Cancel"), guard(model.cancel), flex="0 0 auto")
        self._progress = widgets.FloatProgress(min=0.0, max=1.0, layout={"width": "100%"})
        self._headline, self._remarks, self._bar = (widgets.HTML() for _number in range(3))
        self._objects, self._fields, self._matrix = (widgets.HTML() for _number in range(3))
        self._objects_title, self._matrix_text = widgets.HTML(), widgets.HTML()
        self.widget = self._build(page)

        self._following.listen(self._splits, model.choose_split)
        self._following.listen(self._number, model.go_to)
        draw = guard(lambda _change: self._draw())
        model.observe(draw, ["state", "problem", "splits", "split", "number", "shown"])
        model.observe(guard(lambda _change: self._draw_progress()), "progress")
        model.padding.observe(Throttle(guard(lambda _change: self._draw_numbers())).push)
        guard(self._draw)()

    def _build(self, page: Page) -> widgets.VBox:
        stepper = row(self._previous, labelled(_("Record"), self._number), self._next)
        stepper.add_class("ssdx-recordstepper")
        self._head = classed(row(self._splits, stepper), "ssdx-recordhead")
        self._remarks.add_class("ssdx-remarks")
        self._bar.add_class("ssdx-recordbar")
        self._objects.add_class("ssdx-recordobjects")
        self._picture = widgets.VBox([page.plot(self.figure.plot)])
        objects = column(self._objects_title, self._objects, gap=10)
        matrix = column(_title(_("The label in a batch")), self._matrix, self._matrix_text, gap=10)
        self._columns = beside((self._picture, 260), (objects, 420))
        self._batch = beside((matrix, 300), (self.memory.widget, 320))
        for columns in (self._columns, self._batch):
            columns.add_class("ssdx-recordcolumns")
        title = _title(_("Its bytes, in the order of the file"))
        self._table = widgets.VBox([title, self._fields])
        head = row(self._headline, self._cancel)
        self._headline.layout.flex = "1 1 240px"
        panel = column(
            self._head, head, self._progress, self._problem, self._remarks, self._bar,
            self._columns, self._table, self._batch, gap=14,
        )  # fmt: skip
        return classed(panel, "ssdx-record")

    def _show_crowd(self) -> None:
        self._model.show_crowd()
        # The record may be out of sight: the browser scrolls to what has the focus.
        (self._previous if self._next.disabled else self._next).focus()

    def _draw(self) -> None:
        model, shown = self._model, self._model.shown
        working = model.state == "working"
        text = _("Counting the objects of each record…") if working else model.headline()
        emphasis = "ssdx-muted" if shown is None else "ssdx-subtitle"
        self._headline.value = f'<p role="status" class="{emphasis}">{escape(text)}</p>'
        show(text, self._headline)
        show(working, self._cancel)
        self._problem.fail(model.problem)
        self._draw_progress()
        remarks = model.remarks()
        self._remarks.value = "".join(f"<p>{escape(remark)}</p>" for remark in remarks)
        show(remarks, self._remarks)
        self._draw_controls()
        show(shown is not None, self._bar, self._table, self._batch)
        show_figures(self._columns, shown is not None)
        if shown is None:
            return
        self._bar.value = byte_bar(shown)
        self._fields.value = (
            f'<div class="ssdx-last-wraps ssdx-recordfields">{field_table(shown)}</div>'
        )
        show_figures(self._picture, shown.picture is not None)
        self.figure.show_picture(shown.picture)
        self.figure.show({"object": shown.boxes()})
        self._draw_numbers()

    def _draw_controls(self) -> None:
        model = self._model
        last = max(model.num_records - 1, 0)
        options = [(f"{name}.rec", name) for name in model.splits]
        self._following.offer(self._splits, options, model.split or None)
        with self._following:
            self._number.description = _("Record, 0 to {last:,}").format(last=last)
            self._number.max = last
            self._number.value = model.number
        self._previous.disabled = model.number == 0
        self._next.disabled = model.number == last
        show(model.splits, self._head)

    def _draw_progress(self) -> None:
        show(self._model.state == "working", self._progress)
        self._progress.value = self._model.progress

    def _draw_numbers(self) -> None:
        """Follow the meter: the input size and the padding."""
        shown, padding = self._model.shown, self._model.padding
        if shown is None:
            return
        title = _("Its objects: as numbers, in px of a {side} × {side} input, as bytes")
        self._objects_title.value = _subtitle(title.format(side=padding.input_size))
        self._objects.value = object_table(shown.objects, padding.input_size)
        self._matrix.value = label_matrix(shown, padding.label_rows)
        text = _(
            "A batch is one array of {batch} × {rows} × 5 numbers, so every image has {rows} rows, "
            "crowded or not. Class −1 says that a row is no object. In training the image and its "
            "boxes are augmented before."
        ).format(batch=padding.batch_size, rows=padding.label_rows)
        self._matrix_text.value = f'<p class="ssdx-muted ssdx-fine">{escape(text)}</p>'


def _title(text: str) -> widgets.HTML:
    return widgets.HTML(_subtitle(text))


def _subtitle(text: str) -> str:
    return f'<p class="ssdx-subtitle">{escape(text)}</p>'
