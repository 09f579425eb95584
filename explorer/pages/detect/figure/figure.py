"""The picture with its boxes, the score slider and the table: one Bokeh document.

They share one source and one filter, so that the slider works in the browser alone: with no
kernel, or a busy one, boxes, table and sentence follow it all the same.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from pathlib import Path
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
)

from explorer.i18n import N_, _
from explorer.images import resize
from explorer.pages.detect.detection_rows import DetectionRows
from explorer.pages.detect.figure.score_slider import score_slider
from explorer.pages.detect.figure.table import (
    FEWEST_ROWS,
    HEADER_PX,
    MOST_ROWS,
    ROW_PX,
    detection_table,
)
from explorer.pages.detect.figure.truth_names import name_baselines, write_names_below
from explorer.pages.detect.plot import (
    detection_columns,
    detection_plot,
    edges_px,
    no_detections,
)
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page import theme
from explorer.pages.shared.pictures.ground_truth import NamedTruth
from explorer.pages.shared.pictures.object_editor import EditCallbacks, ObjectEditor
from explorer.pages.shared.pictures.pictures import Picture

LARGEST_SIDE_PX = 1024
"""Larger images are drawn shrunk: a screen shows no more, and it all goes through a socket."""

LABEL = N_(
    "The picture. Shift and the arrow keys move the selected object of the ground truth, Delete "
    "removes it."
)

MOST_LABELS = 25
"""Only the best are written beside their boxes, and none over a better one's label."""

_LAYOUT = """
:host { display: flex !important; flex-flow: row wrap !important; gap: 20px !important; }
:host > .bk-Figure { flex: 5 1 360px !important; min-width: 0 !important; }
:host > .bk-Column { flex: 3 1 290px !important; min-width: 0 !important; }
"""
_SENTENCE = f"""
:host(.some), :host(.none) {{ color: {theme.INK}; font-size: 20px; font-weight: 700;
  line-height: 1.35; letter-spacing: -.01em; }}
:host(.none) {{ color: {theme.MUTED}; font-size: 16px; font-weight: 500; letter-spacing: 0; }}
"""


