"""The anchors page: where the detector looks, what matches an object, and why."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import ipywidgets as widgets

from explorer.datasets import open_dataset
from explorer.i18n import _
from explorer.viewmodels.anchor_agreement import Agreement, compare_with_mxnet
from explorer.viewmodels.anchors import AnchorsModel, first_object
from explorer.viewmodels.pictures import Samples
from explorer.views import theme
from explorer.views.anchor_ground_truth import AnchorGroundTruth
from explorer.views.anchor_photograph import AnchorPhotograph
from explorer.views.anchor_pyramid import AnchorPyramid
from explorer.views.anchor_shapes import AnchorShapes
from explorer.views.anchor_table import AnchorTable, line_swatch
from explorer.views.notice import Notice, guarded
from explorer.views.page import Page, card, labelled, row, section
from explorer.views.throttle import Throttle

__all__ = ["AnchorsPage", "show"]

FRAMES_PER_S = 20
"""One layer's anchors are a few kilobytes; a slider waits for the last frame at most this long."""

SETTLED_S = 0.4
"""MXNet is asked when nothing has changed for so long."""


def show() -> None:
    """Display the page."""
    AnchorsPage().show()


class AnchorsPage:
    """Figures and controls around one `AnchorsModel`: each change of its scene is drawn here."""

    def __init__(self) -> None:
        self.page = Page()
        self.photographs = Samples(open_dataset("sample", "val"))
        self.model = AnchorsModel(num_photographs=len(self.photographs))
        first = self.photographs[0]
        self.model.set_photograph(0, first_object(first.labels))
        state, scene = self.model.state, self.model.scene

        guard = guarded(self.page.notice)
        self.photograph = AnchorPhotograph(
            scene, state.gt_px, guard(self.model.set_gt_px), guard(self.model.select_at)
        )
        self.photograph.set_photograph(first.image)
        self.pyramid = AnchorPyramid(scene, guard(self._choose_layer))
        self.table = AnchorTable()
        self.shapes = AnchorShapes(self.model)
        self.ground_truth = AnchorGroundTruth(self.model, self._label_of_photograph)
        self._drawn_photograph = 0
        self._comparison: asyncio.Task[None] | None = None
        self._mxnet = ThreadPoolExecutor(max_workers=1)  # one call of MXNet at a time
        self._open = False
        self._build_widgets()
        self._draw()
        throttle = Throttle(lambda _scene: self._draw(), FRAMES_PER_S)
        self.model.observe(lambda change: throttle.push(change["new"]), "scene")

    def show(self) -> None:
        """Display the page."""
        photograph = widgets.VBox([self.page.plot(self.photograph.figure), self._hint])
        photograph.layout.grid_gap = "8px"
        photograph.layout.flex = "1 1 min(100%, 480px)"
        meaning = widgets.VBox(
            [
                self._verdict,
                self.page.plot(self.pyramid.figure),
                self._legend,
                self._best,
                self._badge,
            ]
        )
        meaning.layout.flex = "1 1 280px"
        meaning.layout.grid_gap = "14px"
        self.page.on_open(self._opened)
        self.page.show(
            main=[
                card(
                    row(self._previous, self._title, self._next, self._shown),
                    row(photograph, meaning),
                ),
                card(self.table),
            ],
            controls=[
                self.shapes.section,
                self.ground_truth.section,
                section(_("This page as text"), self._state, self._state_problem),
            ],
            help_html=_help(),
        )

    def _build_widgets(self) -> None:
        guard = guarded(self.page.notice)
        self._previous = widgets.Button(description="←", tooltip=_("Previous photograph"))
        self._next = widgets.Button(description="→", tooltip=_("Next photograph"))
        self._previous.on_click(guard(lambda _button: self._turn(-1)))
        self._next.on_click(guard(lambda _button: self._turn(1)))
        self._title = widgets.Label()
        for widget in (self._previous, self._next, self._title):
            widget.layout.flex = "0 0 auto"
        self._shown = widgets.ToggleButtons(
            options=[
                (_("One cell"), "cell"),
                (_("Matched"), "matched"),
                (_("Best {number}").format(number=self.model.state.num_top), "top"),
                (_("Whole map"), "layer"),
            ]
        )
        self._shown.layout.width = "auto"
        self._shown.layout.flex = "1 1 400px"
        self._shown.observe(guard(self._choose_shown), "value")
        self._best = widgets.Button(description=_("Go to the best anchor"))
        self._best.on_click(guard(lambda _button: self.model.select_best()))
        self._verdict = widgets.HTML()
        self._badge = widgets.HTML()
        hint = _(
            "Drag the green box or pull its corners. Click elsewhere to see another cell's anchors."
        )
        self._hint = widgets.HTML(f'<p class="ssdx-muted" style="line-height:1.5">{hint}</p>')
        self._legend = widgets.HTML(_legend())
        self._state_problem = Notice()
        self._state = labelled(
            _("Copy it, or paste another"),
            widgets.Textarea(continuous_update=False, rows=3),
        )
        self._state.observe(guarded(self._state_problem)(self._paste), "value")
        self._say_agreement(None)

    def _draw(self) -> None:
        state, scene = self.model.state, self.model.scene
        if state.photograph != self._drawn_photograph:
            self._drawn_photograph = state.photograph
            self.photograph.set_photograph(self.photographs[state.photograph].image)
        self.photograph.draw(scene, state.gt_px)
        self.pyramid.draw(scene)
        self.table.draw(scene)
        self.shapes.draw()
        self.ground_truth.draw()
        self._shown.value = state.shown
        self._title.value = _("Photograph {number} of {all}").format(
            number=state.photograph + 1, all=len(self.photographs)
        )
        self._verdict.value = (
            '<p role="status" style="font-size:15px;line-height:1.5;min-height:98px">'
            '<b style="display:block;font-size:20px;line-height:1.4">'
            f"{scene.headline}</b>{scene.reason}</p>"
        )
        self._state.value = self.model.to_json()
        self._compare_soon()

    def _choose_layer(self, layer: int) -> None:
        if layer != self.model.state.layer:
            self.model.change(layer=layer)

    def _choose_shown(self, change: dict[str, Any]) -> None:
        if change["new"] != self.model.state.shown:
            self.model.change(shown=change["new"])

    def _turn(self, by: int) -> None:
        number = (self.model.state.photograph + by) % len(self.photographs)
        self.model.set_photograph(number, first_object(self.photographs[number].labels))

    def _label_of_photograph(self) -> tuple[float, float, float, float]:
        return first_object(self.photographs[self.model.state.photograph].labels)

    def _paste(self, change: dict[str, Any]) -> None:
        if change["new"].strip() != self.model.to_json():
            self.model.from_json(change["new"])

    def _opened(self, query: dict[str, str]) -> None:
        self._open = True
        if "state" in query:
            self.model.from_json(query["state"])
        self._compare_soon()

    def _compare_soon(self) -> None:
        if not self._open:
            return
        if self._comparison is not None:
            self._comparison.cancel()
        self._say_agreement(None)
        compare = guarded(self.page.notice)(self._compare)
        self._comparison = asyncio.get_running_loop().create_task(compare())

    async def _compare(self) -> None:
        await asyncio.sleep(SETTLED_S)
        scene, gt_box = self.model.scene, self.model.state.gt_box
        loop = asyncio.get_running_loop()
        self._say_agreement(
            await loop.run_in_executor(self._mxnet, compare_with_mxnet, scene, gt_box)
        )

    def _say_agreement(self, agreement: Agreement | None) -> None:
        text = _("checking with MXNet's operator…") if agreement is None else agreement.text
        kind = "info" if agreement is None else "success" if agreement.equal else "error"
        self._badge.value = (
            f'<span class="ssdx-{kind}" role="status" style="display:inline-block;'
            'padding:4px 12px;line-height:1.5;border-radius:99px;font-size:13px;font-weight:550">'
            f"{text}</span>"
        )


