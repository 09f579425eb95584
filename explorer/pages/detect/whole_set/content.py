"""What is seen of a judged data set: figures, three plots, and the images behind them."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from explorer.evaluation.error_types import ErrorType
from explorer.i18n import _
from explorer.pages.detect.whole_set.confusion_figure import ConfusionFigure
from explorer.pages.detect.whole_set.error_bars import ErrorBars
from explorer.pages.detect.whole_set.mistake_cases import Selection
from explorer.pages.detect.whole_set.mistake_gallery import MistakeGallery
from explorer.pages.detect.whole_set.mistake_words import (
    advice,
    best_threshold,
    choices,
    figures,
    floored,
)
from explorer.pages.detect.whole_set.model import DatasetJudgement
from explorer.pages.detect.whole_set.precision_recall_figure import PrecisionRecallFigure
from explorer.pages.detect.whole_set.verdict import DatasetVerdict
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.colors import line_swatch
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import button, classed, column, labelled, row, show
from explorer.pages.shared.timing.later import Later
from explorer.pages.shared.timing.throttle import Throttle

GALLERY_WAITS_S = 0.25
"""The pictures follow when a slider rests: they are what takes longest to send."""


class JudgementContent:
    """Figures and controls that follow a verdict; its parameters are those of `JudgementPanel`."""

    def __init__(
        self,
        model: DatasetJudgement,
        page: Page,
        open_picture: Callable[[str, int], None],
        set_threshold: Callable[[float], None],
        guard: Callable[[Callable[..., Any]], Callable[..., Any]],
    ) -> None:
        self._model = model
        self._following = Following(guard)
        self._numbers = widgets.HTML()
        self._advice = widgets.HTML(layout={"flex": "1 1 300px"})
        self._best = button("", guard(self._use_best), flex="0 0 auto")
        self._set_threshold = set_threshold
        self.curve = PrecisionRecallFigure(guard(lambda score: set_threshold(floored(score))))
        self.bars = ErrorBars(guard(self._pick_type))
        self.matrix = ConfusionFigure(guard(self._pick_cell))
        self._show = labelled(_("Look at"), widgets.Dropdown(options=[]))
        self.gallery = MistakeGallery(model, open_picture, guard)
        said = row(self._advice, self._best, align_items="center")
        self.widget = column(
            self._numbers, said, self._plots(page), self._show, widgets.HTML(_legend()),
            self.gallery.widget, gap=16,
        )  # fmt: skip
        self._following.listen(self._show, model.select)
        self._pace = Throttle(guard(lambda _verdict: self._draw()))
        self._later = Later(guard(self._draw_gallery), GALLERY_WAITS_S)
        model.observe(lambda change: self._pace.push(change["new"]), ["verdict", "selection"])
        model.observe(lambda _change: self._later.ask(), "cases")
        self._draw()
        self._draw_gallery()

    def _plots(self, page: Page) -> widgets.Widget:
        curve = _titled(
            _("Precision and recall at IoU 0.50"),
            _("The ring is the score threshold; click the curve to move it."),
            page.plot(self.curve.figure),
        )
        bars = _titled(
            _("Mistakes: number and cost"),
            _(
                "What AP50 gains without such mistakes, by the TIDE paper (tidecv differs a "
                "little). Click one to see its images."
            ),
            page.plot(self.bars.figure),
        )
        matrix = _titled(
            _("What gets confused with what"),
            _("At the score threshold. Click a cell to see its images."),
            page.plot(self.matrix.figure),
        )
        return classed(widgets.Box([curve, bars, matrix]), "ssdx-judgeplots")

    def _draw(self) -> None:
        verdict, selection = self._model.verdict, self._model.selection
        show(verdict is not None, self.widget)
        if verdict is None or selection is None:
            return
        self._numbers.value = _tiles(verdict)
        self._advice.value = "".join(f"<p>{html.escape(text)}</p>" for text in advice(verdict))
        best = best_threshold(verdict)
        show(best is not None, self._best)
        self._best.description = _("Use threshold {threshold}").format(threshold=f"{best or 0:.2f}")
        self._best.disabled = best == round(verdict.config.score_threshold, 2)
        is_cell = selection.what == "cell"
        self.curve.draw(verdict)
        self.bars.draw(verdict, selection.error_type)
        self.matrix.draw(verdict, (selection.truth, selection.prediction) if is_cell else None)
        self._draw_choices(verdict, selection)

    def _draw_choices(self, verdict: DatasetVerdict, selection: Selection) -> None:
        options = list(choices(verdict))
        if selection not in (each for _text, each in options):  # a cell that has become empty
            options.append((_("The chosen cell (0)"), selection))
        self._following.offer(self._show, options, selection)

    def _draw_gallery(self) -> None:
        if self._model.verdict is not None:
            self.gallery.draw()

    def _use_best(self) -> None:
        best = best_threshold(self._model.verdict)
        if best is not None:
            self._set_threshold(best)

    def _pick_type(self, kind: ErrorType) -> None:
        self._model.select(Selection("type", error_type=int(kind)))

    def _pick_cell(self, truth: int, prediction: int) -> None:
        self._model.select(Selection("cell", truth=truth, prediction=prediction))


def _titled(title: str, about: str, plot: widgets.Widget) -> widgets.Widget:
    text = f'<div class="ssdx-subtitle">{html.escape(title)}</div>'
    text += f'<div class="ssdx-muted ssdx-fine">{html.escape(about)}</div>'
    return widgets.VBox([widgets.HTML(text), plot])


def _tiles(verdict: DatasetVerdict) -> str:
    """Return the figures as HTML."""
    tiles = "".join(
        f"<div><dt>{html.escape(each.name)}</dt><dd>{html.escape(each.value)}</dd>"
        f"<dd>{html.escape(each.meaning)}</dd></div>"
        for each in figures(verdict)
    )
    return f'<dl class="ssdx-tiles">{tiles}</dl>'


def _legend() -> str:
    """Return how boxes are drawn in the small pictures."""
    lines = (
        (theme.ROLES["gt"].color, _("object it is about (others thin)")),
        (theme.ROLES["detection"].color, _("detection")),
    )
    entries = "".join(
        f"<span>{line_swatch(color, [])} {html.escape(text)}</span>" for color, text in lines
    )
    about = _(
        "AP50 … → …: at the score threshold, before and after correcting this mistake alone. "
        "Click a picture to open it."
    )
    return f'<div class="ssdx-batchlegend">{entries}<span>{html.escape(about)}</span></div>'