class DetectionFigure:
    """What shows one picture and its detections; `layout` goes onto the page.

    Parameters
    ----------
    callbacks : EditCallbacks
        Told what is done to the objects of the ground truth; px of the picture.
    select : callable
        Told the anchor of the row that the user chose, or None.
    """

    def __init__(
        self, score_threshold: float, callbacks: EditCallbacks, select: Callable[[int | None], None]
    ) -> None:
        self.source = ColumnDataSource(no_detections())
        """One row per detection, by falling score."""
        self._hidden = ColumnDataSource({"class_id": []})
        self._size = ColumnDataSource({"width": [256], "height": [256]})
        self._shrink = 1.0
        self._following = Following()
        self.slider = score_slider(score_threshold)
        """Python hears of it, nothing waits for Python."""
        self._sentence = Div(
            name="sentence",
            text=_("Starting…"),
            css_classes=["none"],
            disable_math=True,
            sizing_mode="stretch_width",
            stylesheets=[InlineStyleSheet(css=_SENTENCE)],
        )
        filtering = {"slider": self.slider, "hidden": self._hidden}
        above = CustomJSFilter(args=filtering, code=_script("above"))
        labelled = CustomJSFilter(args={**filtering, "most": MOST_LABELS}, code=_script("labelled"))
        self.plot = detection_plot(self.source, CDSView(filter=above), CDSView(filter=labelled))
        no_truth = self._truth_columns([])
        self.truth = ObjectEditor(self._size, self._in_picture_px(callbacks), no_truth, no_truth)
        editing = self.truth.draw_on(self.plot, _(LABEL))
        write_names_below(self.plot)
        labelled.args = {**labelled.args, "range": self.plot.x_range}
        table = detection_table(self.source, CDSView(filter=above))
        self._follow_slider(above, labelled, table)
        chosen = self._following.by_hand(
            lambda rows: select(int(self.source.data["anchor"][rows[0]]) if rows else None)
        )
        self.source.selected.on_change("indices", lambda _attr, _old, new: chosen(new))
        panel = Column(
            children=[self.slider, self._sentence, table], spacing=12, sizing_mode="stretch_width"
        )
        self.layout = Row(
            children=[self.plot, panel],
            sizing_mode="stretch_width",
            stylesheets=[InlineStyleSheet(css=_LAYOUT)],
        )
        self.layout.js_on_change("tags", editing)

    def show_picture(self, picture: Picture | None) -> None:
        """Draw `picture` and no detections."""
        self.show_rows(None)
        if picture is None:
            return
        image = picture.image
        self._shrink = min(1.0, LARGEST_SIDE_PX / max(image.shape[:2]))
        if self._shrink < 1:
            width, height = (max(1, round(side * self._shrink)) for side in image.shape[1::-1])
            image = resize(image, width, height)
        theme.set_image(self.plot, image)
        height_px, width_px = image.shape[:2]
        self._size.data = {"width": [width_px], "height": [height_px]}
        self._frame(width_px, height_px)

    def show_rows(self, rows: DetectionRows | None) -> None:
        """Draw detections of the picture that is shown; None takes them away."""
        with self._following:
            self.source.selected.indices = []
        # The sentence about the result is written in the browser, where there is a result.
        self.source.tags = [] if rows is None else ["result", _as_html(rows.knowledge)]
        if rows is None:
            self.source.data = no_detections()
            return
        self.source.data = detection_columns(rows, *self._side_px())

    def show_truth(self, truth: Sequence[NamedTruth], selected: int, visible: bool) -> None:
        """Draw the objects of the ground truth, or none."""
        mine = truth[selected : selected + 1] if visible else []
        others = [each for number, each in enumerate(truth) if visible and number != selected]
        self.truth.show(self._truth_columns(mine), self._truth_columns(others))

    def select(self, anchor: int) -> None:
        """Mark the detection of an anchor; none if it has none."""
        rows = np.flatnonzero(np.asarray(self.source.data["anchor"]) == anchor).tolist()
        if self.source.selected.indices != rows:
            with self._following:
                self.source.selected.indices = rows

    def hide_classes(self, class_ids: Sequence[int]) -> None:
        """Show the detections of all classes but these."""
        self._hidden.data = {"class_id": list(class_ids)}

    def say(self, text: str, found: bool = False) -> None:
        """Put `text` where the sentence about the result stands."""
        self._sentence.update(text=_as_html(text), css_classes=["some" if found else "none"])

    def _follow_slider(
        self, above: CustomJSFilter, labelled: CustomJSFilter, table: DataTable
    ) -> None:
        summary = CustomJS(
            args={
                "slider": self.slider,
                "hidden": self._hidden,
                "source": self.source,
                "sentence": self._sentence,
                "texts": [DetectionRows.sentence(*n) for n in ((0, 1), (1, 1), (2, 2), (0, 0))],
                "table": table,
                "header": HEADER_PX,
                "row": ROW_PX,
                "fewest": FEWEST_ROWS,
                "most": MOST_ROWS,
            },
            code=_script("summary"),
        )
        filters = {"above": above, "labelled": labelled}
        refilter = CustomJS(args=filters, code="above.change.emit(); labelled.change.emit()")
        self.slider.js_on_change("value", refilter, summary)
        self._hidden.js_on_change("data", refilter, summary)
        self.source.js_on_change("data", summary)
        one = CustomJS(args={"source": self.source}, code=_script("one_selected"))
        self.source.selected.js_on_change("indices", one)

    def _truth_columns(self, truth: Sequence[NamedTruth]) -> dict[str, list[Any]]:
        boxes = np.array([each.box for each in truth]).reshape(-1, 4)
        return {
            **edges_px(boxes, *self._side_px()),
            "text": [_("truth: {name}").format(name=each.class_name) for each in truth],
            "baseline": name_baselines(boxes),
        }

    def _in_picture_px(self, callbacks: EditCallbacks) -> EditCallbacks:
        """Return callbacks in px of this figure that pass on px of the whole picture."""

        def scaled(tell: Callable[[float, float, float, float], None]) -> Any:
            return lambda *box: tell(*(side / self._shrink for side in box))

        return EditCallbacks(scaled(callbacks.move), scaled(callbacks.create), callbacks.delete)

    def _side_px(self) -> tuple[int, int]:
        """Return width and height of the drawn image."""
        return self._size.data["width"][0], self._size.data["height"][0]

    def _frame(self, width_px: int, height_px: int) -> None:
        """Keep tall pictures within a square, so that the page does not grow with them."""
        if height_px > width_px:
            margin = (height_px - width_px) / 2
            self.plot.x_range.update(start=-margin, end=width_px + margin)
            self.plot.aspect_ratio = 1.0


def _script(name: str) -> str:
    """Return what the browser runs by itself: a file beside this one."""
    return (Path(__file__).parent / f"{name}.js").read_text(encoding="utf-8")


def _as_html(text: str) -> str:
    return html.escape(text, quote=False)
