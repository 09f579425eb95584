"""The photograph with its feature map, the anchors and a ground truth to drag."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from bokeh.core.properties import field, value
from bokeh.events import DoubleTap, MouseLeave, MouseMove, Tap
from bokeh.models import BoxAnnotation, ColumnDataSource, CustomJS, Range1d
from PIL import Image

from explorer.ssd.matching import MatchKind
from explorer.viewmodels.anchor_scene import INPUT_SHAPE_PX, AnchorScene
from explorer.views import theme

__all__ = ["DASHES", "AnchorPhotograph", "role_of"]

HEIGHT_PX, WIDTH_PX = INPUT_SHAPE_PX
MARGIN_PX = 13
"""Anchors reach out of the image, so the figure shows some of what is outside."""

DASHES: tuple[list[int], ...] = ([], [8, 4], [2, 3], [10, 3, 2, 3], [14, 5], [5, 3, 2, 3, 2, 3])
"""Tell the anchors of one cell apart; from the seventh on they repeat."""

EDGES = ("left", "right", "top", "bottom")
SCRIPT = (Path(__file__).parent / "anchor_photograph.js").read_text(encoding="utf-8")
PICK = "pick.data = {x: [cb_obj.x], y: [cb_obj.y], time: [Date.now()]}"
HOVER = """
const [l, r, t, b] = ["left", "right", "top", "bottom"].map((k) => cell.data[k][0])
const [w, h] = [r - l, b - t]
const [column, row] = [Math.floor(cb_obj.x / w), Math.floor(cb_obj.y / h)]
const on = column >= 0 && row >= 0 && (column + 0.5) * w < width_px && (row + 0.5) * h < height_px
hover.data = on
  ? {left: [column * w], right: [column * w + w], top: [row * h], bottom: [row * h + h]}
  : {left: [], right: [], top: [], bottom: []}