def _legend() -> str:
    items = (
        ("gt", _("Ground truth"), ()),
        ("positive", _("Positive"), ()),
        ("forced", _("Forced"), (6, 4)),
        ("anchor", _("Background"), ()),
    )
    entries = "".join(
        '<span style="display:inline-flex;align-items:center;gap:7px">'
        f"{line_swatch(theme.ROLES[role].color, dash)}{text}</span>"
        for role, text, dash in items
    )
    return (
        '<div style="display:grid;grid-template-columns:1fr 1fr;gap:4px 16px;font-size:13px;'
        'line-height:1.5">'
        f"{entries}</div>"
    )


def _help() -> str:
    paragraphs = (
        _("An anchor is a box that the detector may start from. Each cell of a feature map has a "
          "few of them, all around its centre: one for every size, and one for every further "
          "ratio at the first size. So it is S + R − 1 anchors, not S × R."),
        _("Fine maps have many cells and small anchors; the 1×1 map has one cell for objects "
          "that fill the image. All pixels on this page are those of the network's input, "
          "256 × 256."),
        _("IoU is the area that two boxes share, divided by the area that they cover together. "
          "Anchors above the threshold are positive: they learn the object. The best anchor is "
          "forced to be positive even below the threshold, so that no object is lost."),
        _("Click the photograph to see another cell. Drag the green box, or pull its edges and "
          "corners. With the keyboard: Tab to the photograph, arrow keys for the cell, Shift "
          "and arrow keys for the green box."),
    )  # fmt: skip
    return "".join(f"<p>{text}</p>" for text in paragraphs)
