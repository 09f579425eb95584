"""The film on the training page: its frames, a slider over them, and another run beside it."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.controls.step_bar import PlayButton
from explorer.pages.shared.controls.text_line import TextLine
from explorer.pages.shared.page.colors import ROLES
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import button, classed, column, labelled, row, show
from explorer.pages.shared.timing.later import Later
from explorer.pages.train.film.figure import FilmFigure, film_caption
from explorer.pages.train.film.model import FilmModel
from explorer.pages.train.model import TrainLiveModel
from explorer.pages.train.run_list import RunList

FRAME_S = 0.3
"""Pause between two frames that are played."""

PREVIEW_S = 0.05
"""After this long the images of another data set are read: what else changes is sent before."""


class FilmPanel:
    """Figures and controls that follow the model's film and, beside it, that of any of the runs."""

    def __init__(self, model: TrainLiveModel, runs: RunList) -> None:
        self._model, self._runs = model, runs
        self._shown: dict[FilmModel, str] = {}
        self._behind = False
        self.problem = Notice()
        guard = guarded(self.problem)
        self._following = Following(guard)
        self.figure, self._other = FilmFigure(), FilmFigure()
        self._caption = TextLine("ssdx-heading", film_caption(None, None))
        self._other_caption = TextLine("ssdx-heading")
        self._legend = TextLine("ssdx-muted", _legend())
        self._slider = labelled(_("Frame"), widgets.IntSlider(min=0, max=1, readout=False))
        film = model.film
        self._play = PlayButton(
            lambda: (film.position, len(film.steps) - 1), film.go_to, guard, FRAME_S
        )
        latest = guard(lambda: film.go_to(len(film.steps)))
        self._newest = button(_("Latest"), latest, _("And keep showing the latest"))
        self._beside = labelled(
            _("Compare with"), widgets.Dropdown(options=[(_("no other run"), "")])
        )
        self._following.listen(self._slider, film.go_to)
        self._following.listen(self._beside, model.look_beside)
        self._ahead = Later(guard(model.look_ahead), PREVIEW_S)
        model.settings.observe(guard(self._look_at_settings), "config")
        model.observe(guard(lambda _change: self._look_at_run()), "run_id")
        model.observe(guard(lambda _change: self._draw()), "preview")
        runs.observe(guard(lambda _change: self._offer()), "runs")
        film.observe(guard(lambda _change: self._follow()), ["steps", "position", "frame"])
        model.observe(guard(lambda _change: self._catch_up()), "status")
        self.figure.plot.on_change("hold_render", guard(lambda _attr, _old, _new: self._catch_up()))
        model.beside.observe(guard(lambda _change: self._draw_beside()), ["run", "frame"])
        for each in (film, model.beside):
            each.observe(lambda change: self.problem.say(change["new"], "error"), "problem")

    def widget(self, page: Page) -> widgets.Widget:
        """Return the card's content."""
        parts = self._play, self._slider, self._newest, self._beside
        controls = classed(row(*parts), "ssdx-picker")
        self._beside_box = widgets.VBox([self._other_caption, page.plot(self._other.plot)])
        self._draw()
        return column(
            self._caption, self._legend, page.plot(self.figure.plot), controls, self.problem,
            self._beside_box, gap=12,
        )  # fmt: skip

    def opened(self) -> None:
        """Send everything to a browser that has just come."""
        self._shown.clear()
        self._ahead.ask()
        self._offer()
        self._draw()
        self._draw_beside()
        # Only now: a figure that is hidden before it is drawn is never drawn.
        self._hide_beside()

    def _look_at_settings(self, change: dict[str, Any]) -> None:
        if change["new"].dataset != change["old"].dataset:
            self._ahead.ask()

    def _look_at_run(self) -> None:
        self._offer()
        self._ahead.ask()

    def _offer(self) -> None:
        beside = self._model.beside.run
        others = self._runs.others(self._model.run_id)
        options = [(_("no other run"), ""), *((name, name) for name in others)]
        chosen = beside.run_id if beside and beside.run_id in others else ""
        self._following.offer(self._beside, options, chosen)

    def _follow(self) -> None:
        """Draw the frame; a new one of a run under way waits until it can be seen."""
        unseen = self.figure.plot.hold_render  # the browser says so, see `drawing.js`
        self._behind = unseen and self._model.film.live and self._model.status.state == "running"
        if not self._behind:
            self._draw()

    def _catch_up(self) -> None:
        if self._behind:
            self._follow()

    def _draw(self) -> None:
        film = self._model.film
        last = max(1, len(film.steps) - 1)
        with self._following:
            self._slider.max = last
            self._slider.value = film.position
        self._slider.disabled = self._play.disabled = len(film.steps) < 2
        self._newest.disabled = film.live
        preview = self._model.preview
        self._caption.show(film_caption(film.frame, preview))
        if preview is None:
            self._send(film, self.figure)
        else:
            self._shown.pop(film, None)
            samples = preview.samples
            self.figure.show_images([s.image for s in samples], [s.labels for s in samples])

    def _draw_beside(self) -> None:
        film = self._model.beside
        self._offer()
        self._send(film, self._other)
        self._hide_beside()
        if film.run is not None:
            step = 0 if film.frame is None else film.frame["step"]
            text = _("Run {run} after step {step:,}", run=film.run.run_id, step=step)
            self._other_caption.show(text)

    def _hide_beside(self) -> None:
        show(self._model.beside.run is not None, self._beside_box)

    def _send(self, film: FilmModel, figure: FilmFigure) -> None:
        """Draw a film's frame; its images only when they are others than before."""
        if film.run is not None and self._shown.get(film) != film.run.run_id:
            about = film.watched()
            if about is None:
                return
            figure.show_run(film.run.film, about)
            self._shown[film] = film.run.run_id
        figure.show_frame(film.frame)


def _legend() -> str:
    return _(
        "The ground truth is {color}. Orange: what the network finds, with its score from 0 to 1. "
        "Blue bars: the anchors that match, each as high as its score for the right class.",
        color=ROLES["gt"].color_word,
    )
