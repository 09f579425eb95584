"""Better anchors for a set of objects, at no higher cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.config import AnchorConfig, AnchorLayer, FeatureMap, MapShape
from explorer.i18n import _
from explorer.ssd.anchor_search import WORTH, AnchorSearch, Layout, Shapes
from explorer.ssd.boxes import check_boxes
from explorer.ssd.clusters import iou_clusters
from explorer.ssd.coverage import Coverage, measure_coverage
from explorer.ssd.layer_limits import LayerLimits, layer_limits

_SAMPLE = 2500
"""Objects that the search looks at; more would not change what it finds by much."""

_CLUSTER_SCALES = (1.0, 0.7, 1.4)
"""The search from clusters begins with these times their sizes: three ways, one result."""

_USUAL_SHAPES = 6
"""Anchors per cell that the paper has at most. A layer gets more only where `start` has more."""

_MOST_SHAPES = 16
"""At most this many sizes or ratios are taken by a layer of `AnchorConfig`."""


@dataclass(frozen=True, eq=False)
class Suggestion:
    """Anchors that fit the objects better than those that it started with."""

    before: Coverage
    """Of the start, on all objects."""
    after: Coverage
    """Of `anchors`, on all objects."""
    anchors: AnchorConfig
    """The start itself where nothing better was found."""


def suggest_anchors(
    boxes: ArrayLike,
    start: AnchorConfig,
    feature_maps: Sequence[FeatureMap],
    input_shape_px: MapShape,
    *,
    match_iou_threshold: float = 0.5,
    max_anchors: int | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Suggestion:
    """Search sizes and ratios for each feature map that cover `boxes` best.

    More objects at the threshold are better; of equals a higher mean best IoU; of nearly
    equals fewer anchors. The coverage is never lower than that of `start`, unless
    `max_anchors` is too low for `start` itself. The search goes from `start` and from
    clusters of the objects' sizes, and moves, adds and removes one shape at a time. The same
    input gives the same result.

    Proposed sizes are whole thousandths, ascending in a layer; ratios are whole hundredths,
    the first one 1. A layer gets no anchor with a side above its receptive field or below
    half of its stride, and its first size is not below that of a finer layer; `start` may
    have such anchors.

    Parameters
    ----------
    boxes : (N, 4) float32, corner, normalised
        At least one. Of more than 2,500 a sample is searched, and all are measured.
    feature_maps : FeatureMap of each layer
    input_shape_px : (height, width)
    match_iou_threshold : float in (0, 1]
    max_anchors : int, optional
        Of the whole pyramid; by default as many as `start` has.
    on_progress : callable, optional
        Called with the done part of the work, from 0 to 1, many times a second. What it
        raises ends the search and reaches the caller.

    Raises
    ------
    ValueError
        If `boxes` is malformed or empty, `match_iou_threshold` is not in (0, 1], the feature
        maps are not as many as the layers, or `max_anchors` leaves less than one anchor per cell.
    """
    objects = check_boxes(boxes, "boxes")
    if len(objects) == 0:
        raise ValueError(_("boxes must hold at least one object to suggest anchors for, got none"))

    def coverage_of(config: AnchorConfig) -> Coverage:
        return measure_coverage(config, feature_maps, input_shape_px, objects, match_iou_threshold)

    before = coverage_of(start)
    budget = before.num_anchors if max_anchors is None else max_anchors
    least = sum(each.num_cells for each in feature_maps)
    if budget < least:
        text = _("max_anchors must be at least {least:,}, one anchor in each cell, got {budget:,}")
        raise ValueError(text.format(least=least, budget=budget))
    limits = [layer_limits(each, input_shape_px) for each in feature_maps]
    sample = _sample(objects)
    clusters = iou_clusters(sample[:, 2:] - sample[:, :2], len(feature_maps))
    seeds = [
        _from_start(start, limits),
        *(_from_clusters(clusters * scale, limits) for scale in _CLUSTER_SCALES),
    ]
    most_of_start = max(layer.num_anchors for layer in start.layers)
    most_shapes = min(max(_USUAL_SHAPES, most_of_start), _MOST_SHAPES)
    search = AnchorSearch(
        sample, feature_maps, input_shape_px, limits, match_iou_threshold, budget, most_shapes
    )
    found = []
    for number, seed in enumerate(seeds):

        def report(part: float, number: int = number) -> None:
            if on_progress is not None:
                on_progress((number + part) / len(seeds))

        found.append(search.run(seed, report))
    anchors = _to_config(max(found, key=search.score))
    after = coverage_of(anchors)
    if before.num_anchors <= budget and _merit(start, before) >= _merit(anchors, after):
        anchors, after = start, before
    if on_progress is not None:
        on_progress(1.0)
    return Suggestion(before, after, anchors)


def _merit(config: AnchorConfig, coverage: Coverage) -> tuple[float, float]:
    num_shapes = sum(layer.num_anchors for layer in config.layers)
    return coverage.coverage, coverage.mean_best_iou - WORTH * num_shapes


def _sample(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    if len(boxes) <= _SAMPLE:
        return boxes
    chosen = np.random.default_rng(0).choice(len(boxes), _SAMPLE, replace=False)
    return boxes[np.sort(chosen)]


def _from_start(start: AnchorConfig, limits: list[LayerLimits]) -> Layout:
    """Return `start` as far as the limits allow."""
    layout: list[Shapes] = []
    for layer, limit in zip(start.layers, limits, strict=True):
        sizes = {_within(size, limit, layout) for size in layer.sizes}
        base = min(sizes)
        ratios = dict.fromkeys(
            round(float(np.clip(ratio, *limit.ratios(base))), 2) for ratio in layer.ratios[1:]
        )
        kept = (ratio for ratio in ratios if ratio != 1.0 and limit.allow(base, ratio))
        layout.append(Shapes(tuple(sorted(sizes)), (1.0, *kept)))
    return tuple(layout)


def _from_clusters(clusters: NDArray[np.float32], limits: list[LayerLimits]) -> Layout:
    """Return one size per layer, the smallest cluster's on the finest map."""
    layout: list[Shapes] = []
    for number, limit in enumerate(limits):
        width, height = clusters[min(number, len(clusters) - 1)]
        size = np.sqrt(width / limit.stretch * height)
        layout.append(Shapes((_within(float(size), limit, layout),)))
    return tuple(layout)


def _within(size: float, limit: LayerLimits, finer: list[Shapes]) -> float:
    """Return the nearest size that the layer may have, no less than the finer layer's first."""
    least, most = limit.sizes
    least = max(least, finer[-1].sizes[0]) if finer else least
    return round(min(max(size, least), most), 3)


def _to_config(layout: Layout) -> AnchorConfig:
    return AnchorConfig(
        layers=tuple(
            AnchorLayer(sizes=tuple(sorted(sizes)), ratios=(1.0, *sorted(ratios[1:])))
            for sizes, ratios in layout
        )
    )
