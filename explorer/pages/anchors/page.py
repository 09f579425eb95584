"""The anchors page: where the detector looks, what matches an object, and why."""

from __future__ import annotations

from functools import partial
from html import escape

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.anchors.coverage.fit import AnchorFit
from explorer.pages.anchors.coverage.panel import AnchorCoverage
from explorer.pages.anchors.help import help_text, photograph_legend
from explorer.pages.anchors.matching.agreement import compare_with_mxnet
from explorer.pages.anchors.matching.section import AnchorMatching, AnchorSteps
from explorer.pages.anchors.model import AnchorsModel
from explorer.pages.anchors.objects.section import AnchorObjects
from explorer.pages.anchors.one_anchor.panel import AnchorExplained
from explorer.pages.anchors.photograph.figure import AnchorPhotograph
from explorer.pages.anchors.picture.section import AnchorInput
from explorer.pages.anchors.pyramid.figure import AnchorPyramid
from explorer.pages.anchors.shapes.section import AnchorShapes
from explorer.pages.anchors.state import AnchorsState, labelled_objects
from explorer.pages.anchors.table.table import AnchorTable
from explorer.pages.anchors.takeaway.panel import AnchorTakeaway
from explorer.pages.anchors.tour.bar import AnchorTour
from explorer.pages.anchors.tour.steps import Place, tour_steps
from explorer.pages.anchors.words import headline, positives_reason
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.controls.mxnet_badge import MxnetBadge
from explorer.pages.shared.page.address import PageState
from explorer.pages.shared.page.colors import ROLES
from explorer.pages.shared.page.notice import guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import button, card, classed, column, row
from explorer.pages.shared.pictures.object_editor import EditCallbacks
from explorer.pages.shared.pictures.photographs import Photographs
from explorer.pages.shared.pictures.pictures import Picture
from explorer.pages.shared.timing.later import Later
from explorer.pages.shared.timing.throttle import Throttle

FRAMES_PER_S = 20
"""One layer's anchors are a few kilobytes; a slider waits for the last frame at most this long."""

BESIDE_S, BEHIND_S = 0.03, 0.15
"""The photograph is on its way first; tables and texts follow, then what lies below."""


def show() -> None:
    """Display the page."""
    AnchorsPage().show()


