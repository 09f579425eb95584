"""“Why only one box?”: NMS on the detect page, round by round."""

from __future__ import annotations

from functools import partial
from html import escape

import ipywidgets as widgets

from explorer.i18n import N_, _
from explorer.pages.detect.compared_numbers import compared
from explorer.pages.detect.model import DetectModel
from explorer.pages.detect.nms.agreement import compare_detections
from explorer.pages.detect.nms.model import NmsModel, NmsRow
from explorer.pages.detect.while_shown import draw_while_shown
from explorer.pages.shared.controls.html_table import html_table
from explorer.pages.shared.controls.mxnet_badge import MxnetBadge
from explorer.pages.shared.controls.step_bar import StepBar
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import beside, column
from explorer.pages.shared.pictures.picture_boxes import (
    BoxStyle,
    LabelledBox,
    PictureBoxes,
    box_legend,
    swatch,
)

MOST_REMOVED = 8
"""Rows of the table; the picture shows all."""

_KEPT = theme.ROLES["detection"]
STYLES = {
    "waiting": BoxStyle(N_("still waiting"), theme.ROLES["anchor"].color, 1.5, (2, 3)),
    "before": BoxStyle(N_("kept in an earlier round"), _KEPT.color, 1.5),
    "removed": BoxStyle(
        N_("removed in this round"), _KEPT.color, 1.5, (6, 4), strength=0.7, names_below=True
    ),
    "kept": BoxStyle(N_("kept in this round"), _KEPT.color, 4.0, fill=0.12),
}
ROW_STYLES = {"kept": "kept", "removed": "removed", "spared": "waiting"}


class NmsPanel:
    """What NMS keeps and removes, one round after the other."""

    def __init__(self, model: DetectModel, page: Page) -> None:
        self._model = model
        self.trace = NmsModel(model)
        self.figure = PictureBoxes("nms", STYLES)
        self._problem = Notice()
        guard = guarded(self._problem)
        self._steps = StepBar(_("Rounds"), self.trace.go_to, guard)
        self._badge = MxnetBadge(guard)
        self._zoom = widgets.Checkbox(value=True, description=_("Zoom in"), indent=False)
        self._zoom.observe(guard(lambda _change: self._draw_round()), "value")
        self._funnel, self._leftover = widgets.HTML(), widgets.HTML()
        self._headline, self._table = widgets.HTML(), widgets.HTML()
        self.widget = self._build(page)

        # Thresholds change faster than a browser draws.
        follows = (model.detector, "reading"), (model, "score_threshold")
        draw_while_shown(self.widget, guard(self.trace.update), *follows)
        self.trace.observe(guard(lambda _change: self._draw()), "version")
        self.trace.observe(guard(lambda _change: self._draw_round()), "position")
        guard(self._draw)()

    def _build(self, page: Page) -> widgets.VBox:
        legend = widgets.HTML(box_legend(STYLES))
        picture = column(page.plot(self.figure.plot), self._zoom, legend, gap=10)
        words = column(self._headline, self._table, gap=10)
        return column(
            self._funnel,
            self._steps.widget,
            self._problem,
            beside((picture, 300), (words, 340)),
            self._leftover,
            self._badge,
            gap=14,
        )

    def _draw(self) -> None:
        reading = self._model.detector.reading
        self.figure.show_picture(None if reading is None else reading.picture)
        self._funnel.value = _funnel(self.trace)
        self._leftover.value = _leftover(self.trace)
        self._draw_round()
        compare = None
        if reading is not None:
            compare = partial(compare_detections, reading, self._model.score_threshold)
        self._badge.ask(compare)

    def _draw_round(self) -> None:
        trace = self.trace
        self._steps.show(trace.position, trace.num_rounds)
        self._headline.value = f'<p role="status" class="ssdx-round">{escape(trace.headline())}</p>'
        self._table.value = _table(trace)
        zoomed = ("kept", "removed") if self._zoom.value else ()
        self.figure.show(_boxes(trace), zoomed)


