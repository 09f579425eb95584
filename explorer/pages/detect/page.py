"""The detect page: a picture in, boxes out, and why."""

from __future__ import annotations

import asyncio
import html
from contextlib import suppress
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from explorer.data_folders import shipped_root
from explorer.i18n import _
from explorer.images import MAX_FILE_MB
from explorer.pages.detect.anchors_link import anchors_link
from explorer.pages.detect.class_toggles import ClassToggles
from explorer.pages.detect.figure.figure import DetectionFigure
from explorer.pages.detect.model import DetectModel
from explorer.pages.detect.model_dropdown import model_dropdown, model_note
from explorer.pages.detect.opening.model import Opening
from explorer.pages.detect.opening.panel import DETECTOR_ENDINGS, OpeningPanel
from explorer.pages.detect.picture.choice import PictureChoice
from explorer.pages.detect.questions import FIRST_QUESTION, detect_questions
from explorer.pages.detect.reading import Seconds
from explorer.pages.detect.settings import DetectionSettings
from explorer.pages.detect.state import NOTHING_SELECTED, DetectState
from explorer.pages.detect.truth.bar import TruthBar
from explorer.pages.detect.truth.edits import TruthEdits
from explorer.pages.shared.controls.share_bar import time_bar
from explorer.pages.shared.page.address import PageState
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import card, section
from explorer.pages.shared.page.sentences import read_state
from explorer.pages.shared.pictures.object_editor import EditCallbacks
from explorer.pages.shared.pictures.photographs import Photographs
from explorer.pages.shared.pictures.upload import PictureUpload
from explorer.pages.shared.timing.background import start
from explorer.pages.shared.timing.later import Later

IDLE_S = 5.0
"""After this a kernel without a browser is taken to be waiting for one."""

STATE_S = 0.3
"""The page's address follows this long after a change."""


def show(pretrained: Path | None = None) -> None:
    """Display the page.

    Parameters
    ----------
    pretrained : path, optional
        The ``.params`` that is loaded first; by default the one that ships.
    """
    shipped = shipped_root() / "pretrained" / "creature.params"
    _DetectPage(DetectModel(pretrained or shipped, Photographs()), Page("detect")).show()