class AnchorsPage:
    """Figures and controls around one `AnchorsModel`: each change of its scene is drawn here."""

    def __init__(self) -> None:
        self.page = Page("anchors")
        self.photographs = Photographs()
        self.model = model = AnchorsModel(self._first(), self.photographs.counts)
        model.select_best()
        scene, guard = model.scene, guarded(self.page.notice)
        self.input = AnchorInput(model, self.photographs, guard)

        self.photograph = AnchorPhotograph(
            scene,
            EditCallbacks(
                move=guard(model.set_gt_px),
                create=guard(model.add_object),
                delete=guard(model.delete_object),
            ),
            pick=guard(model.select_at),
        )
        self.pyramid = AnchorPyramid(scene, guard(self._choose_layer))
        self.table = AnchorTable()
        self.explained = AnchorExplained(model, guard)
        self.steps = AnchorSteps(model, guard)
        self.shapes = AnchorShapes(model)
        self.objects = AnchorObjects(
            model, self.photograph.objects.draw_mode, self.input.load_labels, self.input.class_names
        )
        self.photograph.objects.on_drawn = self.objects.drawn
        self.matching = AnchorMatching(model)
        self.fit = AnchorFit()
        self.coverage = AnchorCoverage(model, self.fit)
        self.takeaway = AnchorTakeaway(model)
        self.state = PageState(_("This page as text"), model.from_json)
        self.tour = AnchorTour(model, tour_steps(model.state.objects), guard)
        self._open = False
        self._drawn_picture: Picture | None = None
        self._build_widgets()
        self._beside = Later(guard(self._draw_beside), BESIDE_S)
        self._behind = Later(guard(self._draw_behind), BEHIND_S)
        self._draw_photograph()
        self._draw_beside()
        throttle = Throttle[object](lambda _scene: self._draw(), FRAMES_PER_S)
        self.model.observe(lambda change: throttle.push(change["new"]), "scene")

    def _first(self) -> AnchorsState:
        """Return what the page begins with: the first photograph and its objects."""
        state = AnchorsState()
        picture = self.photographs.get(state.dataset, state.photograph)
        return AnchorsState(objects=labelled_objects(picture.labels))

    def show(self) -> None:
        """Display the page."""
        bar = row(*self.input.bar, self.tour.start, align_items="center")
        plot = self.page.plot(self.photograph.figure)
        photograph = column(plot, self.objects.bar, self._hint, gap=8, flex="1 1 min(100%, 480px)")
        meaning = column(
            self._verdict,
            self.page.plot(self.pyramid.figure),
            self._legend,
            row(self._best, self._field),
            self._badge,
            gap=14,
            flex="1 1 280px",
        )
        self.page.on_open(self._opened)
        self.page.show(
            main=[
                card(
                    bar,
                    self._shown,
                    _place("photograph", row(photograph, meaning)),
                    _place("steps", self.steps.widget),
                ),
                card(self.table, _place("explained", self.explained.widget)),
                card(_place("sizes", self.coverage.widget(self.page))),
                card(self.takeaway.widget),
                self.tour.bar,
            ],
            controls=[
                self.shapes.section,
                self.objects.section,
                self.matching.section,
                self.input.section,
                self.state.section,
            ],
            help_text=help_text(),
        )

    def _build_widgets(self) -> None:
        guard = guarded(self.page.notice)
        self._following = Following(guard)
        self._shown = widgets.ToggleButtons(
            options=[
                (_("One cell"), "cell"),
                (_("Matched"), "matched"),
                (_("Best {number}").format(number=self.model.state.num_top), "top"),
                (_("Whole map"), "layer"),
            ]
        )
        self._shown.layout.width = "auto"
        self._following.listen(self._shown, lambda shown: self.model.change(shown=shown))
        self._best = button(_("Go to the best anchor"), guard(self.model.select_best))
        self._field = widgets.Checkbox(
            description=_("Receptive field"),
            tooltip=_("What the cell's predictors see of the image"),
            indent=False,
        )
        self._following.listen(self._field, lambda shown: self.model.change(receptive_field=shown))
        self._verdict = widgets.HTML()
        self._badge = MxnetBadge(guarded(self.page.notice))
        hint = _(
            "Drag the {color} box or pull its corners. Click elsewhere to see another cell's "
            "anchors, or on the line of a matched one to have it explained below.",
            color=ROLES["gt"].color_word,
        )
        self._hint = widgets.HTML(f'<p class="ssdx-muted">{hint}</p>')
        self._legend = widgets.HTML()

    def _draw(self) -> None:
        self._draw_photograph()
        self._beside.ask()
        if self._open:
            self._behind.ask()

    def _draw_photograph(self) -> None:
        state, scene = self.model.state, self.model.scene
        picture = self.photographs.get(state.dataset, state.photograph)
        if picture is not self._drawn_picture:
            self._drawn_picture = picture
            self.photograph.set_photograph(picture.image)
        self.photograph.draw(scene)

    def _draw_beside(self) -> None:
        state, scene = self.model.state, self.model.scene
        self.pyramid.draw(scene)
        self.table.draw(scene)
        for part in (
            self.explained, self.steps, self.shapes, self.objects, self.matching, self.input
        ):  # fmt: skip
            part.draw()
        with self._following:
            self._shown.value, self._field.value = state.shown, state.receptive_field
        self._legend.value = photograph_legend(state)
        self._verdict.value = (
            '<p role="status" class="ssdx-verdict">'
            f"<b>{headline(scene)}</b>{escape(positives_reason(scene))}</p>"
        )
        self.state.show(self.model.to_json())
        self._compare_soon()

    def _draw_behind(self) -> None:
        self.coverage.look_at(self.model.state.dataset)
        self.coverage.draw()
        self.takeaway.draw()

    def _choose_layer(self, layer: int) -> None:
        if layer != self.model.state.layer:
            self.model.change(layer=layer)

    def _opened(self, query: dict[str, str]) -> None:
        self._open = True
        self.input.look()
        self.page.notice.fail(self.photographs.problem)
        if "state" in query:
            self.model.from_json(query["state"])
            state = self.model.state
            if "objects" not in state.model_fields_set:  # the address names none
                self.input.show(state.dataset, state.photograph)
            self.model.begin_here()
        self._draw_behind()
        self._compare_soon()

    def _compare_soon(self) -> None:
        """Ask MXNet, which a page that is not open yet need not import."""
        if self._open:
            self._badge.ask(partial(compare_with_mxnet, self.model.scene))


def _place(name: Place, widget: widgets.DOMWidget) -> widgets.DOMWidget:
    """Name a part of the page, so that the tour can point at it."""
    return classed(widget, f"ssdx-place-{name}")
