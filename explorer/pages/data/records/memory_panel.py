"""The memory meter: what a batch takes, and what padding its labels costs."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import ipywidgets as widgets

from explorer.config import ANCHOR_PRESETS
from explorer.datasets.records.memory_meter import BatchMemory
from explorer.i18n import N_, _, ngettext
from explorer.pages.data.records.padding import (
    MAX_ANCHORS,
    MAX_BATCH,
    MAX_INPUT,
    OWN_NUMBER,
    PaddingModel,
    size_text,
)
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.controls.following_slider import FollowingSlider
from explorer.pages.shared.controls.share_bar import share_bar
from explorer.pages.shared.controls.text_line import TextLine
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import beside, button, column, labelled, row, show
from explorer.pages.shared.timing.throttle import Throttle

FEWEST_ON_SLIDER = 100
"""Label rows that can be tried, even where a set needs few."""

_PARTS = (
    ("images", N_("Images"), theme.ROLES["forced"].color),
    ("labels", N_("Labels"), theme.ROLES["gt"].color),
    ("matching", N_("Matching"), theme.ROLES["mined"].color),
    ("targets", N_("Targets"), theme.ROLES["positive"].color),
)


class MemoryPanel:
    """Sliders, and the bars that follow them; `show_crowd` shows the most crowded image."""

    def __init__(self, model: PaddingModel, show_crowd: Callable[[], None]) -> None:
        self._model = model
        self._problem = Notice()
        guard = guarded(self._problem)
        self._following = Following(guard)
        self._batch = _slider(_("Batch size"), 1, MAX_BATCH)
        self._rows = _slider(_("Label rows"), 1, FEWEST_ON_SLIDER)
        self._input = _slider(_("Input size, px"), 64, MAX_INPUT)
        self._preset = labelled(
            _("Anchors of"),
            widgets.Dropdown(
                options=[*((name, name) for name in ANCHOR_PRESETS), (_("a number"), OWN_NUMBER)]
            ),
        )
        self._anchors = labelled(
            _("Number of anchors"),
            widgets.BoundedIntText(min=1, max=MAX_ANCHORS, continuous_update=False),
        )
        self._bars, self._sentence = widgets.HTML(), TextLine()
        self._bars.add_class("ssdx-memory")
        self._crowd = TextLine("ssdx-muted", flex="1 1 180px")
        self._show = button(_("Show it"), guard(show_crowd), flex="0 0 auto")
        self.widget = self._build()

        self._batch.on_move(guard(lambda value: model.set_batch_size(round(value))))
        self._rows.on_move(guard(lambda value: model.set_label_rows(round(value))))
        self._input.on_move(guard(lambda value: model.set_input_size(round(value))))
        self._following.listen(self._preset, model.choose_preset)
        self._following.listen(self._anchors, model.set_num_anchors)
        model.observe(Throttle(guard(lambda _change: self._draw())).push)
        guard(self._draw)()

    def _build(self) -> widgets.VBox:
        title = escape(_("The memory of a batch"))
        anchors = beside((self._preset, 130), (self._anchors, 130))
        self._who = row(self._crowd, self._show, align_items="center")
        after = _(
            "Images, as float32, and labels are what is fed. Matching is what MXNet’s "
            "MultiBoxTarget needs for a moment: 11 arrays of anchors × label rows for each image. "
            "Targets are what it returns. The network’s own activations come on top."
        )
        return column(
            widgets.HTML(f'<p class="ssdx-subtitle">{title}</p>'),
            self._bars, self._sentence, self._who, self._problem, self._rows, self._batch,
            self._input, anchors, TextLine("ssdx-fine", after), gap=10,
        )  # fmt: skip

    def _draw(self) -> None:
        model = self._model
        most = max(FEWEST_ON_SLIDER, 2 * model.least_rows, model.label_rows)
        self._rows.follow_within(model.label_rows, model.least_rows, most)
        self._input.follow_within(model.input_size, model.least_input, MAX_INPUT)
        self._batch.follow(model.batch_size)
        with self._following:
            self._preset.value = model.preset
            self._anchors.value = model.num_anchors
        self._bars.value = _bars(model)
        self._sentence.show(model.sentence())
        crowd = model.crowd_text()
        self._crowd.show(crowd)
        show(crowd, self._who)


def _slider(label: str, low: int, high: int) -> FollowingSlider:
    slider = FollowingSlider(min=low, max=high, step=1)
    labelled(label, slider)
    return slider


def _bars(model: PaddingModel) -> str:
    rows, (less, fewer), memory = model.label_rows, model.compared, model.memory
    bars = _bar(rows, memory, memory.total, named=True)
    return bars if less == rows else bars + _bar(less, fewer, memory.total, named=False)


def _bar(rows: int, memory: BatchMemory, whole: int, named: bool) -> str:
    size = size_text(memory.total)
    title = ngettext("{n} label row: {size}", "{n} label rows: {size}", rows, size=size)
    parts = [(_(name), color, getattr(memory, part)) for part, name, color in _PARTS]
    bar = share_bar(parts, lambda amount: size_text(int(amount)), whole, named)
    return f'<p class="ssdx-fine">{escape(title)}</p>{bar}'
