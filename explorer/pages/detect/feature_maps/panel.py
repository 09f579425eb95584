"""What each feature map sees: its scores over the picture, cell by cell."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as widgets
import numpy as np
from bokeh.models import ColumnDataSource

from explorer.exchange.class_label import class_label
from explorer.i18n import _
from explorer.pages.detect.feature_maps.score_map import ANY_CLASS, ScoreMap, best_scores, score_map
from explorer.pages.detect.model import DetectModel
from explorer.pages.detect.reading import Reading
from explorer.pages.detect.state import NOTHING_SELECTED
from explorer.pages.detect.while_shown import draw_while_shown
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.controls.html_table import html_table
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.clicks import clicks
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import beside, column, labelled
from explorer.pages.shared.pictures.object_editor import EDGE_COLUMNS, EDGES
from explorer.pages.shared.pictures.picture_image import PictureImage

LARGEST_SIDE_PX = 640
STRONGEST = 0.85
"""Opacity of a cell whose score is 1; one of 0 is not to be seen."""

NO_CELLS: dict[str, list[Any]] = {name: [] for name in (*EDGES, "alpha", "score", "place")}


class ScoreMapPanel:
    """Buttons for the maps, the chosen one over the picture, and what a clicked cell said."""

    def __init__(self, model: DetectModel, page: Page) -> None:
        self._model = model
        self._problem = Notice()
        guard = guarded(self._problem)
        self._following = Following(guard)
        self._layer = 0
        self._map: ScoreMap | None = None
        self._drawn: Any = None
        self._cells = ColumnDataSource(dict(NO_CELLS))
        self._chosen = ColumnDataSource({edge: [] for edge in EDGES})
        self.plot = self._build()
        clicks(self.plot, guard(self._choose_cell), double=False)

        self._maps = widgets.ToggleButtons(tooltips=[_("Score of its best anchor")])
        self._class = labelled(_("Score of"), widgets.Dropdown(), max_width="260px")
        self._sentence, self._said = widgets.HTML(), widgets.HTML()
        self._following.listen(self._maps, self._choose_map)
        self._following.listen(self._class, lambda _class: self._draw())

        figure = widgets.VBox([page.plot(self.plot)])
        words = column(self._sentence, self._said, gap=12)
        both = beside((figure, 300), (words, 340))
        self.widget = column(self._maps, self._class, self._problem, both, gap=12)
        draw_while_shown(self.widget, guard(self._draw), (model.detector, "reading"))
        model.observe(guard(lambda _change: self._draw_chosen()), "selected")
        self._draw()

    def _draw(self) -> None:
        reading = self._model.detector.reading
        if reading is None:
            self._map = None
            self._cells.data = dict(NO_CELLS)
            self._said.value = ""
            self._sentence.value = f'<p class="ssdx-muted">{_("Nothing was detected yet.")}</p>'
            return
        if reading.picture is not self._drawn:
            self._drawn = reading.picture
            # Without colours, so that the only orange is that of the scores.
            grey = self._drawn.image.mean(axis=2, keepdims=True).repeat(3, axis=2).astype(np.uint8)
            self._image.show(grey, 1, 1)
            self.plot.aspect_ratio = self._drawn.width_px / self._drawn.height_px
        self._offer(reading)
        self._map = score_map(reading, self._layer, self._class.value)
        self._cells.data = _cell_columns(self._map)
        self._sentence.value = _sentence(self._map)
        self._draw_chosen()

    def _offer(self, reading: Reading) -> None:
        """Name the maps, each with its best score, and the model's classes."""
        names = [(_("any class"), ANY_CLASS)]
        names += [(name, number) for number, name in enumerate(reading.class_names)]
        same = list(self._class.options) == names
        self._following.offer(self._class, names, self._class.value if same else ANY_CLASS)
        best = best_scores(reading, self._class.value)
        self._layer = min(self._layer, len(best) - 1)
        maps = [
            (f"{width}×{height} · {score:.2f}", layer)
            for layer, ((height, width), score) in enumerate(
                zip(reading.grid.map_shapes, best, strict=True)
            )
        ]
        self._following.offer(self._maps, maps, self._layer)

    def _draw_chosen(self) -> None:
        """Mark the selected anchor's cell, if it is on this map, and say what its anchors said."""
        reading, selected, seen = self._model.detector.reading, self._model.selected, self._map
        if (
            reading is None
            or seen is None
            or not NOTHING_SELECTED < selected < len(reading.grid)
            or reading.grid.layer[selected] != self._layer
        ):
            self._chosen.data = {edge: [] for edge in EDGES}
            self._said.value = f'<p class="ssdx-muted">{_("Click a cell to ask its anchors.")}</p>'
            return
        at, across = int(reading.grid.row[selected]), int(reading.grid.column[selected])
        self._chosen.data = seen.edges([at], [across])
        self._said.value = _what_anchors_said(reading, self._layer, at, across)

    def _choose_map(self, layer: int) -> None:
        self._layer = layer
        self._draw()

    def _choose_cell(self, x: float, y: float) -> None:
        if self._map is not None:
            self._model.selected = int(self._map.anchor[self._map.cell_at(x, y)])

    def _build(self) -> Any:
        plot = theme.image_figure(1, 1, max_width=520)
        self._image = PictureImage(plot, LARGEST_SIDE_PX, global_alpha=0.75)
        color = theme.ROLES["detection"].color
        cells = plot.quad(
            **EDGE_COLUMNS, source=self._cells, fill_color=color, fill_alpha="alpha",
            line_color="white", line_alpha=0.3, name="cells",
        )  # fmt: skip
        plot.quad(
            **EDGE_COLUMNS, source=self._chosen, fill_color=None, line_width=3,
            line_color=theme.ROLES["selected"].color, name="chosen_cell",
        )  # fmt: skip
        theme.add_hover(plot, cells, (_("Cell"), "@place"), (_("Score"), "@score{0.000}"))
        return plot


