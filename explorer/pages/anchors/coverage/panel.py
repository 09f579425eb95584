"""The card of sizes and coverage: what the anchors catch, and better ones for a data set."""

from __future__ import annotations

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.anchors.coverage.fit import AnchorFit, SizePlane, size_plane
from explorer.pages.anchors.coverage.size_map import AnchorSizes, size_map_legend
from explorer.pages.anchors.model import AnchorsModel
from explorer.pages.anchors.state import AnchorsState
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.controls.html_table import html_table
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import beside, button, column, labelled, row, show
from explorer.pages.shared.timing.background import start


class AnchorCoverage:
    """Figure and controls that follow the model and the fit of its anchors."""

    def __init__(self, model: AnchorsModel, fit: AnchorFit) -> None:
        self._model, self._fit = model, fit
        self.problem = Notice()
        guard = self._guard = guarded(self.problem)
        self._following = Following(guard)
        self.sizes = AnchorSizes(model.state.input_shape_px, guard(model.set_size_px))
        self._where = labelled(
            _("Where the object lies"),
            widgets.Dropdown(
                options=[
                    (_("at its best place"), "best"),
                    (_("on average over the image"), "mean"),
                    (_("at its worst place"), "worst"),
                ]
            ),
        )
        self._one_map = widgets.Checkbox(description=_("Selected map only"), indent=False)
        self._verdict, self._legend, self._table = (widgets.HTML() for _number in range(3))
        self._suggest = button(_("Suggest better anchors"), guard(self._search), style="primary")
        self._cancel = button(_("Cancel"), guard(fit.cancel))
        self._use = button(_("Use the suggestion"), guard(self._apply))
        self._pin = button(
            _("Keep these for comparison"),
            guard(model.pin),
            tooltip=_("They stay beside the current ones"),
        )
        self._swap = button(_("Go back to the kept ones"), guard(model.swap_pinned))
        self._budget = labelled(
            _("Use at most this many anchors"), widgets.BoundedIntText(min=1, max=200_000)
        )
        self._progress = widgets.FloatProgress(min=0, max=1, layout={"width": "100%"})

        self._following.listen(self._where, lambda where: model.change(where=where))
        self._following.listen(self._one_map, lambda only: model.change(one_map=only))
        self._budget.value = self._num_anchors = len(model.scene.grid)
        fit.observe(lambda _change: self._draw_fit(), ["objects", "suggestion", "state", "problem"])
        fit.observe(lambda change: self._progress.set_trait("value", change["new"]), "progress")
        self._draw_fit()

    def widget(self, page: Page) -> widgets.Widget:
        """Return the card's content."""
        title = _("Which object sizes can be matched?")
        left = column(
            page.plot(self.sizes.figure), self._legend, row(self._where, self._one_map), gap=12
        )
        right = column(
            self._verdict, self._table, self._budget, row(self._suggest, self._cancel),
            self._progress, row(self._use, self._pin, self._swap), self.problem, gap=12,
        )  # fmt: skip
        heading = widgets.HTML(f'<h2 class="ssdx-title">{title}</h2>')
        return widgets.VBox([heading, beside((left, 420), (right, 300))])

    def draw(self) -> None:
        """Follow the model."""
        state = self._model.state
        plane = size_plane(state)
        self.sizes.draw(state, plane)
        with self._following:
            self._where.value = state.where
            self._one_map.value = state.one_map
        before, self._num_anchors = self._num_anchors, len(self._model.scene.grid)
        if self._budget.value == before:  # the user has set no other
            self._budget.value = self._num_anchors
        self._legend.value = size_map_legend(state.match.match_iou_threshold)
        self._verdict.value = f"<p>{_blind_zone(state, plane)}</p>"
        self._draw_fit()

    def look_at(self, dataset: str) -> None:
        """Measure with the objects of this data set from now on."""
        start(self._fit.look_at(dataset), self._guard)

    def _draw_fit(self) -> None:
        """Draw what depends on the data set and on the search."""
        fit, state = self._fit, self._model.state
        self.sizes.draw_objects(fit.sizes_px(state.input_shape_px))
        self._table.value = self._compared()
        self._suggest.disabled = (
            fit.works or fit.objects is None or state.match.match_iou_threshold == 0
        )
        show(fit.works, self._cancel, self._progress)
        found = fit.suggestion
        self._use.disabled = found is None or found.anchors == state.anchors
        pinned = (state.pinned, state.pinned_maps) == (state.anchors, state.own_maps)
        self._swap.disabled = state.pinned is None or pinned
        self._pin.disabled = pinned
        if fit.problem:
            self.problem.fail(fit.problem)

    def _compared(self) -> str:
        """Return the table of the present, the pinned and the suggested anchors."""
        fit, state = self._fit, self._model.state
        if fit.objects is None:
            text = _("Coverage needs a data set with labelled objects.")
            return f'<p class="ssdx-muted">{text}</p>'
        if state.match.match_iou_threshold == 0:
            text = _(
                "At threshold 0 anchors are matched by force only: coverage needs a higher one."
            )
            return f'<p class="ssdx-muted">{text}</p>'
        columns = [(_("present"), state.anchors, state.own_maps)]
        if state.pinned is not None:
            columns.append((_("pinned"), state.pinned, state.pinned_maps))
        if fit.suggestion is not None:
            columns.append((_("suggested"), fit.suggestion.anchors, state.own_maps))
        measured = [fit.coverage(state, anchors, own_maps) for _name, anchors, own_maps in columns]
        coverages = [coverage for coverage in measured if coverage is not None]
        best = max(coverage.coverage for coverage in coverages)
        rows = (
            (
                _("covered at IoU {threshold:.2f}", threshold=state.match.match_iou_threshold),
                *(_bold(f"{c.coverage:.1%}", c.coverage == best) for c in coverages),
            ),
            (_("mean best IoU"), *(f"{c.mean_best_iou:.3f}" for c in coverages)),
            (_("matching anchors per object"), *(f"{c.mean_over:.1f}" for c in coverages)),
            (_("anchors in total"), *(f"{c.num_anchors:,}" for c in coverages)),
        )
        heads = ["", *(name for name, *_anchors in columns)]
        table = html_table(heads, rows, numbers=range(1, len(heads)), named_rows=True)
        about = _("{objects:,} objects in {images:,} images of {name}").format(
            objects=len(fit.objects.boxes), images=fit.objects.num_images, name=fit.objects.name
        )
        return f'{table}<p class="ssdx-muted">{about}</p>'

    def _search(self) -> None:
        start(self._fit.search(self._model.state, self._budget.value), self._guard)

    def _apply(self) -> None:
        if self._fit.suggestion is not None:
            self._model.pin()
            self._model.change(anchors=self._fit.suggestion.anchors)


def _blind_zone(state: AnchorsState, plane: SizePlane) -> str:
    """Say which squares are not caught, and what a click on the map does."""
    where = {
        "best": _("wherever they lie"),
        "mean": _("on average over the image"),
        "worst": _("where they lie worst"),
    }[state.where]
    if plane.blind_px == 0:
        text = _("Squares of every size have an anchor above IoU {threshold}, {where}.")
    elif plane.blind_px == min(state.input_shape_px):
        text = _("No square has an anchor above IoU {threshold}, {where}: only a forced one.")
    else:
        text = _(
            "Squares of <b>{side} px</b> and less have no anchor above IoU {threshold}, {where}: "
            "only a forced one."
        )
    click = _("Click the map to give the selected object that size.")
    threshold = f"{state.match.match_iou_threshold:.2f}"
    return text.format(side=plane.blind_px, threshold=threshold, where=where) + " " + click


def _bold(text: str, bold: bool) -> str:
    return f"<b>{text}</b>" if bold else text
