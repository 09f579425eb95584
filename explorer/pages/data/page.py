"""The data page: the user's own images and labels become a data set to train on."""

from __future__ import annotations

from explorer.datasets.label_formats import FORMATS, WITHOUT_LABELS
from explorer.i18n import _
from explorer.pages.data.building.section import BuildSection
from explorer.pages.data.classes.section import ClassListSection
from explorer.pages.data.model import FIRST, OwnData
from explorer.pages.data.source.card import DataSource
from explorer.pages.data.state import DataState
from explorer.pages.data.tabs import FIRST_PART, LABELLING, data_tabs
from explorer.pages.shared.page.address import PageState
from explorer.pages.shared.page.notice import guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import card
from explorer.pages.shared.page.sentences import read_state
from explorer.pages.shared.timing.background import start
from explorer.pages.shared.timing.later import Later

STATE_S = 0.3
"""The page's address follows this long after a change."""

SETTLED_S = 0.5
"""The rest of the page follows this long after a box was drawn or moved."""


def show() -> None:
    """Display the page; the notebook's one call."""
    _DataPage(OwnData(), Page("data")).show()


class _DataPage:
    """The page's parts, and what is begun when a browser comes."""

    def __init__(self, data: OwnData, page: Page) -> None:
        self.data, self.page = data, page
        self._guard = guarded(page.notice)
        self.source = DataSource(data, page)
        self.tabs = data_tabs(data, page)
        self.classes = ClassListSection(data.classes)
        self.build = BuildSection(data)
        self.state = PageState(_("This page as text"), self._show_state)
        self._state = Later(self._show_text, STATE_S)
        self._opened = False
        for each in (data, data.source, data.classes, data.builder):
            each.observe(lambda _change: self._state.ask())
        self.tabs.observe(self._state.ask)
        data.source.observe(self._guard(lambda _change: self._examine()), "annotations")
        self._settle = Later(self._guard(self._follow), SETTLED_S)
        data.observe(lambda _change: self._settle.ask(), ["annotations", "input_size"])

    def show(self) -> None:
        """Display the page."""
        self.page.on_open(self._open)
        self.page.show(
            main=[
                card(self.source.widget),
                card(self.tabs.widget),
            ],
            controls=[self.classes.section, *self.build.sections, self.state.section],
            help_text=_help(),
        )

    def _open(self, query: dict[str, str]) -> None:
        self._opened = True
        self.source.draw()
        self.tabs.choose(FIRST_PART)
        if "state" in query:
            self._guard(self._show_state)(query["state"])
        start(self._show_something(), self._guard)

    def _show_state(self, text: str) -> None:
        state = read_state(DataState, text)
        self.tabs.choose(state.tab)
        start(self.data.show_state(state), self._guard)

    async def _show_something(self) -> None:
        """Open what ships, unless the address has led to something else."""
        if self.data.annotations is None and self.data.source.state != "working":
            problem = self.data.source.problem
            await self.data.source.open(FIRST)
            self.data.source.problem = problem

    def _show_text(self) -> None:
        if self._opened and self.data.source.state == "ready":
            self.state.show(self.data.to_state(self.tabs.chosen).to_json())

    def _follow(self) -> None:
        """Bring up to date what follows from boxes that were drawn."""
        self.data.settle()
        if self.data.annotations is not None:
            follow = self.data.doctor.follow(self.data.annotations, self.data.input_size)
            start(follow, self._guard)

    def _examine(self) -> None:
        annotations = self.data.annotations
        if annotations is not None and annotations.kind == WITHOUT_LABELS:
            self.tabs.choose(LABELLING)
        start(self.data.examine(), self._guard)


def _help() -> str:
    return "\n\n".join(
        (
            _(
                "**Bring** a folder or a zip file: {formats} are known by what is in them. Your "
                "files are only read."
            ).format(formats=", ".join(each.title for each in FORMATS.values())),
            _(
                "**Check** what the label doctor found: each finding is shown on its image. "
                "Fixes are made in the data set that you build, never in your files."
            ),
            _(
                "**Look** at the images, at the sizes and places of the objects, and at what "
                "training does to them: anchors must fit these sizes."
            ),
            _(
                "**Build** writes records that training reads fast, reads them back and "
                "compares. Then the data set is on every page by its name."
            ),
        )
    )
