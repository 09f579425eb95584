"""The picture with its boxes, the score slider and the table: one Bokeh document.

They share one source and one filter, so that the slider works in the browser alone: with no
kernel, or a busy one, boxes, table and sentence follow it all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models import (
    CDSView,
    Column,
    ColumnDataSource,
    CustomJS,
    CustomJSFilter,
    DataTable,
    Div,
    InlineStyleSheet,
    Row,
    Slider,
)

from explorer.i18n import _
from explorer.images import resize
from explorer.viewmodels.candidates import LOWEST_SCORE, Candidates
from explorer.viewmodels.pictures import Picture
from explorer.views import theme
from explorer.views.detection_plot import CLASS_COLORS, detection_plot
from explorer.views.detection_table import (
    FEWEST_ROWS,
    HEADER_PX,
    MOST_ROWS,
    ROW_PX,
    detection_table,
)

__all__ = ["DetectionFigure"]

LARGEST_SIDE_PX = 1024
"""Larger images are drawn shrunk: a screen shows no more, and it all goes through a socket."""

MOST_LABELS = 25
"""Only the best are written beside their boxes, and none over a better one's label."""

_ABOVE = """
const least = Math.fround(slider.value)
return Array.from(source.data.score, (score) => score >= least)
"""
_LABELLED = """
const {score, left, top} = source.data
const least = Math.fround(slider.value)
const side = range.end - range.start
const written = []
return Array.from(score, (value, i) => {
  const covers = (j) =>
    Math.abs(left[i] - left[j]) < 0.26 * side && Math.abs(top[i] - top[j]) < 0.055 * side
  const shown = value >= least && written.length < most && !written.some(covers)
  if (shown) written.push(i)
  return shown
})
"""
_SUMMARY = """
if (source.tags[0] != "result") return
const scores = source.data.score
const least = Math.fround(slider.value)
const number = scores.filter((score) => score >= least).length
const text = number == 1 ? texts[1] : number > 1 ? texts[2] : scores.length ? texts[0] : texts[3]
sentence.text = text.replace("{number}", number).replace("{threshold}", slider.value.toFixed(2))
  .replace("{best}", scores.length ? scores[0].toFixed(2) : "")
table.height = header + row * Math.min(Math.max(number, fewest), most)
sentence.css_classes = [number ? "some" : "none"]
"""
_ONE_SELECTED = """
const rows = source.selected.indices
if (rows.length > 1) {
  const area = source.data.area_px
  source.selected.indices = [rows.reduce((a, b) => area[b] < area[a] ? b : a)]
}
"""
_LAYOUT = """
:host { display: flex !important; flex-flow: row wrap !important; gap: 20px !important; }
:host > .bk-Figure { flex: 5 1 360px !important; min-width: 0 !important; }
:host > .bk-Column { flex: 3 1 290px !important; min-width: 0 !important; }
"""
_SLIDER = f"""
:host {{ font: 14px/1.5 {theme.FONT}; color: {theme.INK}; padding: 0 0 6px; }}
.bk-slider-title {{ font-weight: 550; font-size: 14px; margin-bottom: 12px; }}
.bk-slider-value {{ font-weight: 650; font-variant-numeric: tabular-nums; }}
.noUi-target {{ height: 6px; margin: 0 11px; border: 0; border-radius: 3px; background: #dde1ea;
  box-shadow: none; }}
.noUi-connect {{ background: {theme.ACCENT}; }}
.noUi-horizontal .noUi-handle {{ width: 22px; height: 22px; top: -8px; right: -11px;
  border: 2px solid {theme.ACCENT}; border-radius: 50%; background: #fff; cursor: grab;
  box-shadow: 0 1px 4px rgb(26 34 51 / .2); }}
.noUi-handle:focus-visible {{ outline: 3px solid {theme.ACCENT}; outline-offset: 2px; }}
.noUi-handle::before, .noUi-handle::after {{ display: none; }}
.noUi-tooltip {{ display: none; }}
"""
_SENTENCE = f"""
:host(.some), :host(.none) {{ color: {theme.INK}; font-size: 20px; font-weight: 700;
  line-height: 1.35; letter-spacing: -.01em; }}
:host(.none) {{ color: {theme.MUTED}; font-size: 16px; font-weight: 500; letter-spacing: 0; }}
"""


