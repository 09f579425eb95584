"""“Label doctor”: the kinds of findings, each finding on its picture, and what mends them."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from functools import partial
from html import escape
from typing import Any, Literal

import ipywidgets as widgets

from explorer.datasets.doctor import ABOUT, Kind, Report, report_json, report_text
from explorer.i18n import N_, _
from explorer.pages.data.doctor.model import KindRow, LabelDoctor, MendingStep
from explorer.pages.shared.controls.save_buttons import SaveButtons
from explorer.pages.shared.controls.saved_file import SavedFile
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import (
    beside,
    button,
    classed,
    column,
    row,
    set_class,
    show,
    step_button,
)
from explorer.pages.shared.pictures.picture_boxes import BoxStyle, PictureBoxes, box_legend
from explorer.pages.shared.timing.background import start

_GT = theme.ROLES["gt"]
STYLES = {
    "other": BoxStyle(N_("other boxes of the image"), theme.ROLES["anchor"].color, 1.5, (2, 3)),
    "fixed": BoxStyle(N_("mended"), _GT.color, _GT.width, fill=0.1, names_below=True),
    "found": BoxStyle(N_("as the label has it"), theme.ROLES["detection"].color, 2.5, (6, 4)),
}

_SEVERITIES = {"error": N_("Error"), "warning": N_("Warning"), "note": N_("Note")}


class DoctorPanel:
    """What an examination found."""

    def __init__(self, model: LabelDoctor, page: Page) -> None:
        self._model = model
        self.figure = PictureBoxes("doctor", STYLES)
        self._problem = Notice()
        self._guard = guard = guarded(self._problem)
        self._headline = widgets.HTML(layout={"flex": "1 1 240px"})
        self._diagnoses = widgets.HTML()
        self._undo = button("", guard(model.undo), flex="0 0 auto")
        self._cancel = button(_("Cancel"), guard(model.cancel), flex="0 0 auto")
        self._progress = widgets.FloatProgress(min=0.0, max=1.0, layout={"width": "100%"})
        self._previous = step_button("‹", _("Previous finding"), guard(lambda: model.turn(-1)))
        self._next = step_button("›", _("Next finding"), guard(lambda: model.turn(1)))
        self._position, self._reason = widgets.HTML(), widgets.HTML()
        self._zoom = widgets.Checkbox(value=False, description=_("Zoom in"), indent=False)
        self._report = SaveButtons(
            {"text": _("Report as text"), "json": _("Report as JSON")}, self._file, self._problem
        )
        self._rows: list[_KindRow] = []
        self._list = classed(widgets.VBox([]), "ssdx-kinds")
        self.widget = self._build(page)

        self._zoom.observe(guard(lambda _change: self._draw_picture()), "value")
        model.observe(guard(lambda _change: self._draw_progress()), "progress")
        model.observe(guard(lambda _change: self._draw()), ["state", "problem", "rows", "kind"])
        model.observe(guard(lambda _change: self._draw_finding()), "shown")
        guard(self._draw)()
        guard(self._draw_finding)()

    def _build(self, page: Page) -> widgets.VBox:
        head = row(self._headline, self._undo, self._cancel, align_items="center")
        steps = row(self._previous, self._position, self._next, self._zoom, align_items="center")
        self._position.layout = {"flex": "0 0 auto", "width": "auto"}
        self._zoom.layout.flex = "0 0 auto"
        self._picture = widgets.VBox(
            [page.plot(self.figure.plot), widgets.HTML(box_legend(STYLES))]
        )
        picture = classed(widgets.VBox([steps, self._reason, self._picture]), "ssdx-doctorpicture")
        self._columns = beside((picture, 320), (self._list, 320))
        return column(
            head, self._progress, self._problem, self._diagnoses, self._columns, self._report,
            gap=14,
        )  # fmt: skip

    def _file(self, kind: Literal["text", "json"]) -> Callable[[], SavedFile]:
        report = self._model.report
        if report is None:
            raise ValueError(_("Nothing was examined yet."))
        return partial(report_file, report, kind)

    def _draw(self) -> None:
        model = self._model
        working = model.state == "working"
        text = _("Examining…") if working and model.report is None else model.headline()
        style = "ssdx-subtitle" if model.report is not None else "ssdx-muted"
        self._headline.value = f'<p role="status" class="{style}">{escape(text)}</p>'
        told = "".join(f"<p>{escape(sentence)}</p>" for sentence in model.diagnoses())
        self._diagnoses.value = told
        show(told, self._diagnoses)
        self._problem.fail(model.problem)
        self._draw_progress()
        show(working, self._cancel)
        show(model.report is not None, self._report)
        show(model.steps, self._undo)
        self._undo.disabled = working
        if model.steps:
            self._undo.description = _undo_text(model.steps[-1])
        while len(self._rows) < len(model.rows):
            self._rows.append(_KindRow(model, self._guard))
        for each, about in zip(self._rows, model.rows, strict=False):
            each.show(about, chosen=about.kind is model.kind, working=working)
        shown = [each.widget for each in self._rows[: len(model.rows)]]
        if list(self._list.children) != shown:
            self._list.children = shown

    def _draw_progress(self) -> None:
        examines = self._model.state == "working" and self._model.report is None
        show(examines, self._progress)
        self._progress.value = self._model.progress

    def _draw_finding(self) -> None:
        model, shown, about = self._model, self._model.shown, self._model.row
        show(shown is not None, self._columns)
        if shown is None or about is None:
            self._position.value = self._reason.value = ""
            return
        text = _("{number:,} of {all:,}").format(number=model.position + 1, all=about.count)
        self._position.value = f'<p class="ssdx-doctorposition">{text}</p>'
        self._previous.disabled = model.position == 0
        self._next.disabled = model.position == about.count - 1
        lines = [f"<b>{escape(shown.place)}</b>", escape(shown.reason)]
        if shown.fix:
            lines.append(escape(_("A fix would {fix}.").format(fix=shown.fix)))
        if shown.picture is None:
            lines.append(_("The image cannot be shown."))
        inner = "<br>".join(lines)
        self._reason.value = f'<p role="status" class="ssdx-doctorreason">{inner}</p>'
        self._draw_picture()

    def _draw_picture(self) -> None:
        shown = self._model.shown
        if shown is None:
            return
        show(shown.picture is not None, self._picture)
        self.figure.show_picture(shown.picture)
        boxes = {"other": shown.others, "fixed": shown.fixed, "found": shown.found}
        zoomed = ("found", "fixed") if self._zoom.value else ()
        self.figure.show(boxes, zoomed)


class _KindRow:
    """One kind of the list; the chosen one says more, and has buttons."""

    def __init__(self, model: LabelDoctor, guard: Callable[..., Any]) -> None:
        self._model, self._guard = model, guard
        self._kind: Kind | None = None
        self._title = button("", guard(self._choose), css_class="ssdx-kindtitle")
        self._more = widgets.HTML()
        self._fix = button("", guard(lambda: self._do(model.fix)), style="primary")
        self._leave = button("", guard(lambda: self._do(model.leave_out)))
        self._buttons = row(self._fix, self._leave)
        self.widget = classed(widgets.VBox([self._title, self._more, self._buttons]), "ssdx-kind")

    def show(self, found: KindRow, chosen: bool, working: bool) -> None:
        self._kind = found.kind
        about = ABOUT[found.kind]
        severity = _(_SEVERITIES[about.severity])
        self._title.description = f"{severity}: {_(about.title)} ({found.count:,})"
        self._title.tooltip = _("Show these findings")
        for name in _SEVERITIES:
            set_class(self.widget, f"ssdx-kind-{name}", name == about.severity)
        set_class(self.widget, "ssdx-chosen", chosen)
        show(chosen, self._more, self._buttons)
        self._more.value = f"<p>{escape(_(about.why))} {escape(_(about.remedy))}</p>"
        self._fix.description = _("Fix all {number:,}").format(number=found.num_fixable)
        show(found.num_fixable, self._fix)
        self._leave.description = _("Leave these out")
        self._fix.disabled = self._leave.disabled = working

    def _choose(self) -> None:
        if self._kind is not None:
            self._model.choose(self._kind)

    def _do(self, action: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
        if self._kind is not None:
            start(action(self._kind), self._guard)


def report_file(report: Report, kind: Literal["text", "json"]) -> SavedFile:
    """Return what ``ssd-explorer data check`` prints, or what it prints with ``--json``."""
    if kind == "json":
        text = json.dumps(report_json(report), ensure_ascii=False, allow_nan=False)
        return SavedFile("label-report.json", "application/json", text.encode())
    return SavedFile("label-report.txt", "text/plain", report_text(report).encode())


def _undo_text(step: MendingStep) -> str:
    if step.action == "fix":
        return _("Undo: {number:,} fixed").format(number=step.count)
    return _("Undo: {number:,} left out").format(number=step.count)