"""
LEAVE = "hover.data = {left: [], right: [], top: [], bottom: []}"

GtMoved = Callable[[float, float, float, float], None]


def role_of(kind: int) -> theme.Role:
    """Return how an anchor of this `MatchKind` is drawn."""
    names = {MatchKind.FORCED: "forced", MatchKind.OVER_THRESHOLD: "positive"}
    return theme.ROLES[names.get(MatchKind(kind), "anchor")]


class AnchorPhotograph:
    """The figure; built once, `draw` and `set_photograph` change its sources.

    Bokeh's `BoxEditTool` moves boxes but does not resize them, so the ground truth is an
    editable `BoxAnnotation`. That one is only the grip, without colour: the width of its line
    is the distance at which an edge is caught, and the box that one sees is drawn beneath.

    Parameters
    ----------
    scene : AnchorScene
    gt_px : (x, y, width, height)
    on_gt : callable
        Told (x, y, width, height) in px while the reader drags the ground truth.
    on_pick : callable
        Told (x, y) in px when the reader points at a cell.
    """

    def __init__(
        self,
        scene: AnchorScene,
        gt_px: tuple[float, float, float, float],
        on_gt: GtMoved,
        on_pick: Callable[[float, float], None],
    ) -> None:
        self._image = ColumnDataSource({"url": []})
        self._lines = ColumnDataSource(_map_lines(scene))
        self._map = self._map_of(scene)
        self._cell = ColumnDataSource(_cell(scene))
        self._anchors = ColumnDataSource(_anchor_columns(scene))
        self._labels = ColumnDataSource(_label_columns(scene))
        self._gt = ColumnDataSource(_gt_columns(gt_px))
        self._pick = ColumnDataSource({"x": [], "y": [], "time": []})
        self._on_gt, self._on_pick = on_gt, on_pick
        self._gt.on_change("data", lambda _attr, _old, new: self._gt_moved(new))
        self._pick.on_change("data", lambda _attr, _old, new: on_pick(new["x"][0], new["y"][0]))
        self.figure = self._build(scene)

    def set_photograph(self, image: np.ndarray) -> None:
        """Show `image` (H, W, 3) uint8 RGB, stretched to the network's input."""
        packed = io.BytesIO()
        Image.fromarray(image).save(packed, "JPEG", quality=92)
        url = "data:image/jpeg;base64," + base64.b64encode(packed.getvalue()).decode("ascii")
        self._image.data = {"url": [url]}

    def draw(self, scene: AnchorScene, gt_px: tuple[float, float, float, float]) -> None:
        """Send what differs from what is drawn."""
        if self._map != self._map_of(scene):
            self._map = self._map_of(scene)
            self._lines.data = _map_lines(scene)
        self._cell.data = _cell(scene)
        self._anchors.data = _anchor_columns(scene)
        self._labels.data = _label_columns(scene)
        columns = _gt_columns(gt_px)
        if any(columns[edge] != list(self._gt.data[edge]) for edge in EDGES):
            self._gt.data = columns

    def _gt_moved(self, data: Any) -> None:
        left, right, top, bottom = (float(data[edge][0]) for edge in EDGES)
        self._on_gt(left, top, right - left, bottom - top)

    @staticmethod
    def _map_of(scene: AnchorScene) -> tuple[int, int]:
        return scene.grid.map_shapes[scene.shown.layer]

    def _build(self, scene: AnchorScene) -> Any:
        plot = theme.image_figure(
            WIDTH_PX,
            HEIGHT_PX,
            x_range=Range1d(-MARGIN_PX, WIDTH_PX + MARGIN_PX),
            y_range=Range1d(HEIGHT_PX + MARGIN_PX, -MARGIN_PX),
            tools="",
            toolbar_location=None,
            min_border=0,
        )
        plot.axis.visible = False
        plot.background_fill_color = theme.GROUND
        edges = dict(zip(EDGES, EDGES, strict=True))
        plot.image_url(
            "url", x=0, y=0, w=WIDTH_PX, h=HEIGHT_PX, anchor="top_left", source=self._image
        )
        plot.segment("x0", "y0", "x1", "y1", source=self._lines, color="white", alpha=0.28)

        hover = ColumnDataSource({edge: [] for edge in EDGES}, syncable=False)
        plot.quad(**edges, source=hover, fill_color="white", fill_alpha=0.35, line_color=None)
        plot.quad(
            **edges, source=self._cell, fill_color="white", fill_alpha=0.45, line_color=theme.INK,
            line_width=1.5,
        )  # fmt: skip
        outline = {**edges, "source": self._anchors, "fill_color": None, "line_dash": field("dash")}
        # A light edge makes every colour readable on every photograph.
        plot.quad(**outline, line_color="white", line_width=field("casing"), line_alpha=0.8)
        plot.quad(
            **outline, line_color=field("color"), line_width=field("width"),
            line_alpha=field("alpha"), name="anchors",
        )  # fmt: skip

        drawn = ColumnDataSource(dict(self._gt.data), syncable=False)
        handles = ColumnDataSource({"x": [], "y": []}, syncable=False)
        gt = theme.ROLES["gt"]
        plot.quad(
            **edges, source=drawn, fill_color=None, line_color="white", line_width=6, line_alpha=0.8
        )
        plot.quad(**edges, source=drawn, **gt.box(0.14), name="gt")
        plot.scatter(
            "x", "y", source=handles, marker="circle", size=13, fill_color="white",
            line_color=gt.color, line_width=2.5,
        )  # fmt: skip
        plot.text(
            "x", "y", "text", source=self._labels, text_align=field("align"),
            text_baseline=field("baseline"), text_font=value(theme.FONT), text_font_size="12px",
            text_color="white", background_fill_color=field("color"), background_fill_alpha=0.92,
            border_radius=4, padding=3, name="labels",
        )  # fmt: skip
        grip = BoxAnnotation(
            left=drawn.data["left"][0], right=drawn.data["right"][0],
            top=drawn.data["top"][0], bottom=drawn.data["bottom"][0],
            left_limit=0, right_limit=WIDTH_PX, top_limit=0, bottom_limit=HEIGHT_PX,
            editable=True, resizable="all", movable="both", use_handles=False,
            fill_alpha=0, line_alpha=0, line_width=20, syncable=False,
        )  # fmt: skip
        plot.add_layout(grip)

        pick = CustomJS(args={"pick": self._pick}, code=PICK)
        plot.js_on_event(Tap, pick)
        plot.js_on_event(DoubleTap, pick)
        sizes = {"width_px": WIDTH_PX, "height_px": HEIGHT_PX}
        under = {"hover": hover, "cell": self._cell, **sizes}
        plot.js_on_event(MouseMove, CustomJS(args=under, code=HOVER))
        plot.js_on_event(MouseLeave, CustomJS(args=under, code=LEAVE))
        script = CustomJS(
            args={
                "plot": plot, "grip": grip, "gt": self._gt, "drawn": drawn, "handles": handles,
                "cell": self._cell, "pick": self._pick, **sizes,
            },
            code=SCRIPT,
        )  # fmt: skip
        # The frame of the page announces a drawn figure by its tags, once.
        plot.js_on_change("tags", script)
        return plot


