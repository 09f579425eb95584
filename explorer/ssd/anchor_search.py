"""The search for anchors that cover given objects best: one change at a time, if it helps.

A layout is judged by the objects it covers; of equals by the mean best IoU, where each shape
has to earn its place. Sizes are whole thousandths and ratios whole hundredths from the start,
so that nothing is lost by rounding at the end. As in all SSDs, a coarser map never has the
smaller anchors: the first sizes ascend from layer to layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.config import FeatureMap, MapShape
from explorer.ssd.layer_limits import LayerLimits
from explorer.ssd.nearest import axes_of, center_distance, iou_from_overlaps, overlap

Float32 = NDArray[np.float32]

WORTH = 0.0005
"""Mean best IoU that a shape must bring, or it is left out."""

_STEPS = (0.5, 0.25, 0.12, 0.06, 0.03, 0.015)
"""Changes of a size, in the logarithm; ratios change by twice as much."""

_ROUNDS = 6
_LEAST_GAIN = 1e-4
_VALUES_TRIED = 9
_ROWS_KEPT = 4000


class Shapes(NamedTuple):
    """The anchors of a cell: `sizes` ascending, `ratios` from 1 on, as `AnchorLayer` has them."""

    sizes: tuple[float, ...]
    ratios: tuple[float, ...] = (1.0,)

    @property
    def pairs(self) -> list[tuple[float, float]]:
        """Size and ratio of each anchor."""
        return [(size, 1.0) for size in self.sizes] + [
            (self.sizes[0], ratio) for ratio in self.ratios[1:]
        ]


Layout = tuple[Shapes, ...]
"""The shapes of each layer."""


class AnchorSearch:
    """What the search knows: the objects, the layers and the budget.

    Parameters
    ----------
    boxes : (N, 4) float32, corner, normalised
    feature_maps : FeatureMap of each layer
    input_shape_px : (height, width)
    limits : LayerLimits of each layer
    max_anchors : int
        Of the whole pyramid.
    max_shapes : int
        Of one layer.
    """

    def __init__(
        self,
        boxes: Float32,
        feature_maps: Sequence[FeatureMap],
        input_shape_px: MapShape,
        limits: Sequence[LayerLimits],
        match_iou_threshold: float,
        max_anchors: int,
        max_shapes: int,
    ) -> None:
        self._limits = limits
        self._threshold = np.float32(match_iou_threshold)
        self._max_anchors = max_anchors
        self._max_shapes = max_shapes
        self._num_cells = [each.num_cells for each in feature_maps]
        center = (boxes[:, :2] + boxes[:, 2:]) / 2
        self._sides = boxes[:, 2:] - boxes[:, :2]
        self._areas = self._sides.prod(axis=1)
        self._distances = [
            (center_distance(center[:, 0], across), center_distance(center[:, 1], down))
            for across, down in (axes_of(each, input_shape_px) for each in feature_maps)
        ]
        self._rows: dict[tuple[int, float, float], Float32] = {}

    def run(self, layout: Layout, on_progress: Callable[[float], None]) -> Layout:
        """Return a layout within the budget that is at least as good as `layout`.

        A layout over the budget loses shapes first.

        Parameters
        ----------
        layout : Layout
            Within the limits, except that it may be over the budget.
        on_progress : callable
            Called with the done part of the longest way, many times a second; what it raises
            ends the search.
        """
        layout = self._shrink(layout)
        for number in range(_ROUNDS):
            before = self.score(layout)
            for part, step in enumerate(_STEPS):
                on_progress((number + part / len(_STEPS)) / _ROUNDS)
                layout = self._sweep(layout, step)
            tick = partial(on_progress, (number + 1) / _ROUNDS)
            while (changed := self._exchange(layout, tick)) is not None:
                layout = changed
            if self.score(layout) - before < _LEAST_GAIN:
                break
        return layout

    def score(self, layout: Layout) -> float:
        """Return how good a layout is: more is better."""
        return float(self._score(self._best_of(layout), _num_shapes(layout)))

    def num_anchors(self, layout: Layout) -> int:
        """Return the number of anchors of the whole pyramid."""
        return sum(
            cells * len(shapes.pairs) for cells, shapes in zip(self._num_cells, layout, strict=True)
        )

    def _score(self, best: Float32, num_shapes: int) -> NDArray[np.float64]:
        """Judge the objects' best IoU (..., N).

        One object more weighs more than all else together: the rest is below 2.
        """
        covered = np.count_nonzero(best >= self._threshold, axis=-1)
        mean = best.mean(axis=-1, dtype=np.float64)
        result: NDArray[np.float64] = 2 * covered + mean - WORTH * num_shapes
        return result

    def _row(self, layer: int, size: float, ratio: float) -> Float32:
        """Return the best IoU of each object with the anchors of one shape, (N,)."""
        key = (layer, size, ratio)
        if key not in self._rows:
            if len(self._rows) >= _ROWS_KEPT:
                self._rows.clear()
            width = np.float32(size * self._limits[layer].stretch * ratio**0.5)
            height = np.float32(size / ratio**0.5)
            distance_x, distance_y = self._distances[layer]
            self._rows[key] = iou_from_overlaps(
                overlap(self._sides[:, 0], width, distance_x),
                overlap(self._sides[:, 1], height, distance_y),
                self._areas + width * height,
            )
        return self._rows[key]

    def _best_in(self, layer: int, shapes: Shapes) -> Float32:
        rows = [self._row(layer, size, ratio) for size, ratio in shapes.pairs]
        best: Float32 = np.maximum.reduce(rows)
        return best

    def _best_of(self, layout: Layout, but: int | None = None) -> Float32:
        """Return the best IoU of each object with all layers but one, (N,)."""
        parts = [self._best_in(n, shapes) for n, shapes in enumerate(layout) if n != but]
        best: Float32 = np.maximum.reduce(parts)
        return best

    def _sweep(self, layout: Layout, step: float) -> Layout:
        """Move each size and ratio once, to the best of some values around it."""
        for layer in range(len(layout)):
            rest = self._best_of(layout, but=layer)
            num_shapes = _num_shapes(layout)
            shapes = layout[layer]
            finer = layout[layer - 1].sizes[0] if layer > 0 else 0.0
            coarser = layout[layer + 1].sizes[0] if layer + 1 < len(layout) else np.inf
            top = self._score(np.maximum(rest, self._best_in(layer, shapes)), num_shapes)
            for place in range(len(shapes.pairs)):
                for moved in self._moves(layer, shapes, place, step):
                    if not finer <= moved.sizes[0] <= coarser:
                        continue
                    score = self._score(np.maximum(rest, self._best_in(layer, moved)), num_shapes)
                    if score > top + 1e-9:
                        top, shapes = score, moved
            layout = _with(layout, layer, shapes)
        return layout

    def _moves(self, layer: int, shapes: Shapes, place: int, step: float) -> list[Shapes]:
        """Return `shapes` with one of its anchors larger, smaller, wider or narrower."""
        sizes, ratios = list(shapes.sizes), list(shapes.ratios)
        moves = []
        for factor in np.exp(np.array([-2, -1, 1, 2]) * step).tolist():
            if place < len(sizes):
                size = round(sizes[place] * factor, 3)
                moved = Shapes((*sizes[:place], size, *sizes[place + 1 :]), shapes.ratios)
            else:
                which = place - len(sizes) + 1
                ratio = round(ratios[which] * factor**2, 2)
                moved = Shapes(shapes.sizes, (*ratios[:which], ratio, *ratios[which + 1 :]))
            if self._allows(layer, moved):
                moves.append(moved)
        return moves

    def _allows(self, layer: int, shapes: Shapes) -> bool:
        pairs = shapes.pairs
        return (
            len(set(pairs)) == len(pairs)
            and min(shapes.sizes) == shapes.sizes[0]
            and all(self._limits[layer].allow(size, ratio) for size, ratio in pairs)
        )

    def _shrink(self, layout: Layout) -> Layout:
        """Take away what is missed least for its cost until the budget is kept."""
        while self.num_anchors(layout) > self._max_anchors:
            whole = self.score(layout)

            def price(less: tuple[int, Layout], whole: float = whole) -> float:
                return (whole - self.score(less[1])) / self._num_cells[less[0]]

            _, layout = min(_removals(layout), key=price)
        return layout

    def _exchange(self, layout: Layout, tick: Callable[[], None]) -> Layout | None:
        """Take away one shape or none, then add what helps most; None if that is no gain."""
        additions = list(self._additions(layout))
        if additions:
            rows = np.stack([self._row(layer, *pair) for layer, pair in additions])
            costs = np.array([self._num_cells[layer] for layer, _ in additions])
        top, result = self.score(layout) + _LEAST_GAIN, None
        for tried in [layout, *(less for _, less in _removals(layout))]:
            tick()
            best = self._best_of(tried)
            score = float(self._score(best, _num_shapes(tried)))
            while additions:
                room = self._max_anchors - self.num_anchors(tried)
                fits = costs <= room
                fits &= [len(tried[layer].pairs) < self._max_shapes for layer, _ in additions]
                if not fits.any():
                    break
                scores = self._score(np.maximum(rows[fits], best), _num_shapes(tried) + 1)
                if scores.max() <= score:
                    break
                score = float(scores.max())
                chosen = np.flatnonzero(fits)[scores.argmax()]
                layer, pair = additions[chosen]
                tried = _with(tried, layer, _added(tried[layer], pair))
                best = np.maximum(best, rows[chosen])
            if score > top:
                top, result = score, tried
        return result

    def _additions(self, layout: Layout) -> Iterator[tuple[int, tuple[float, float]]]:
        """Yield layer, size and ratio of anchors that a layer might have besides its own."""
        for layer, shapes in enumerate(layout):
            base, most = shapes.sizes[0], self._limits[layer].sizes[1]
            sizes = np.geomspace(base, max(base, most), _VALUES_TRIED + 1)[1:]
            ratios = np.geomspace(*self._limits[layer].ratios(base), _VALUES_TRIED)
            tried = [(round(size, 3), 1.0) for size in sizes.tolist()]
            tried += [(base, round(ratio, 2)) for ratio in ratios.tolist()]
            for pair in dict.fromkeys(tried):
                if pair not in shapes.pairs and self._limits[layer].allow(*pair):
                    yield layer, pair


def _removals(layout: Layout) -> Iterator[tuple[int, Layout]]:
    """Yield the layer and what is left, for each shape but a layer's first one."""
    for layer, (sizes, ratios) in enumerate(layout):
        for place in range(1, len(sizes)):
            yield layer, _with(layout, layer, Shapes(_without(sizes, place), ratios))
        for place in range(1, len(ratios)):
            yield layer, _with(layout, layer, Shapes(sizes, _without(ratios, place)))


def _added(shapes: Shapes, pair: tuple[float, float]) -> Shapes:
    size, ratio = pair
    if ratio == 1.0:
        return Shapes((*shapes.sizes, size), shapes.ratios)
    return Shapes(shapes.sizes, (*shapes.ratios, ratio))


def _with(layout: Layout, layer: int, shapes: Shapes) -> Layout:
    return (*layout[:layer], shapes, *layout[layer + 1 :])


def _without(values: tuple[float, ...], place: int) -> tuple[float, ...]:
    return values[:place] + values[place + 1 :]


def _num_shapes(layout: Layout) -> int:
    return sum(len(shapes.pairs) for shapes in layout)
