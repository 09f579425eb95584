"""The detect page: a picture in, boxes out, and why."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from explorer.datasets import open_dataset
from explorer.datasets.catalog import shipped_root
from explorer.i18n import _
from explorer.images import MAX_FILE_MB
from explorer.viewmodels.detect import DetectModel, Seconds
from explorer.viewmodels.pictures import Picture, Samples
from explorer.views.detection_figure import DetectionFigure
from explorer.views.notice import Notice, guarded
from explorer.views.page import Page, card, labelled, section
from explorer.views.throttle import Throttle
from explorer.views.thumbnails import ThumbnailStrip
from explorer.views.time_bar import time_bar

__all__ = ["show"]

ACCEPTED = ".jpg,.jpeg,.png,.webp,.bmp,.gif"

IDLE_S = 5.0
"""After this a kernel without a browser is taken to be waiting for one."""


def show(pretrained: Path | None = None) -> None:
    """Display the page.

    Parameters
    ----------
    pretrained : path, optional
        The ``.params`` that is loaded first; by default the one that ships.
    """
    page = Page()
    samples = _samples(page.notice)
    model = DetectModel(pretrained or shipped_root() / "pretrained" / "creature.params", samples)
    _DetectView(model, page).show()


def _samples(notice: Notice) -> list[Picture] | Samples:
    try:
        return Samples(open_dataset("sample", "val"))
    except ValueError as error:
        notice.fail(str(error))
        return []


class _DetectView:
    """The page's widgets, and which trait each of them follows."""

    def __init__(self, model: DetectModel, page: Page) -> None:
        self.model = model
        self.page = page
        self._tasks: set[asyncio.Task[Any]] = set()
        self._opened = False
        self.picture_problem, self.model_problem, self.problem = Notice(), Notice(), Notice()

        self.figure = DetectionFigure(model.score_threshold)
        self.figure.show_picture(model.picture)
        self.strip = ThumbnailStrip(model.samples, guarded(self.picture_problem)(self._choose))
        self.strip.mark(model.sample)
        self.upload = widgets.FileUpload(accept=ACCEPTED, multiple=False)
        self.upload.description = self.upload.tooltip = _("Upload a picture…")
        self.upload.button_style = "primary"
        self.upload.add_class("ssdx-upload")
        self.caption, self.times = widgets.HTML(), widgets.HTML()
        self.models = labelled(_("Checkpoint"), widgets.Dropdown(options=[]))
        self.truth = widgets.Checkbox(description=_("Show ground truth"), indent=False)
        self._caption()
        self._follow()

    def show(self) -> None:
        """Display the page."""
        pick = widgets.Box([self.upload, self.strip])
        pick.add_class("ssdx-pick")
        head = widgets.Box([self.caption, self.truth])
        head.add_class("ssdx-head")
        style = (Path(__file__).parent / "detect.css").read_text(encoding="utf-8")
        self.page.on_open(self._open)
        self.page.show(
            main=[
                widgets.HTML(f"<style>{style}</style>", layout={"display": "none"}),
                card(pick, self.picture_problem),
                card(head, self.problem, self.page.plot(self.figure.layout), self.times),
            ],
            controls=[
                section(_("Model"), self.models, self.model_problem),
                section(_("Overlapping boxes"), self._nms_slider(), self._advanced()),
            ],
            help_html=_help(),
        )
        with suppress(RuntimeError):  # no loop: no page, and nobody who would open it
            asyncio.get_running_loop().call_later(IDLE_S, self._prepare)

    def _prepare(self) -> None:
        """Use the time of a kernel that was started before its reader came."""
        if not self._opened:
            self.model.prepare()

    def _open(self, _query: dict[str, str]) -> None:
        """Read what may have changed since the kernel started, and begin to work."""
        self._opened = True
        self.model.list_models()
        if self.model.candidates is not None:
            self.figure.show_candidates(self.model.candidates)
        elif not self.model.model_path:
            self._working()

    def _follow(self) -> None:
        model, observe = self.model, self.model.observe
        observe(lambda _change: self._picture(), "picture")
        observe(lambda change: self.strip.mark(change["new"]), "sample")
        observe(lambda change: self.figure.show_candidates(change["new"]), "candidates")
        observe(lambda _change: self._working(), "working")
        observe(lambda _change: self._times(), "seconds")
        observe(lambda change: self.figure.show_truth(change["new"]), "show_gt")
        observe(lambda _change: self._models(), "models")
        observe(lambda change: self._choose_model(change["new"]), "model_path")
        for name in ("problem", "model_problem", "picture_problem"):
            notice = getattr(self, name)
            observe(lambda change, notice=notice: notice.fail(change["new"]), name)
        widgets.link((model, "show_gt"), (self.truth, "value"))
        self.models.observe(self._model_chosen, "value")
        self.upload.observe(guarded(self.picture_problem)(self._uploaded), "value")
        slider = self.figure.slider
        slider.on_change("value", lambda _attr, _old, new: model.set_trait("score_threshold", new))
        observe(lambda change: slider.update(value=change["new"]), "score_threshold")

    def _start(self, work: Callable[[], Coroutine[Any, Any, Any]], notice: Notice) -> None:
        """Run `work` on the kernel's loop; what goes wrong is said in `notice`."""
        task = asyncio.get_running_loop().create_task(guarded(notice)(work)())
        self._tasks.add(task)  # the loop itself holds tasks weakly
        task.add_done_callback(self._tasks.discard)

    def _choose(self, index: int) -> None:
        self.model.choose_sample(index)
        self._start(self.model.refresh, self.problem)

    def _uploaded(self, change: dict[str, Any]) -> None:
        if not change["new"]:
            return
        file = change["new"][0]
        self.upload.value = ()  # else the same file, chosen again, would be no change

        async def take() -> None:
            if await self.model.upload(file["name"], file["content"]):
                await self.model.refresh()

        self._start(take, self.picture_problem)

    def _picture(self) -> None:
        self.figure.show_picture(self.model.picture)
        self._caption()

    def _caption(self) -> None:
        picture = self.model.picture
        if picture is None:
            self.caption.value = html.escape(_("Upload a picture to begin."))
            return
        size = _("{width} × {height} px").format(width=picture.width_px, height=picture.height_px)
        self.caption.value = (
            f'<div class="ssdx-caption"><b>{html.escape(picture.name)}</b><span>{size}</span></div>'
        )
        self.truth.disabled = picture.labels is None

    def _working(self) -> None:
        model = self.model
        if model.working:
            self.figure.say(model.working)
        elif model.candidates is not None:
            self.figure.say(model.candidates.summary(model.score_threshold), model.num_above > 0)
        else:
            self.figure.say("" if model.model_path else _("No model is loaded."))

    def _times(self) -> None:
        seconds = self.model.seconds
        self.times.value = "" if seconds is None else _time_line(seconds)

    def _models(self) -> None:
        options = [(choice.label, str(choice.path)) for choice in self.model.models]
        self.models.unobserve(self._model_chosen, "value")  # new options alone choose nothing
        self.models.options = options
        self.models.disabled = not options
        self._select_model()
        self.models.observe(self._model_chosen, "value")

    def _model_chosen(self, change: dict[str, Any]) -> None:
        if change["new"]:
            self.model.model_path = change["new"]

    def _choose_model(self, path: str) -> None:
        self._select_model()
        if path:
            self._start(self.model.refresh, self.model_problem)

    def _select_model(self) -> None:
        if self.model.model_path in [path for _label, path in self.models.options]:
            self.models.value = self.model.model_path

    def _nms_slider(self) -> widgets.Widget:
        slider = widgets.FloatSlider(
            value=self.model.nms_iou_threshold, min=0.05, max=1.0, step=0.01, readout_format=".2f"
        )
        # Boxes are made anew at most ten times a second, however fast the slider moves.
        pace = Throttle(guarded(self.problem)(self._set_nms))
        slider.observe(lambda change: pace.push(change["new"]), "value")
        self.model.observe(
            lambda change: slider.set_trait("value", change["new"]), "nms_iou_threshold"
        )
        return labelled(_("NMS IoU: lower = fewer boxes"), slider)

    def _set_nms(self, value: float) -> None:
        self.model.nms_iou_threshold = value

    def _advanced(self) -> widgets.Widget:
        force = widgets.Checkbox(description=_("Suppress across classes"), indent=False)
        clip = widgets.Checkbox(description=_("Cut boxes at the border"), indent=False)
        topk = widgets.Dropdown(
            options=[(str(n), n) for n in (10, 50, 100, 400, 1000)] + [(_("all"), -1)], value=400
        )
        for name, control in (("force_suppress", force), ("clip", clip), ("nms_topk", topk)):
            widgets.link((self.model, name), (control, "value"))
        box = widgets.VBox([labelled(_("Best candidates that enter NMS"), topk), force, clip])
        box.add_class("ssdx-advanced")
        box.layout.display = "none"
        more = widgets.ToggleButton(description=_("Advanced"))
        more.add_class("ssdx-more")
        more.observe(
            lambda change: box.layout.set_trait("display", None if change["new"] else "none"),
            "value",
        )
        return widgets.VBox([more, box])


def _time_line(seconds: Seconds) -> str:
    return time_bar(
        (
            (_("Resize"), "#56B4E9", seconds.resize),
            (_("Network"), "#3b4cca", seconds.network),
            (_("Decode and NMS"), "#CC79A7", seconds.decode_and_nms),
        )
    )


def _help() -> str:
    return "".join(
        f"<p>{text}</p>"
        for text in (
            _(
                "The network scores every anchor and moves it onto what it believes to see. Boxes "
                "with a score of at least the <b>score threshold</b> are drawn; drag it and watch "
                "what the detector was less sure of."
            ),
            _(
                "Many anchors find the same object. <b>Non-maximum suppression</b> keeps the best "
                "box and removes those that overlap it by the <b>NMS IoU</b> or more."
            ),
            _(
                "Click a box or a row of the table to find the other. The <b>map</b> is where the "
                "box comes from: 32×32 is the finest and finds the smallest objects."
            ),
            _("Pictures stay on the machine that serves this page. Files up to {size} MB.").format(
                size=MAX_FILE_MB
            ),
        )
    )
