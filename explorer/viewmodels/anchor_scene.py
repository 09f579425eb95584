"""From anchors and one ground truth to everything that the anchors page draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from explorer.config import AnchorConfig, AnchorLayer
from explorer.i18n import _
from explorer.ssd.anchors import AnchorGrid, MapShape, anchor_grid
from explorer.ssd.boxes import iou
from explorer.ssd.matching import Matching, MatchKind, match

__all__ = [
    "INPUT_SHAPE_PX",
    "AnchorRow",
    "AnchorScene",
    "LayerSummary",
    "Shown",
    "anchor_name",
    "build_scene",
]

INPUT_SHAPE_PX: MapShape = (256, 256)
"""(height, width) of the network's input, which the pixels on the page refer to."""


@dataclass(frozen=True)
class Shown:
    """Which anchors are drawn: one cell's, the matched, the best by IoU, or a whole layer's."""

    what: str
    layer: int
    row: int
    column: int
    num_top: int


@dataclass(frozen=True)
class LayerSummary:
    """One feature map, and how it meets the ground truth.

    Attributes
    ----------
    map_shape : (height, width)
    cell_px : (height, width) of a cell on the network's input, px
    num_anchors, num_positive : int
    has_forced : bool
    best_iou : float
    """

    map_shape: MapShape
    cell_px: tuple[float, float]
    num_anchors: int
    num_positive: int
    has_forced: bool
    best_iou: float

    @property
    def name(self) -> str:
        """How the page calls this map."""
        height, width = self.map_shape
        return f"{width}×{height}"


@dataclass(frozen=True)
class AnchorRow:
    """One anchor in words and numbers; sizes in px and relative to the input."""

    index: int
    name: str
    map_name: str
    row: int
    column: int
    shape: int
    width_px: float
    height_px: float
    width: float
    height: float
    iou: float
    kind: MatchKind


@dataclass(frozen=True, eq=False)
class AnchorScene:
    """All that follows from a state.

    Attributes
    ----------
    grid : AnchorGrid
    matching : Matching
        Of all anchors with the one ground truth.
    match_iou_threshold : float
    layers : one LayerSummary a feature map, finest first
    shown : Shown
    index : (N,) int32
        The anchors to draw, in the order in which they are listed.
    """

    grid: AnchorGrid
    matching: Matching
    match_iou_threshold: float
    layers: tuple[LayerSummary, ...]
    shown: Shown
    index: NDArray[np.int32]

    @property
    def best_anchor(self) -> int:
        """The anchor with the highest IoU, of equals the first."""
        return int(self.matching.best_iou.argmax())

    @property
    def boxes_px(self) -> NDArray[np.float32]:
        """(N, 4) float32, corner, px: the anchors to draw."""
        height_px, width_px = INPUT_SHAPE_PX
        scale = np.array([width_px, height_px, width_px, height_px], np.float32)
        scaled: NDArray[np.float32] = self.grid.boxes[self.index] * scale
        return scaled

    @property
    def kind(self) -> NDArray[np.int8]:
        """(N,) int8: the `MatchKind` of the anchors to draw."""
        return self.matching.kind[self.index]

    def rows(self, limit: int) -> list[AnchorRow]:
        """Return the first `limit` of the anchors to draw."""
        return [self._row(int(number)) for number in self.index[:limit]]

    def _row(self, number: int) -> AnchorRow:
        layer = int(self.grid.layer[number])
        xmin, ymin, xmax, ymax = (float(edge) for edge in self.grid.boxes[number])
        height_px, width_px = INPUT_SHAPE_PX
        return AnchorRow(
            index=number,
            name=anchor_name(self.grid.config.layers[layer], int(self.grid.shape[number])),
            map_name=self.layers[layer].name,
            row=int(self.grid.row[number]),
            column=int(self.grid.column[number]),
            shape=int(self.grid.shape[number]),
            width_px=(xmax - xmin) * width_px,
            height_px=(ymax - ymin) * height_px,
            width=xmax - xmin,
            height=ymax - ymin,
            iou=float(self.matching.best_iou[number]),
            kind=MatchKind(int(self.matching.kind[number])),
        )

    @property
    def headline(self) -> str:
        """How many anchors match the ground truth."""
        number = int(self.matching.positive.sum())
        if number == 0:
            return _("No anchor matches")
        if number == 1:
            return _("1 anchor matches")
        return _("{number:,} anchors match").format(number=number)

    @property
    def reason(self) -> str:
        """One or two sentences on why it is so many."""
        kinds = self.matching.kind
        forced = np.flatnonzero(kinds == MatchKind.FORCED)
        if len(forced) == 0:
            return _("No anchor touches this box, so nothing can learn it.")
        best = self._row(int(forced[0]))
        num_over = int((kinds == MatchKind.OVER_THRESHOLD).sum())
        if self.match_iou_threshold == 0:
            text = _(
                "Threshold 0 leaves only the forced one: the best anchor, "
                "IoU {best} on the {map} map."
            )
        elif num_over:
            text = _(
                "1 is forced as the best (IoU {best}, {map} map), {over} more are above "
                "IoU {threshold}."
            )
        elif np.float32(best.iou) > np.float32(self.match_iou_threshold):
            text = _("It is the best (IoU {best}, {map} map), the only one above IoU {threshold}.")
        else:
            text = _(
                "No anchor is above IoU {threshold}. The best one (IoU {best}, {map} map) is "
                "forced, so that the object is not lost."
            )
        return text.format(
            best=f"{best.iou:.2f}",
            map=best.map_name,
            threshold=f"{self.match_iou_threshold:.2f}",
            over=f"{num_over:,}",
        )


