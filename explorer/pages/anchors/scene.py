"""From a state to everything that the anchors page draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from explorer.config import AnchorLayer, MapShape
from explorer.engine.matcher import Matcher
from explorer.i18n import _
from explorer.pages.anchors.replay import Replay, replay
from explorer.pages.anchors.state import AnchorsState, GroundTruth
from explorer.pages.shared.anchor_kind import AnchorKind
from explorer.ssd.anchors import AnchorGrid

POSITIVE = (AnchorKind.FORCED, AnchorKind.OVER_THRESHOLD)


@dataclass(frozen=True)
class LayerSummary:
    """One feature map, and how it meets the selected object."""

    map_shape: MapShape
    """(height, width)."""
    cell_px: tuple[float, float]
    """(height, width) of a cell on the network's input, px."""
    num_anchors: int
    num_positive: int
    """Anchors that are positive for the selected object at the present step."""
    has_forced: bool
    best_iou: float
    """With the selected object; 0 without one."""

    @property
    def name(self) -> str:
        """How the page calls this map: width × height."""
        height, width = self.map_shape
        return f"{width}×{height}"

    @property
    def cell_size(self) -> str:
        """How the page calls the size of a cell: width × height, or one number for a square."""
        height, width = (f"{round(side, 1):g}" for side in self.cell_px)
        return width if width == height else f"{width}×{height}"


@dataclass(frozen=True)
class ObjectSummary:
    """One object at the present step: how many anchors learn it, map by map."""

    class_id: int
    best_iou: float
    num_positive: tuple[int, ...]


@dataclass(frozen=True)
class AnchorRow:
    """One anchor in words and numbers; sizes in px and relative to the input.

    `gt` is its best object, -1 without one, and `iou` its IoU with that.
    """

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
    gt: int
    kind: AnchorKind


