"""Where a box comes from: the way from its anchor to what is drawn, and what the network said."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as widgets
from bokeh.models import ColumnDataSource

from explorer.exchange.class_colors import class_color
from explorer.i18n import _
from explorer.pages.detect.model import DetectModel
from explorer.pages.detect.one_box.provenance import Provenance, provenance
from explorer.pages.detect.state import NOTHING_SELECTED
from explorer.pages.detect.while_shown import draw_while_shown
from explorer.pages.shared.controls.html_table import html_table
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.colors import line_swatch
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import beside, column, show_figures
from explorer.pages.shared.pictures.arrow import draw_arrow
from explorer.pages.shared.pictures.object_editor import EDGE_COLUMNS, box_columns
from explorer.pages.shared.pictures.picture_image import PictureImage
from explorer.ssd.detection import Stage

LARGEST_SIDE_PX = 1024
MARGIN = 0.35
"""The margin around what is shown, as a share of its sides."""

MOST_CLASSES = 8
"""Bars of probability; the others are summed up in one."""

DASHES = (6, 4)
Four = tuple[float, float, float, float]


class ProvenancePanel:
    """A close-up of one anchor and its box, and the numbers between them."""

    def __init__(self, model: DetectModel, page: Page) -> None:
        self._model = model
        self._picture: Any = None
        self._boxes = {name: ColumnDataSource(box_columns([])) for name in ("cell", "anchor")}
        self._boxes["box"] = ColumnDataSource({**box_columns([]), "color": []})
        self._arrow = ColumnDataSource({"x0": [], "y0": [], "x1": [], "y1": []})
        self.plot = self._build()
        self._sentence, self._numbers, self._bars = (widgets.HTML() for _number in range(3))
        self._legend = widgets.HTML(_legend())
        self._problem = Notice()
        figure = column(page.plot(self.plot), self._legend, gap=12)
        words = column(self._bars, self._numbers, gap=12)
        self._explained = beside((figure, 300), (words, 380))
        self.widget = column(self._sentence, self._problem, self._explained, gap=12)
        draw = guarded(self._problem)(self._draw)
        draw_while_shown(self.widget, draw, (model, "selected"), (model.detector, "reading"))
        self._draw()

    def _draw(self) -> None:
        reading, selected = self._model.detector.reading, self._model.selected
        chosen = reading is not None and selected != NOTHING_SELECTED
        show_figures(self._explained, chosen)
        if reading is None or not chosen:
            self._sentence.value = f'<p class="ssdx-muted">{_nothing()}</p>'
            return
        about = provenance(reading, selected)
        self._sentence.value = _headline(about)
        self._bars.value = _class_strip(about)
        self._numbers.value = _offset_table(about)
        if reading.picture is not self._picture:
            self._picture = reading.picture
            self._image.show(self._picture.image, self._picture.width_px, self._picture.height_px)
        self._draw_boxes(about)

    def _draw_boxes(self, about: Provenance) -> None:
        for name, box in (("cell", about.cell_px), ("anchor", about.anchor_px)):
            self._boxes[name].data = _edges(box)
        color = class_color(about.best - 1)
        self._boxes["box"].data = {**_edges(about.box_px), "color": [color]}
        (x0, y0), (x1, y1) = _middle(about.anchor_px), _middle(about.box_px)
        self._arrow.data = {"x0": [x0], "y0": [y0], "x1": [x1], "y1": [y1]}
        boxes = (about.anchor_px, about.box_px, about.cell_px)
        left, top = (min(box[side] for box in boxes) for side in (0, 1))
        right, bottom = (max(box[side] for box in boxes) for side in (2, 3))
        half = max(right - left, bottom - top) * (0.5 + MARGIN)
        x, y = (left + right) / 2, (top + bottom) / 2
        self.plot.x_range.update(start=x - half, end=x + half)
        self.plot.y_range.update(start=y + half, end=y - half)

    def _build(self) -> Any:
        plot = theme.image_figure(max_width=520)
        plot.background_fill_color = theme.GROUND
        self._image = PictureImage(plot, LARGEST_SIDE_PX)
        plot.quad(
            **EDGE_COLUMNS, source=self._boxes["cell"], fill_color="white", fill_alpha=0.4,
            line_color=theme.INK, name="cell",
        )  # fmt: skip
        anchor = theme.ROLES["anchor"].color
        for source, color, width, dash, name in (
            (self._boxes["anchor"], anchor, 2.5, "dashed", "anchor"),
            (self._boxes["box"], "color", 3.5, "solid", "box"),
        ):
            outline = {**EDGE_COLUMNS, "source": source, "fill_color": None}
            plot.quad(**outline, line_color="white", line_alpha=0.8, line_width=width + 3)
            plot.quad(
                **outline, line_color=color, line_width=width, line_dash=dash,
                name=name,
            )  # fmt: skip
        draw_arrow(plot, self._arrow)
        return plot


def _nothing() -> str:
    return _(
        "Click a box in the picture or a row of its table, and see here where it comes from. You "
        "can ask about any anchor, even one that found nothing: click a cell under “Feature "
        "maps”."
    )


def _headline(about: Provenance) -> str:
    height, width = about.map_shape
    anchor_width, anchor_height = (
        about.anchor_px[side + 2] - about.anchor_px[side] for side in (0, 1)
    )
    title = _("{name} {score}, from the {map} map").format(
        name=about.class_name, score=f"{about.score:.2f}", map=f"{width}×{height}"
    )
    place = _(
        "Row {row}, column {column}; anchor {shape} of {all} there, {size} px (number {number:,} "
        "of all).",
        row=about.row,
        column=about.column,
        shape=about.shape + 1,
        all=about.num_shapes,
        size=f"{anchor_width:.0f}×{anchor_height:.0f}",
        number=about.anchor,
    )
    story = " ".join(filter(None, (place, _fate(about), _also(about))))
    return f'<p class="ssdx-subtitle">{escape(title)}</p><p>{escape(story)}</p>'


def _fate(about: Provenance) -> str:
    if about.stage == Stage.KEPT:
        return _("NMS kept its box.")
    if about.stage == Stage.SUPPRESSED:
        return _(
            "NMS removed its box: it overlaps a better one by {measure} {iou:.2f}.",
            measure=about.measure,
            iou=about.suppressed_iou,
        )
    if about.stage == Stage.BEYOND_TOPK:
        return _("Its box did not enter NMS: too many others are better.")
    return _("Its box is no candidate: the score is too low.")


def _also(about: Provenance) -> str:
    if not about.also:
        return ""
    names = ", ".join(f"{name} {score:.2f}" for name, score in about.also)
    return _("It is kept as {names}, too: here an anchor may name several classes.", names=names)


def _class_strip(about: Provenance) -> str:
    """Return a bar for each class, the background first, then by falling probability."""
    ranked = [0, *(1 + about.class_prob[1:].argsort(kind="stable")[::-1])]
    shown, rest = ranked[:MOST_CLASSES], ranked[MOST_CLASSES:]
    rows = [
        _bar(
            about.class_names[column],
            float(about.class_prob[column]),
            class_color(column - 1) if column else theme.ROLES["anchor"].color,
        )
        for column in map(int, shown)
    ]
    if rest:
        name = _("{number} other classes").format(number=len(rest))
        rows.append(_bar(name, float(about.class_prob[rest].sum()), theme.ROLES["ignored"].color))
    title = (
        _("What the class predictor says here; together 1")
        if about.sum_to_one
        else _("What the class predictor says here; each by itself from 0 to 1")
    )
    return f'<p class="ssdx-subtitle">{title}</p><div class="ssdx-strip-bars">{"".join(rows)}</div>'


def _bar(name: str, probability: float, color: str) -> str:
    return (
        f"<span>{escape(name)}</span>"
        f'<i><b style="width: {100 * probability:.2f}%; background: {color}"></b></i>'
        f"<span>{probability:.3f}</span>"
    )


def _offset_table(about: Provenance) -> str:
    title = _("What the box predictor says here")
    heads = (_("Moves"), _("Says"), _("× variance"), _("Effect"))
    rows = [
        (row.name, f"{row.raw:+.2f}", f"{row.scaled:+.3f}", row.effect) for row in about.offsets
    ]
    after = _(
        "Width and height are e to that power. Anchor and box overlap by IoU {iou}: the nearer to "
        "1, the less the anchor had to be moved."
    ).format(iou=f"{about.moved_iou:.2f}")
    table = html_table(heads, rows, numbers=(1, 2), named_rows=True)
    return (
        f'<p class="ssdx-subtitle">{title}</p><div class="ssdx-last-wraps">{table}</div>'
        f'<p class="ssdx-muted ssdx-fine">{after}</p>'
    )


def _legend() -> str:
    parts = (
        (theme.INK, (), _("cell")),
        (theme.ROLES["anchor"].color, DASHES, _("anchor")),
        (theme.ROLES["detection"].color, (), _("its box, in the colour of its class")),
        (theme.ROLES["selected"].color, (), _("arrow: how the centre moved")),
    )
    items = "".join(f"<span>{line_swatch(color, dash)}{text}</span>" for color, dash, text in parts)
    return f'<div class="ssdx-batchlegend">{items}</div>'


def _edges(box: Four) -> dict[str, list[float]]:
    left, top, right, bottom = box
    return {"left": [left], "top": [top], "right": [right], "bottom": [bottom]}


def _middle(box: Four) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