class _DetectPage:
    """The page's widgets, and which trait each of them follows."""

    def __init__(self, model: DetectModel, page: Page) -> None:
        self.model = model
        self.page = page
        self._opened = False
        self.picture_problem, self.model_problem, self.problem = Notice(), Notice(), Notice()
        guard = guarded(self.problem)

        self.edits = edits = TruthEdits(model)
        callbacks = EditCallbacks(guard(edits.move), guard(edits.create), guard(edits.delete))
        self.figure = DetectionFigure(model.score_threshold, callbacks, self._select)
        self.figure.show_picture(model.picture)
        upload = PictureUpload(
            self._uploaded, _("Drop pictures or a detector here"), DETECTOR_ENDINGS
        )
        self.pictures = PictureChoice(model, upload, self._choose, guarded(self.picture_problem))
        self.caption, self.times = widgets.HTML(), widgets.HTML()
        self.models = model_dropdown(model, model.detector, guarded(self.model_problem))
        self.opening = Opening(model.detector.submit)
        self.brought = OpeningPanel(self.opening)
        self.truth = TruthBar(model, edits, self.figure.truth, self._show_truth, guard)
        self.classes = ClassToggles(model)
        self.settings = DetectionSettings(model)
        self.tabs = detect_questions(model, page, self._choose)
        self.state = PageState(_("This page as text"), self._show_state)
        self._state = Later(self._show_text, STATE_S)
        self._caption()
        self._follow()

    def show(self) -> None:
        """Display the page."""
        self.page.on_open(self._open)
        self.page.show(
            main=[
                card(self.pictures.widget, self.picture_problem),
                card(
                    self.caption,
                    self.truth.widget,
                    self.problem,
                    self.page.plot(self.figure.layout),
                    self.times,
                ),
                card(self.tabs.widget),
            ],
            controls=[
                section(
                    _("Model"),
                    self.models,
                    model_note(self.model.detector),
                    anchors_link(self.model.detector),
                    self.model_problem,
                    self.brought.widget,
                ),
                self.settings.section,
                self.classes.section,
                self.state.section,
            ],
            help_text=_help(),
        )
        with suppress(RuntimeError):  # no loop: no page, and nobody who would open it
            asyncio.get_running_loop().call_later(IDLE_S, self._prepare)

    def _prepare(self) -> None:
        """Use the time of a kernel that was started before its user came."""
        if not self._opened:
            self.model.prepare()

    def _open(self, query: dict[str, str]) -> None:
        """Read what may have changed since the kernel started, and begin to work."""
        model = self.model
        self._opened = True
        model.list_models()
        self.opening.look()
        if model.detector.reading is not None:
            self.figure.show_rows(model.detector.reading.rows)
        elif not model.detector.path:
            self._working()
        model.photographs.look()
        self.page.notice.fail(model.photographs.problem)
        self.pictures.draw()
        if "state" in query:
            guarded(self.page.notice)(self._show_state)(query["state"])
        else:
            self.tabs.choose(FIRST_QUESTION)

    def _follow(self) -> None:
        model, detector, ask = self.model, self.model.detector, lambda _change: self._state.ask()
        model.observe(lambda _change: self._picture(), "picture")
        model.observe(lambda _change: self._working(), "working")
        model.observe(lambda change: self.picture_problem.fail(change["new"]), "picture_problem")
        model.observe(lambda change: self.model_problem.fail(change["new"]), "model_problem")
        model.observe(lambda change: self.figure.select(change["new"]), "selected")
        model.observe(lambda _change: self._hide_classes(), "hidden_classes")
        model.observe(ask)
        self.tabs.observe(self._state.ask)
        detector.observe(lambda _change: self._reading(), "reading")
        detector.observe(lambda _change: self._working(), "working")
        detector.observe(lambda change: self.model_problem.fail(change["new"]), "load_problem")
        detector.observe(lambda change: self.problem.fail(change["new"]), "problem")
        for each in (detector, model.beside):
            each.observe(self._model_chosen, "path")
            each.observe(ask, "path")
        self.opening.observe(self._brought, "opened")
        slider = self.figure.slider
        slider.on_change("value", lambda _attr, _old, new: model.set_trait("score_threshold", new))
        model.observe(lambda change: slider.update(value=change["new"]), "score_threshold")

    def _refresh(self, notice: Notice) -> None:
        """Bring the reading up to date; what goes wrong is said in `notice`."""
        start(self.model.refresh(), guarded(notice))

    def _choose(self, dataset: str, number: int) -> None:
        self.model.choose(dataset, number)
        self._refresh(self.problem)

    async def _uploaded(self, name: str, content: memoryview) -> str | None:
        """Take a file; the sentence about one that is no picture is the upload's to show."""
        if not await self.model.upload(name, content):
            problem, self.model.picture_problem = self.model.picture_problem, ""
            return problem or None
        self._refresh(self.problem)
        return None

    def _model_chosen(self, change: dict[str, Any]) -> None:
        if change["new"] and self._opened:
            self._refresh(self.model_problem)

    def _brought(self, change: dict[str, Any]) -> None:
        if change["new"]:
            self.model.list_models()
            self.model.detector.path = change["new"]

    def _select(self, anchor: int | None) -> None:
        self.model.selected = NOTHING_SELECTED if anchor is None else anchor
        if anchor is not None and not self.tabs.chosen:
            self.tabs.choose(FIRST_QUESTION)

    def _picture(self) -> None:
        self.figure.show_picture(self.model.picture)
        self._caption()

    def _reading(self) -> None:
        reading = self.model.detector.reading
        self.figure.show_rows(None if reading is None else reading.rows)
        self.figure.select(self.model.selected)
        self._hide_classes()
        self._working()
        self.times.value = "" if reading is None else _time_line(reading.seconds)

    def _show_truth(self, visible: bool) -> None:
        self.figure.show_truth(self.model.truth, self.edits.selected, visible)

    def _hide_classes(self) -> None:
        hidden = self.model.hidden_classes
        names = self.model.class_names
        self.figure.hide_classes([i for i, name in enumerate(names) if name in hidden])

    def _caption(self) -> None:
        picture = self.model.picture
        if picture is None:
            self.caption.value = html.escape(_("Choose or drop a picture to begin."))
            return
        size = _("{width} × {height} px").format(width=picture.width_px, height=picture.height_px)
        self.caption.value = (
            f'<div class="ssdx-caption"><b>{html.escape(picture.name)}</b><span>{size}</span></div>'
        )

    def _working(self) -> None:
        model, detector = self.model, self.model.detector
        working = model.working or detector.working
        if working:
            self.figure.say(working)
        elif detector.reading is not None:
            rows = detector.reading.rows
            threshold = model.score_threshold
            self.figure.say(rows.summary(threshold), rows.above(threshold) > 0)
        else:
            self.figure.say("" if detector.path else _("No model is loaded."))

    def _show_text(self) -> None:
        if self._opened:
            self.state.show(self.model.to_state(self.tabs.chosen).to_json())

    def _show_state(self, text: str) -> None:
        state = read_state(DetectState, text)
        self.model.show_state(state)
        self.tabs.choose(state.tab)
        self._refresh(self.problem)


def _time_line(seconds: Seconds) -> str:
    return time_bar(
        (
            (_("Resize"), "#56B4E9", seconds.resize),
            (_("Network"), "#3b4cca", seconds.network),
            (_("Decode and NMS"), "#CC79A7", seconds.decode_and_nms),
        )
    )


def _help() -> str:
    return "\n\n".join(
        (
            _(
                "The network scores every anchor and moves it onto what it seems to see. Boxes "
                "with a score of at least the **score threshold** are drawn; drag it and "
                "watch what the detector was less sure of."
            ),
            _(
                "Many anchors find the same object. **Non-maximum suppression** keeps the best "
                "box and removes those that overlap it by the **NMS IoU** or more."
            ),
            _(
                "Click a box or a row of the table to find the other, and to see where it comes "
                "from. The **map** is the feature map that found it: 32×32 is the finest and "
                "finds the smallest objects."
            ),
            _(
                "“Show ground truth” draws what is really there, from the labels or as you drew it "
                "(“Draw an object”): only then can the page tell what was missed."
            ),
            _(
                "“Open a .params file…” takes a detector that was made with MXNet elsewhere, with "
                "its graph (…-symbol.json) where it has one. What its files do not say is asked, "
                "and it is kept among the checkpoints."
            ),
            _("Pictures stay on the machine that serves this page. Files up to {size} MB.").format(
                size=MAX_FILE_MB
            ),
        )
    )