@dataclass(frozen=True, eq=False)
class AnchorScene:
    """All that follows from a state."""

    state: AnchorsState
    grid: AnchorGrid
    replay: Replay
    """Of all anchors with all objects."""

    @cached_property
    def kinds(self) -> NDArray[np.int8]:
        """(A,) int8: an `AnchorKind` each, at the state's step."""
        return self.replay.kinds(self.state.step)

    @cached_property
    def layers(self) -> tuple[LayerSummary, ...]:
        """One LayerSummary per feature map, finest first."""
        mine = self._learners(self.state.selected)
        forced = mine & (self.kinds == AnchorKind.FORCED)
        summaries = []
        for layer, each in enumerate(self.grid.feature_maps):
            place = self.grid.layer_slice(layer)
            summaries.append(
                LayerSummary(
                    map_shape=each.shape,
                    cell_px=each.stride_px,
                    num_anchors=place.stop - place.start,
                    num_positive=int(mine[place].sum()),
                    has_forced=bool(forced[place].any()),
                    best_iou=float(self.iou[place].max()),
                )
            )
        return tuple(summaries)

    @cached_property
    def objects(self) -> tuple[ObjectSummary, ...]:
        """One ObjectSummary per object."""
        places = [self.grid.layer_slice(layer) for layer in range(len(self.grid.map_shapes))]
        summaries = []
        for number, gt in enumerate(self.state.objects):
            best_iou = float(self.replay.iou[:, number].max())
            learners = self._learners(number)
            counts = tuple(int(learners[place].sum()) for place in places)
            summaries.append(ObjectSummary(gt.class_id, best_iou, counts))
        return tuple(summaries)

    @cached_property
    def index(self) -> NDArray[np.int32]:
        """(N,) int32: the anchors to draw, in the order in which they are listed."""
        state = self.state
        if state.shown == "cell":
            place = self.grid.cell(state.layer, state.row, state.column)
            return np.arange(place.start, place.stop, dtype=np.int32)
        if state.shown == "layer":
            place = self.grid.layer_slice(state.layer)
            return np.arange(place.start, place.stop, dtype=np.int32)
        best_iou = self.replay.targets.matching.best_iou
        by_iou: NDArray[np.int32] = np.argsort(-best_iou, kind="stable").astype(np.int32)
        if state.shown == "top":
            return by_iou[: state.num_top]
        matched: NDArray[np.int32] = by_iou[self.kinds[by_iou] > AnchorKind.BACKGROUND]
        return matched

    @property
    def labels(self) -> NDArray[np.float32]:
        """(G, 5) float32: class_id and corner box of each object."""
        return _labels(self.state.objects)

    @property
    def scale_px(self) -> NDArray[np.float32]:
        """(4,) float32: what turns a normalised corner box into pixels of the input."""
        height, width = self.state.input_shape_px
        return np.array([width, height, width, height], np.float32)

    @property
    def iou(self) -> NDArray[np.float32]:
        """(A,) float32: IoU of each anchor with the selected object."""
        if not self.state.objects:
            return np.zeros(len(self.grid), np.float32)
        return self.replay.iou[:, self.state.selected]

    @property
    def best_anchor(self) -> int:
        """The anchor with the highest IoU with the selected object, the first of equals."""
        return int(self.iou.argmax())

    @property
    def anchor(self) -> int:
        """The selected anchor."""
        state = self.state
        start: int = self.grid.cell(state.layer, state.row, state.column).start
        return start + state.shape

    @property
    def boxes_px(self) -> NDArray[np.float32]:
        """(N, 4) float32, corner, px: the anchors to draw."""
        scaled: NDArray[np.float32] = self.grid.boxes[self.index] * self.scale_px
        return scaled

    def place(self, number: int) -> dict[str, int]:
        """Return layer, row, column and shape of one anchor, as the state calls them."""
        grid = self.grid
        columns = {"layer": grid.layer, "row": grid.row, "column": grid.column, "shape": grid.shape}
        return {name: int(column[number]) for name, column in columns.items()}

    def row(self, number: int) -> AnchorRow:
        """Return what is to be said of one anchor."""
        place = self.place(number)
        layer = place.pop("layer")
        xmin, ymin, xmax, ymax = (float(edge) for edge in self.grid.boxes[number])
        height_px, width_px = self.state.input_shape_px
        matching = self.replay.targets.matching
        return AnchorRow(
            index=number,
            name=anchor_name(self.grid.config.layers[layer], place["shape"]),
            map_name=self.layers[layer].name,
            **place,
            width_px=(xmax - xmin) * width_px,
            height_px=(ymax - ymin) * height_px,
            width=xmax - xmin,
            height=ymax - ymin,
            iou=float(matching.best_iou[number]),
            gt=int(matching.best_gt[number]),
            kind=AnchorKind(int(self.kinds[number])),
        )

    def rows(self, limit: int) -> list[AnchorRow]:
        """Return the first `limit` of the anchors to draw."""
        return [self.row(int(number)) for number in self.index[:limit]]

    def _learners(self, gt: int) -> NDArray[np.bool_]:
        """Return (A,) bool: which are positive for an object at the state's step."""
        matched: NDArray[np.bool_] = self.replay.targets.matching.gt_index == gt
        return matched & np.isin(self.kinds, POSITIVE)


def build_scene(state: AnchorsState) -> AnchorScene:
    """Match all anchors with all objects.

    Raises
    ------
    ValueError
        If mining wants more negatives than there are.
    """
    matcher = _matcher(state.anchors, state.feature_maps, state.input_shape_px)
    story = replay(matcher, _labels(state.objects), state.match)
    return AnchorScene(state, matcher.anchors(), story)


def anchor_name(layer: AnchorLayer, shape: int) -> str:
    """Return what makes a cell's anchor number `shape`: a size, or a further ratio."""
    num_sizes = len(layer.sizes)
    if shape < num_sizes:
        return _("size {size:g}").format(size=layer.sizes[shape])
    return _("ratio {ratio:g}").format(ratio=layer.ratios[shape - num_sizes + 1])


# Dragging a box changes no anchor, so the last ones are kept.
_matcher = lru_cache(maxsize=4)(Matcher)


def _labels(objects: Sequence[GroundTruth]) -> NDArray[np.float32]:
    rows = [[gt.class_id, *gt.box] for gt in objects]
    return np.array(rows, np.float32).reshape(-1, 5)