def _gt_columns(gt_px: tuple[float, float, float, float]) -> dict[str, list[float]]:
    x, y, width, height = gt_px
    return {"left": [x], "right": [x + width], "top": [y], "bottom": [y + height]}


def _map_lines(scene: AnchorScene) -> dict[str, list[float]]:
    height, width = scene.grid.map_shapes[scene.shown.layer]
    xs = [column * WIDTH_PX / width for column in range(width + 1)]
    ys = [row * HEIGHT_PX / height for row in range(height + 1)]
    return {
        "x0": xs + [0.0] * len(ys),
        "x1": xs + [float(WIDTH_PX)] * len(ys),
        "y0": [0.0] * len(xs) + ys,
        "y1": [float(HEIGHT_PX)] * len(xs) + ys,
    }


def _cell(scene: AnchorScene) -> dict[str, list[float]]:
    shown = scene.shown
    height_px, width_px = scene.layers[shown.layer].cell_px
    left, top = shown.column * width_px, shown.row * height_px
    return {"left": [left], "right": [left + width_px], "top": [top], "bottom": [top + height_px]}


def _anchor_columns(scene: AnchorScene) -> dict[str, Any]:
    """Return the boxes to draw, the most important last, so that it lies on top."""
    back_to_front = slice(None) if scene.shown.what == "cell" else slice(None, None, -1)
    boxes, kinds = scene.boxes_px[back_to_front], scene.kind[back_to_front]
    roles = [role_of(kind) for kind in kinds]
    background = [role is theme.ROLES["anchor"] for role in roles]
    few = len(boxes) <= 12
    if scene.shown.what == "cell":
        dashes = [DASHES[shape % len(DASHES)] for shape in scene.grid.shape[scene.index]]
    else:
        dashes = [[6, 4] if role is theme.ROLES["forced"] else [] for role in roles]
    columns = {name: boxes[:, n] for n, name in enumerate(("left", "top", "right", "bottom"))}
    return {
        # A few numbers travel best in the message itself, many as binary.
        **({name: column.tolist() for name, column in columns.items()} if few else columns),
        "color": [role.color for role in roles],
        "dash": dashes,
        "width": [max(role.width, 2.0) if few else role.width for role in roles],
        "casing": [5.0 if few else 0.0] * len(roles),
        # Thousands of lines would hide the photograph.
        "alpha": [min(0.95, 4 / len(boxes) ** 0.5) if back else 0.95 for back in background],
    }


_LABEL_PLACES = (
    # where on the box, as fractions, and on which side of that the text stands: all point
    # outwards in other directions, so that the labels of one cell do not meet
    (0.0, 1.0, "right", "top"),
    (0.0, 0.0, "right", "bottom"),
    (1.0, 0.5, "left", "middle"),
    (0.5, 0.0, "center", "bottom"),
    (0.5, 1.0, "center", "top"),
    (1.0, 1.0, "left", "top"),
    (1.0, 0.0, "left", "bottom"),
    (0.0, 0.5, "right", "middle"),
)
_LABEL_WIDTH_PX, _LABEL_HEIGHT_PX = 32.0, 11.0


def _label_columns(scene: AnchorScene) -> dict[str, Any]:
    columns: dict[str, Any] = {key: [] for key in ("x", "y", "text", "align", "baseline", "color")}
    if scene.shown.what != "cell":
        return columns
    for row, box, kind in zip(scene.rows(16), scene.boxes_px, scene.kind, strict=False):
        across, down, align, baseline = _LABEL_PLACES[row.shape % len(_LABEL_PLACES)]
        x = float(box[0] + across * (box[2] - box[0]))
        y = float(box[1] + down * (box[3] - box[1]))
        before = {"right": 1.0, "center": 0.5, "left": 0.0}[align] * _LABEL_WIDTH_PX
        above = {"bottom": 1.0, "middle": 0.5, "top": 0.0}[baseline] * _LABEL_HEIGHT_PX
        columns["x"].append(_inside(x, before, _LABEL_WIDTH_PX - before, WIDTH_PX))
        columns["y"].append(_inside(y, above, _LABEL_HEIGHT_PX - above, HEIGHT_PX))
        columns["text"].append(f"{row.width_px:.0f} × {row.height_px:.0f}")
        columns["align"].append(align)
        columns["baseline"].append(baseline)
        color = role_of(kind).color
        columns["color"].append(theme.INK if kind == MatchKind.NEGATIVE else color)
    return columns


def _inside(at: float, before: float, after: float, length_px: int) -> float:
    """Return `at` moved so that a label which needs room on both sides stays in the figure."""
    return min(max(at, before - MARGIN_PX), length_px + MARGIN_PX - after)
