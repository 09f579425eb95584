"""The training page: settings, Start and Stop, curves that grow, and six images that are watched.

Training is a process of its own. This page starts it, then only follows its files; closing
or reloading the page changes nothing for the run.
"""

from __future__ import annotations

import asyncio
from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.shared.page.colors import ROLES
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import card
from explorer.pages.train.batch.panel import BatchPanel
from explorer.pages.train.curves.panel import Curves
from explorer.pages.train.film.panel import FilmPanel
from explorer.pages.train.model import TrainLiveModel
from explorer.pages.train.run.headline import headline
from explorer.pages.train.run.numbers import run_numbers
from explorer.pages.train.run.steering import RunSteering
from explorer.pages.train.run.tripwire import TripwireView
from explorer.pages.train.run_list import RunList
from explorer.pages.train.runs.panel import RunsPanel
from explorer.pages.train.settings.next_run import next_run
from explorer.pages.train.settings.panel import SettingsPanel
from explorer.training.run.sentences import event_sentence

_POLL_SECONDS = 0.5


def show() -> None:
    """Display the page; the notebook's one call."""
    model = TrainLiveModel()
    page = Page("train")
    view = _TrainPage(model, page)
    page.on_open(view.opened)
    page.show(main=view.main, controls=view.controls, help_text=_help())


class _TrainPage:
    """Widgets and figures of the page, linked to one `TrainLiveModel`."""

    def __init__(self, model: TrainLiveModel, page: Page) -> None:
        self.model = model
        self.page = page
        self.curves = Curves(model)
        runs = RunList(model.root)
        self.film = FilmPanel(model, runs)
        self.batch = BatchPanel(model.batch, page)
        self.runs = RunsPanel(model, runs)
        self._task: asyncio.Task[None] | None = None

        self.headline, self.numbers = widgets.HTML(), widgets.HTML()
        self.steering = RunSteering(model)
        self.tripwire = TripwireView(model)
        self.warning = Notice()

        self.main = [
            card(
                self.headline,
                self.warning,
                next_run(model.settings),
                self.steering.widget,
                self.tripwire.widget,
            ),
            card(page.plot(self.curves.layout)),
            card(self.numbers),
            card(self.film.widget(page)),
            card(self.batch.widget),
            card(self.runs.widget),
        ]
        self.settings = SettingsPanel(model.settings)
        self.controls = self.settings.sections
        self._guarded_status = guarded(page.notice)(self._show_status)
        model.observe(lambda _change: self._guarded_status(), ["run_id", "preview"])
        model.observe(self._status_changed, "status")
        beside = guarded(page.notice)(lambda _change: self.curves.send_beside())
        model.beside.observe(beside, "run")
        self._show_status()

    def opened(self, query: dict[str, str]) -> None:
        """Rejoin the run under way, now that a browser has come, and keep following."""
        self.settings.opened(query)
        self.model.rejoin()
        self.curves.send_all()
        self.curves.send_beside()
        self.film.opened()
        self.runs.opened()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._follow())

    async def _follow(self) -> None:
        poll = guarded(self.page.notice)(self._poll)
        while True:
            poll()
            await asyncio.sleep(_POLL_SECONDS)

    def _poll(self) -> None:
        written = self.model.poll_if_written()
        if not written and not self.model.status.active:
            return
        # All that a step changes is drawn in one frame: on a machine without a GPU the browser
        # draws in the training's time. (And once per turn, not at each change of a trait: two
        # updates of a source in one turn of the loop are sent as one too many.) The texts go last:
        # sent before the figures' patch, which has several parts, they had a frame of their own.
        if self.curves.send_new() or written:  # a status may be written after its last record
            asyncio.get_running_loop().call_soon(self._guarded_status)

    def _status_changed(self, change: dict[str, Any]) -> None:
        """Show at once what is more than another step of a run under way."""
        old, new = change["old"], change["new"]
        if new.state != "running" or (new.state, new.message) != (old.state, old.message):
            self._guarded_status()

    def _show_status(self) -> None:
        status = self.model.status
        self.headline.value = headline(self.model)
        self.steering.draw()
        self.numbers.value = run_numbers(self.model.curves)
        self.tripwire.draw()
        if status.state in ("failed", "died", "diverged"):
            self.warning.fail(status.sentence)
        else:
            self.warning.say(self._warning())

    def _warning(self) -> str:
        """Return from where the run went on, if that must be known, and what goes wrong in it."""
        remark, trend = self.model.curves.remark, self.model.trend
        said = "" if remark is None else event_sentence(remark)
        return f"{said} {trend if self.model.status.active else ''}".strip()


def _help() -> str:
    return _(
        "**Loss.** The class loss says how surely anchors are told apart, the box loss how "
        "far the predicted boxes are from the objects. The strong lines are smoothed.\n\n"
        "**Accuracy.** Nearly all anchors are background, so a network that sees nothing "
        "already scores the dotted line. Look at the positive anchors alone, and at AP50: the "
        "share of objects found, with IoU 0.5 or more, weighted by false alarms.\n\n"
        "**Six images.** The ground truth is {color}, orange what is found now; the number "
        "is its score. They come from the validation set, which training never sees. The bars "
        "are the anchors that match the object: watch them rise before the first box appears.\n\n"
        "**The next batch.** Each epoch crops, mirrors and colours each image again, if "
        "the recipe says so. Its anchors are then matched with its objects: positive ones learn "
        "class and box, mined negatives learn “background”, ignored ones learn nothing. Mining "
        "is done again on each batch: it keeps the background that the network most mistakes for "
        "an object.\n\n"
        "**Start from.** A detector that has learned other objects knows edges, colours "
        "and shapes already. A network that starts from it needs fewer images and epochs for "
        "objects of your own.\n\n"
        "The run goes on when you close this page. Open it again and it is there.",
        color=ROLES["gt"].color_word,
    )