def build_scene(
    config: AnchorConfig,
    map_shapes: Sequence[MapShape],
    gt_box: tuple[float, float, float, float],
    match_iou_threshold: float,
    shown: Shown,
) -> AnchorScene:
    """Match all anchors with `gt_box` and choose those to draw.

    Parameters
    ----------
    config : AnchorConfig
    map_shapes : (height, width) of each layer
    gt_box : corner, normalised
    match_iou_threshold : float in [0, 1]
    shown : Shown
    """
    grid = _grid(config, tuple(map_shapes))
    matching = match(iou(grid.boxes, np.array([gt_box], np.float32)), match_iou_threshold)
    layers = tuple(_summary(grid, matching, layer) for layer in range(len(grid.map_shapes)))
    index = _chosen(grid, matching, shown)
    return AnchorScene(grid, matching, match_iou_threshold, layers, shown, index)


def anchor_name(layer: AnchorLayer, shape: int) -> str:
    """Return what makes a cell's anchor number `shape`: a size, or a further ratio."""
    num_sizes = len(layer.sizes)
    if shape < num_sizes:
        return _("size {size:g}").format(size=layer.sizes[shape])
    return _("ratio {ratio:g}").format(ratio=layer.ratios[shape - num_sizes + 1])


# Dragging a box changes no anchor, so the last grids are kept.
_grid = lru_cache(maxsize=4)(anchor_grid)


def _summary(grid: AnchorGrid, matching: Matching, layer: int) -> LayerSummary:
    place = grid.layer_slice(layer)
    height, width = grid.map_shapes[layer]
    height_px, width_px = INPUT_SHAPE_PX
    kinds = matching.kind[place]
    return LayerSummary(
        map_shape=(height, width),
        cell_px=(height_px / height, width_px / width),
        num_anchors=place.stop - place.start,
        num_positive=int((kinds > MatchKind.NEGATIVE).sum()),
        has_forced=bool((kinds == MatchKind.FORCED).any()),
        best_iou=float(matching.best_iou[place].max()),
    )


def _chosen(grid: AnchorGrid, matching: Matching, shown: Shown) -> NDArray[np.int32]:
    if shown.what == "cell":
        place = grid.cell(shown.layer, shown.row, shown.column)
        return np.arange(place.start, place.stop, dtype=np.int32)
    if shown.what == "layer":
        place = grid.layer_slice(shown.layer)
        return np.arange(place.start, place.stop, dtype=np.int32)
    by_iou: NDArray[np.int32] = np.argsort(-matching.best_iou, kind="stable").astype(np.int32)
    if shown.what == "top":
        return by_iou[: shown.num_top]
    matched: NDArray[np.int32] = by_iou[matching.positive[by_iou]]
    return matched
