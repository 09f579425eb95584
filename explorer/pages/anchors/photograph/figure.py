"""The photograph with its feature map, the anchors and the objects to draw and drag."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bokeh.core.properties import field, value
from bokeh.events import MouseLeave, MouseMove
from bokeh.models import ColumnDataSource, CustomJS
from numpy.typing import NDArray

from explorer.config import MapShape
from explorer.i18n import N_, _
from explorer.pages.anchors.photograph.boxes import anchor_columns, crowd_columns, crowd_role
from explorer.pages.anchors.photograph.labels import label_columns
from explorer.pages.anchors.photograph.overlays import (
    arrow_columns,
    cell_columns,
    map_lines,
    other_objects,
    selected_object,
    size_columns,
)
from explorer.pages.anchors.photograph.receptive_field import FIELD, corner_columns, field_columns
from explorer.pages.anchors.scene import AnchorScene
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.clicks import clicks
from explorer.pages.shared.pictures.arrow import draw_arrow
from explorer.pages.shared.pictures.jpeg import jpeg_url
from explorer.pages.shared.pictures.object_editor import (
    EDGE_COLUMNS,
    EDGES,
    EditCallbacks,
    ObjectEditor,
    send_if_other,
)

MARGIN = 0.05
"""Anchors reach out of the image, so the figure shows some of what is outside."""

LARGEST_SIDE_PX = 1024
"""As wide as the widest input; a larger photograph would only be shrunk in the browser."""

LABEL = N_(
    "Photograph. Arrow keys choose a cell; with Shift they move the selected object, Delete "
    "removes it."
)
SCRIPT, HOVER = (
    (Path(__file__).parent / name).read_text(encoding="utf-8") for name in ("figure.js", "hover.js")
)
LEAVE = "hover.data = {left: [], right: [], top: [], bottom: []}"


class AnchorPhotograph:
    """The figure; built once, `draw` and `set_photograph` change its sources.

    `pick` is told x, y of a cell that was pointed at, px.
    """

    def __init__(
        self, scene: AnchorScene, callbacks: EditCallbacks, pick: Callable[[float, float], None]
    ) -> None:
        self._image = ColumnDataSource({"url": [], "width": [], "height": []})
        self._url = ""
        self._over = {name: ColumnDataSource(columns(scene)) for name, columns in _OVER.items()}
        self._crowd = ColumnDataSource(crowd_columns(scene))
        self._anchors = ColumnDataSource(anchor_columns(scene))
        self._size = ColumnDataSource(size_columns(scene))
        self.objects = ObjectEditor(
            self._size, callbacks, selected_object(scene), other_objects(scene)
        )
        self.figure = self._build(scene.state.input_shape_px, pick)

    def set_photograph(self, image: NDArray[Any]) -> None:
        """Show `image` (H, W, 3) uint8 RGB, stretched to the network's input."""
        self._url = jpeg_url(image, LARGEST_SIDE_PX)
        self._show_image()

    def draw(self, scene: AnchorScene) -> None:
        """Send what differs from what is drawn."""
        size = size_columns(scene)
        if size != self._size.data:
            self._size.data = size
            self._show_image()
            _fit(self.figure, scene.state.input_shape_px)
        for name, columns in _OVER.items():
            send_if_other(self._over[name], columns(scene))
        crowd = crowd_columns(scene)
        if len(crowd["x0"]) or len(self._crowd.data["x0"]):
            role = crowd_role(scene)
            self._crowd_line.update(line_color=role.color, line_dash=role.dash_px)
            self._crowd.data = crowd
        self._anchors.data = anchor_columns(scene)
        self.objects.show(selected_object(scene), other_objects(scene))

    def _show_image(self) -> None:
        self._image.data = {**self._size.data, "url": [self._url]}

    def _build(self, shape: MapShape, pick: Callable[[float, float], None]) -> Any:
        height, width = shape
        plot = theme.image_figure(width, height)
        _fit(plot, shape)
        plot.background_fill_color = theme.GROUND
        plot.image_url(
            "url", x=0, y=0, w="width", h="height", anchor="top_left", source=self._image
        )
        plot.segment("x0", "y0", "x1", "y1", source=self._over["lines"], color="white", alpha=0.28)
        hover = ColumnDataSource({edge: [] for edge in EDGES}, syncable=False)
        self._draw_cells(plot, hover)
        self._draw_anchors(plot)
        plot.js_on_change("tags", self.objects.draw_on(plot, _(LABEL)))
        self._draw_arrow_and_labels(plot)

        cell = self._over["cell"]
        under = {"hover": hover, "cell": cell, "size": self._size}
        plot.js_on_event(MouseMove, CustomJS(args=under, code=HOVER))
        plot.js_on_event(MouseLeave, CustomJS(args=under, code=LEAVE))
        keys = {"plot": plot, "cell": cell, "pick": clicks(plot, pick), "size": self._size}
        # The frame of the page announces a drawn figure by its tags, once.
        plot.js_on_change("tags", CustomJS(args=keys, code=SCRIPT))
        return plot

    def _draw_cells(self, plot: Any, hover: ColumnDataSource) -> None:
        plot.quad(
            **EDGE_COLUMNS, source=hover, fill_color="white", fill_alpha=0.35, line_color=None
        )
        plot.quad(
            **EDGE_COLUMNS, source=self._over["cell"], fill_color="white", fill_alpha=0.45,
            line_color=theme.INK, line_width=1.5,
        )  # fmt: skip
        plot.quad(
            **EDGE_COLUMNS, source=self._over["field"], fill_color=FIELD.color, fill_alpha=0.14,
            line_color=None, name="receptive_field",
        )  # fmt: skip

    def _draw_anchors(self, plot: Any) -> None:
        self._crowd_line = plot.segment(
            "x0", "y0", "x1", "y1", source=self._crowd, line_color=theme.ROLES["anchor"].color,
            line_alpha=0.55, name="crowd",
        ).glyph  # fmt: skip
        outline = {
            **EDGE_COLUMNS,
            "source": self._anchors,
            "fill_color": None,
            "line_dash": field("dash"),
        }
        # A light edge makes every colour readable on every photograph.
        plot.quad(**outline, line_color="white", line_width=field("casing"), line_alpha=0.8)
        plot.quad(
            **outline, line_color=field("color"), line_width=field("width"), line_alpha=0.95,
            name="anchors",
        )  # fmt: skip
        for color, line_width in (("white", FIELD.width + 3), (FIELD.color, FIELD.width)):
            plot.multi_line(
                "xs", "ys", source=self._over["corners"], line_color=color, line_width=line_width,
                name="receptive_corners",
            )  # fmt: skip

    def _draw_arrow_and_labels(self, plot: Any) -> None:
        draw_arrow(plot, self._over["arrow"])
        plot.text(
            "x", "y", "text", source=self._over["labels"], text_align=field("align"),
            text_baseline=field("baseline"), text_font=value(theme.FONT), text_font_size="12px",
            text_color="white", background_fill_color=field("color"), background_fill_alpha=0.92,
            border_radius=4, padding=3, name="labels",
        )  # fmt: skip


def _labels(scene: AnchorScene) -> dict[str, Any]:
    return label_columns(scene, MARGIN * scene.state.input_shape_px[0])


_OVER: dict[str, Callable[[AnchorScene], dict[str, Any]]] = {
    "lines": map_lines,
    "cell": cell_columns,
    "field": field_columns,
    "corners": corner_columns,
    "labels": _labels,
    "arrow": arrow_columns,
}
"""What lies over the photograph beside anchors and objects."""


def _fit(plot: Any, shape: MapShape) -> None:
    """Let a figure show the input and some of what is outside of it."""
    height, width = shape
    margin = MARGIN * height
    plot.x_range.update(start=-margin, end=width + margin)
    plot.y_range.update(start=height + margin, end=-margin)
    plot.aspect_ratio = (width + 2 * margin) / (height + 2 * margin)