class DetectionFigure:
    """What shows one picture and its candidates; `layout` goes onto the page.

    Attributes
    ----------
    slider : bokeh.models.Slider
        The score threshold; Python hears of it, nothing waits for Python.
    source : bokeh.models.ColumnDataSource
        One row a candidate, by falling score.
    """

    def __init__(self, score_threshold: float) -> None:
        self.source = ColumnDataSource(_no_rows())
        self._truth = ColumnDataSource(_box_columns(np.zeros((0, 4)), 1, 1) | {"name": []})
        self.slider = Slider(
            name="score",
            start=LOWEST_SCORE,
            end=1.0,
            step=0.01,
            value=score_threshold,
            format="0.00",
            title=_("Score threshold"),
            bar_color=theme.ACCENT,
            sizing_mode="stretch_width",
            stylesheets=[InlineStyleSheet(css=_SLIDER)],
        )
        self._sentence = Div(
            name="sentence",
            text=_("Starting…"),
            css_classes=["none"],
            disable_math=True,
            sizing_mode="stretch_width",
            stylesheets=[InlineStyleSheet(css=_SENTENCE)],
        )
        above = CustomJSFilter(args={"slider": self.slider}, code=_ABOVE)
        labelled = CustomJSFilter(args={"slider": self.slider, "most": MOST_LABELS}, code=_LABELLED)
        self.plot = detection_plot(
            self.source, self._truth, CDSView(filter=above), CDSView(filter=labelled)
        )
        labelled.args = {**labelled.args, "range": self.plot.x_range}
        table = detection_table(self.source, CDSView(filter=above))
        self._follow_slider(above, labelled, table)
        panel = Column(
            children=[self.slider, self._sentence, table], spacing=12, sizing_mode="stretch_width"
        )
        self.layout = Row(
            children=[self.plot, panel],
            sizing_mode="stretch_width",
            stylesheets=[InlineStyleSheet(css=_LAYOUT)],
        )
        self._scale = (1, 1)

    def show_picture(self, picture: Picture | None) -> None:
        """Draw `picture` and its ground truth, and no candidates."""
        self.show_candidates(None)
        if picture is None:
            return
        image = picture.image
        shrink = min(1.0, LARGEST_SIDE_PX / max(image.shape[:2]))
        if shrink < 1:
            width, height = (max(1, round(side * shrink)) for side in image.shape[1::-1])
            image = resize(image, width, height)
        theme.set_image(self.plot, image)
        height_px, width_px = image.shape[:2]
        self._scale = (width_px, height_px)
        self._frame(width_px, height_px)
        labels = np.zeros((0, 5)) if picture.labels is None else picture.labels
        self._truth.data = {
            **_box_columns(labels[:, 1:], width_px, height_px),
            "name": [
                _("truth: {name}").format(name=picture.class_names[int(class_id)])
                for class_id in labels[:, 0]
            ],
        }

    def show_candidates(self, candidates: Candidates | None) -> None:
        """Draw `candidates` of the picture that is shown; None takes them away."""
        self.source.selected.indices = []
        # The sentence about the result is written in the browser, where there is a result.
        self.source.tags = [] if candidates is None else ["result"]
        if candidates is None:
            self.source.data = _no_rows()
            return
        columns = candidates.columns()
        colors = [CLASS_COLORS[i % len(CLASS_COLORS)] for i in columns["class_id"]]
        boxes = _box_columns(candidates.boxes, *self._scale)
        # A label stands on its box, or inside of one that begins at the upper border.
        inside = candidates.boxes[:, 1] < 0.07
        self.source.data = {
            **columns,
            **boxes,
            "color": colors,
            "baseline": ["top" if i else "bottom" for i in inside],
        }

    def show_truth(self, visible: bool) -> None:
        """Draw the ground truth or not."""
        for name in ("truth-boxes", "truth-names"):
            self.plot.select_one({"name": name}).visible = visible

    def say(self, text: str, found: bool = False) -> None:
        """Put `text`, one of ours, where the sentence about the result stands."""
        self._sentence.update(text=text, css_classes=["some" if found else "none"])

    def _follow_slider(
        self, above: CustomJSFilter, labelled: CustomJSFilter, table: DataTable
    ) -> None:
        summary = CustomJS(
            args={
                "slider": self.slider,
                "source": self.source,
                "sentence": self._sentence,
                "texts": [Candidates.sentence(*n) for n in ((0, 1), (1, 1), (2, 2), (0, 0))],
                "table": table,
                "header": HEADER_PX,
                "row": ROW_PX,
                "fewest": FEWEST_ROWS,
                "most": MOST_ROWS,
            },
            code=_SUMMARY,
        )
        filters = {"above": above, "labelled": labelled}
        refilter = CustomJS(args=filters, code="above.change.emit(); labelled.change.emit()")
        self.slider.js_on_change("value", refilter, summary)
        self.source.js_on_change("data", summary)
        one = CustomJS(args={"source": self.source}, code=_ONE_SELECTED)
        self.source.selected.js_on_change("indices", one)

    def _frame(self, width_px: int, height_px: int) -> None:
        """Keep tall pictures within a square, so that the page does not grow with them."""
        if height_px > width_px:
            margin = (height_px - width_px) / 2
            self.plot.x_range.update(start=-margin, end=width_px + margin)
            self.plot.aspect_ratio = 1.0


def _box_columns(boxes: np.ndarray, width_px: int, height_px: int) -> dict[str, list[float]]:
    """Return normalised corner boxes (N, 4) as Bokeh's columns in pixels of the drawn image."""
    left, top, right, bottom = (boxes * np.array([width_px, height_px] * 2)).T.tolist()
    return {"left": left, "top": top, "right": right, "bottom": bottom}


def _no_rows() -> dict[str, Sequence[Any]]:
    """Return the columns of an empty source; a missing column would be an error in the browser."""
    names = (
        "class_name class_id score xmin ymin xmax ymax area_px size place layer map anchor label "
        "left top right bottom color baseline"
    )
    return {name: [] for name in names.split()}