def _cell_columns(seen: ScoreMap) -> dict[str, list[Any]]:
    """Return a map's cells in shares of the picture."""
    height, width = seen.score.shape
    rows, columns = (axis.ravel() for axis in np.mgrid[:height, :width])
    return {
        **{edge: shares.tolist() for edge, shares in seen.edges(rows, columns).items()},
        "alpha": (STRONGEST * seen.score).ravel().tolist(),
        "score": seen.score.ravel().tolist(),
        "place": [
            _("row {row}, column {column}").format(row=row, column=column)
            for row, column in zip(rows, columns, strict=True)
        ],
    }


def _sentence(seen: ScoreMap) -> str:
    text = _(
        "The stronger a cell’s orange, the higher the score of its best anchor: none is 0, full is "
        "1. The best on this map has {best}."
    ).format(best=f"{seen.score.max():.2f}")
    return f"<p>{text}</p>"


def _what_anchors_said(reading: Reading, layer: int, at: int, column: int) -> str:
    grid = reading.grid
    (anchors,) = np.nonzero((grid.layer == layer) & (grid.row == at) & (grid.column == column))
    scale = np.array([reading.picture.width_px, reading.picture.height_px])
    heads = (_("Anchor, px"), _("Best class"), _("Score"), _("Background"))
    rows = []
    for anchor in anchors:
        width, height = (grid.boxes[anchor, 2:] - grid.boxes[anchor, :2]) * scale
        prob = reading.class_prob[anchor]
        best = int(prob[1:].argmax())
        rows.append(
            (
                f"{width:.0f}×{height:.0f}",
                escape(class_label(best, reading.class_names)),
                f"{prob[best + 1]:.3f}",
                f"{prob[0]:.3f}",
            )
        )
    title = _("Row {row}, column {column}: its anchors").format(row=at, column=column)
    more = _("“One box” shows where its best anchor’s box went.")
    return (
        f'<p class="ssdx-subtitle">{title}</p>{html_table(heads, rows, numbers=(2, 3))}'
        f'<p class="ssdx-muted ssdx-fine">{more}</p>'
    )
