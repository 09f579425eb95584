"""Another model's boxes on the same picture, and which objects only one of the two found."""

from __future__ import annotations

from html import escape

import ipywidgets as widgets
from bokeh.models import AllIndices, CDSView, ColumnDataSource

from explorer.i18n import _, ngettext
from explorer.pages.detect.loaded_detector import LoadedDetector
from explorer.pages.detect.model import DetectModel
from explorer.pages.detect.model_dropdown import model_dropdown
from explorer.pages.detect.plot import detection_columns, detection_plot, no_detections
from explorer.pages.detect.two_models.comparison import FoundBy, pair_detections
from explorer.pages.detect.while_shown import draw_while_shown
from explorer.pages.shared.controls.html_table import html_table
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import beside, column
from explorer.pages.shared.pictures.picture_image import PictureImage
from explorer.pages.shared.pictures.pictures import Picture

LARGEST_SIDE_PX = 640


class BesidePanel:
    """The page's model on the left, another on the right, and their finds in pairs."""

    def __init__(self, model: DetectModel, page: Page) -> None:
        self._model = model
        self._problem, self._load_problem = Notice(), Notice()
        guard = guarded(self._problem)
        self._sides = [_Side(detector) for detector in (model.detector, model.beside)]
        self._sentence, self._table = widgets.HTML(), widgets.HTML()
        figures = beside(*((side.widget(page), 260) for side in self._sides))
        self._choice = model_dropdown(model, model.beside, guard, none=_("no other model"))
        self._choice.layout.max_width = "420px"
        self.widget = column(
            self._choice, self._load_problem, self._problem, self._sentence, figures, self._table,
            gap=12,
        )  # fmt: skip
        state = ["reading", "working", "problem"]
        follows = (model.detector, state), (model.beside, state), (model, "score_threshold")
        draw_while_shown(self.widget, guard(self._draw), *follows)
        model.beside.observe(lambda change: self._load_problem.fail(change["new"]), "load_problem")
        self._draw()

    def _draw(self) -> None:
        model = self._model
        for side in self._sides:
            side.draw(model.picture, model.score_threshold, model.model_name(side.detector))
        first, second = model.detector.reading, model.beside.reading
        if first is None or second is None:
            working = model.beside.working or model.detector.working
            text = (
                working
                or model.beside.problem
                or _(
                    "Choose another checkpoint, say an earlier epoch of a run, and see what it "
                    "finds in the same picture."
                )
            )
            self._sentence.value = f'<p class="ssdx-muted">{escape(text)}</p>'
            self._table.value = ""
            return
        pairs = pair_detections(first, second, model.score_threshold)
        self._sentence.value = f"<p>{_summary(pairs, model.score_threshold)}</p>"
        self._table.value = _pair_table(pairs)


class _Side:
    """One model's boxes over the picture."""

    def __init__(self, detector: LoadedDetector) -> None:
        self.detector = detector
        self._source = ColumnDataSource(no_detections())
        self._drawn: Picture | None = None
        everything = CDSView(filter=AllIndices())
        self.plot = detection_plot(self._source, everything, everything)
        self._image = PictureImage(self.plot, LARGEST_SIDE_PX, level="image")
        self._title = widgets.HTML()

    def widget(self, page: Page) -> widgets.Widget:
        return widgets.VBox([self._title, page.plot(self.plot)])

    def draw(self, picture: Picture | None, score_threshold: float, name: str) -> None:
        if picture is not None and picture is not self._drawn:
            self._drawn = picture
            width, height = picture.width_px, picture.height_px
            self._image.show(picture.image, width, height)
            self.plot.x_range.update(start=0, end=width)
            self.plot.y_range.update(start=height, end=0)
            self.plot.aspect_ratio = width / height
        reading = self.detector.reading
        if reading is None or reading.picture is not picture:
            self._source.data = no_detections()
            self._title.value = _side_title(name or _("No other model yet"), "–")
            return
        rows = reading.rows.best(score_threshold)
        self._source.data = detection_columns(rows, picture.width_px, picture.height_px)
        self._title.value = _side_title(name, _boxes(len(rows)))


def _side_title(name: str, boxes: str) -> str:
    return f'<p class="ssdx-subtitle">{escape(name)}</p><p class="ssdx-muted ssdx-fine">{boxes}</p>'


def _boxes(number: int) -> str:
    return ngettext("{n} box", "{n} boxes", number)


def _summary(pairs: tuple[FoundBy, ...], score_threshold: float) -> str:
    both = sum(pair.first is not None and pair.second is not None for pair in pairs)
    first = sum(pair.second is None for pair in pairs)
    second = sum(pair.first is None for pair in pairs)
    return _(
        "Above {threshold}: {both} found by both, {first} only by the model on the left, {second} "
        "only by the one on the right."
    ).format(threshold=f"{score_threshold:.2f}", both=both, first=first, second=second)


def _pair_table(pairs: tuple[FoundBy, ...]) -> str:
    if not pairs:
        return ""
    heads = (_("Class"), _("Score, left"), _("Score, right"), _("IoU of the two boxes"))
    rows = [
        (
            escape(pair.class_name),
            _number(pair.first_score),
            _number(pair.second_score),
            _number(pair.iou),
        )
        for pair in pairs
    ]
    return html_table(heads, rows, numbers=(1, 2, 3))


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
