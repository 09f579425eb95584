"""What is seen of the next batch: one image with its anchors, and who pays the loss."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.shared.anchor_kind import AnchorKind
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.controls.html_table import html_table
from explorer.pages.shared.controls.text_line import TextLine
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.colors import line_swatch, role_of
from explorer.pages.shared.page.notice import Guard
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import beside, button, classed, column, labelled, row, show
from explorer.pages.train.batch.figure import BatchFigure, kind_word, map_word, target_word
from explorer.pages.train.batch.model import MOST_DRAWN, BatchAnchor, BatchModel
from explorer.pages.train.batch.words import (
    after_text,
    augmentation_text,
    batch_summary,
    before_text,
    caption,
    loss_text,
    small_numbers,
)

MOST_ROWS = 12


class BatchContent:
    """Figures and controls that follow a batch that was looked at: the model has an inspection."""

    def __init__(self, model: BatchModel, page: Page, guard: Guard) -> None:
        self._model = model
        self._following = Following(guard)
        self.figure = BatchFigure()
        self._loss, self._summary = TextLine(), TextLine()
        self._caption = TextLine("ssdx-heading")
        self._before, self._after = TextLine("ssdx-muted"), TextLine("ssdx-muted")
        self._augmentation = TextLine("ssdx-muted")
        self._previous = button(_("◂ Previous"), guard(lambda: model.go_to(model.image - 1)))
        self._next = button(_("Next ▸"), guard(lambda: model.go_to(model.image + 1)))
        self._shown = labelled(
            _("Anchors drawn"),
            widgets.Dropdown(
                options=[
                    (_("the costliest of both kinds"), "costliest"),
                    (_("positive ones"), "positive"),
                    (_("negative ones that count"), "negative"),
                    (_("all that count, {n} at most", n=MOST_DRAWN), "counted"),
                ]
            ),
        )
        self._legend, self._table = widgets.HTML(), widgets.HTML()
        controls = classed(row(self._previous, self._next, self._shown), "ssdx-picker")
        pair = beside(
            (widgets.VBox([self._before, page.plot(self.figure.before)]), 260),
            (widgets.VBox([self._after, page.plot(self.figure.after)]), 260),
        )
        self.widget = column(
            self._loss, self._caption, controls, pair, self._augmentation, self._legend,
            self._summary, self._table, gap=12,
        )  # fmt: skip
        self._following.listen(self._shown, partial(model.set_trait, "shown"))
        model.observe(guard(lambda _change: self._draw_loss()), ["inspection", "recorded"])
        model.observe(guard(lambda _change: self._draw_image()), ["inspection", "image"])
        model.observe(guard(lambda _change: self._draw_anchors()), "shown")
        self._draw_loss()
        self._draw_image()

    def _draw_loss(self) -> None:
        if self._model.inspection is not None:
            self._loss.show(loss_text(self._model))

    def _draw_image(self) -> None:
        model = self._model
        show(model.inspection is not None, self.widget)
        if model.inspection is None:
            return
        self.figure.show(model.present)
        self._caption.show(caption(model))
        self._before.show(before_text(model))
        self._after.show(after_text(model))
        self._augmentation.show(augmentation_text(model))
        self._summary.show(batch_summary(model))
        self._previous.disabled = model.image == 0
        self._next.disabled = model.image == len(model.inspection.images) - 1
        self._draw_anchors()

    def _draw_anchors(self) -> None:
        model = self._model
        with self._following:
            self._shown.value = model.shown
        if model.inspection is None:
            return
        anchors = model.anchors()
        self.figure.show_anchors(anchors)
        self._legend.value = _legend(model.mines)
        self._table.value = _table(anchors)


def _legend(mines: bool) -> str:
    """Return how each kind is drawn."""
    negative = AnchorKind.MINED if mines else AnchorKind.BACKGROUND
    kinds = (AnchorKind.OVER_THRESHOLD, AnchorKind.FORCED, negative)
    gt = theme.ROLES["gt"]
    lines: list[tuple[str, list[int], str]] = [(gt.color, [], _("ground truth"))]
    lines += [(role_of(kind).color, role_of(kind).dash_px, kind_word(kind)) for kind in kinds]
    entries = "".join(
        f"<span>{line_swatch(color, dash)} {escape(word)}</span>" for color, dash, word in lines
    )
    about = _("The thicker a line, the more of the loss. Ignored anchors are not drawn.")
    return f'<div class="ssdx-batchlegend">{entries}<span>{escape(about)}</span></div>'


def _table(anchors: Sequence[BatchAnchor]) -> str:
    """Return the costliest of the anchors that are drawn."""
    if not anchors:
        return f'<p class="ssdx-muted">{_("None of its anchors is part of the loss.")}</p>'
    heads = (
        "", _("Kind"), _("Should be"), _("Map"), _("Size, px"), _("Probability"),
        _("Class loss"), _("Box loss"), _("Of the batch"),
    )  # fmt: skip
    rows = anchors[:MOST_ROWS]
    losses = small_numbers([loss for row in rows for loss in (row.class_loss, row.box_loss)])
    cells = [_cells(row, *losses[2 * n : 2 * n + 2]) for n, row in enumerate(rows)]
    note = ""
    if len(anchors) > len(rows):
        text = _("The {shown} costliest of the {all} that are drawn.")
        text = text.format(shown=len(rows), all=len(anchors))
        note = f'<p class="ssdx-muted">{text}</p>'
    return html_table(heads, cells, numbers=range(4, 9)) + note


def _cells(anchor: BatchAnchor, class_loss: str, box_loss: str) -> list[str]:
    left, top, right, bottom = anchor.box_px
    return [
        line_swatch(role_of(anchor.kind).color, role_of(anchor.kind).dash_px),
        escape(kind_word(anchor.kind)),
        escape(target_word(anchor)),
        map_word(anchor),
        f"{right - left:.0f} × {bottom - top:.0f}",
        f"{anchor.target_prob:.3f}",
        class_loss,
        box_loss if anchor.target else "–",
        f"{anchor.share:.2%}",
    ]