def _boxes(trace: NmsModel) -> dict[str, list[LabelledBox]]:
    """Return the boxes of the round by kind."""
    if trace.detections is None:
        return {}
    boxes, score = trace.detections.candidates.boxes, trace.detections.candidates.score
    shown: dict[str, list[LabelledBox]] = {
        "waiting": [(boxes[number], "") for number in trace.waiting],
        "before": [(boxes[number], "") for number in trace.kept_before],
    }
    this = trace.round
    if this is not None:
        shown["removed"] = [
            (boxes[number], f"{trace.config.nms_measure} {iou:.2f}")
            for number, iou in zip(this.suppressed, this.iou, strict=True)
        ]
        label = _("box {number}, {score}", number=trace.position, score=f"{score[this.kept]:.2f}")
        shown["kept"] = [(boxes[this.kept], label)]
    return shown


def _funnel(trace: NmsModel) -> str:
    """Return how many boxes come through each stage."""
    counts, config = trace.counts, trace.config
    if counts is None:
        return ""
    best = _("all of them")
    if config.nms_topk > 0:
        best = _("the best {number:,} at most").format(number=config.nms_topk)
    stages = (
        (counts.anchors, _("anchors"), _("each predicts one box")),
        (
            counts.over_threshold,
            _("candidates"),
            _("score {score} or more").format(score=f"{config.score_threshold:.2f}"),
        ),
        (counts.entered_nms, _("enter NMS"), best),
        (
            counts.kept,
            _("kept"),
            _("{number:,} removed").format(number=counts.entered_nms - counts.kept),
        ),
    )
    items = "".join(
        f"<li><b>{number:,}</b>{name}<span>{note}</span></li>" for number, name, note in stages
    )
    return f'<ol class="ssdx-funnel">{items}</ol>'


def _leftover(trace: NmsModel) -> str:
    """Return a bar for each NMS threshold, as high as the number of boxes that it leaves."""
    left = trace.kept_by_threshold()
    if not left:
        return ""
    most = max(1, *(number for _value, number in left))
    now = trace.config.nms_iou_threshold
    bars = "".join(
        f"<span{' class=ssdx-now' if value == now else ''}>{number:,}"
        f'<i style="height: {60 * number / most:.0f}%"></i>{value:.2f}</span>'
        for value, number in left
    )
    title = _("NMS IoU: lower = fewer boxes")
    about = _(
        "How many boxes NMS leaves of these candidates, by its threshold. Low: it removes boxes "
        "that overlap a little, perhaps of another object. High: an object keeps several boxes."
    )
    return (
        f'<p class="ssdx-subtitle">{title}</p><div class="ssdx-leftover">{bars}</div>'
        f'<p class="ssdx-muted ssdx-fine">{about}</p>'
    )


def _table(trace: NmsModel) -> str:
    rows = trace.rows(MOST_REMOVED)
    if not rows:
        return ""
    threshold = trace.config.nms_iou_threshold
    table = html_table(
        ("", _("Box"), _("Score"), trace.config.nms_measure, ""),
        [_cells(each, threshold) for each in rows],
        numbers=(2, 3),
    )
    note = ""
    this = trace.round
    left = 0 if this is None else len(this.suppressed) - MOST_REMOVED
    if left > 0:
        text = _("and {left:,} more are removed").format(left=left)
        note = f'<p class="ssdx-muted ssdx-fine">{text}</p>'
    return f'<div class="ssdx-wrapping">{table}</div>{note}'


def _cells(each: NmsRow, threshold: float) -> list[str]:
    fates = {"kept": _("kept"), "removed": _("removed"), "spared": _("stays")}
    fate = _("stays: another class") if each.other_class else fates[each.fate]
    return [
        swatch(STYLES[ROW_STYLES[each.fate]]),
        escape(each.class_name),
        f"{each.score:.2f}",
        "–" if each.fate == "kept" else escape(compared(each.iou, threshold)),
        fate,
    ]
