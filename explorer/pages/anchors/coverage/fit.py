"""How well anchors fit: which sizes they catch, how a data set is covered, and better ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from traitlets import Instance

from explorer.config import AnchorConfig, FeatureMap, MapShape, architecture_maps
from explorer.datasets import Objects, load_objects
from explorer.i18n import _
from explorer.pages.anchors.state import AnchorsState
from explorer.pages.shared.pictures.photographs import UPLOAD
from explorer.pages.shared.timing.job import Attempt, Job
from explorer.ssd.anchors import anchor_sides
from explorer.ssd.blind_zone import best_iou_by_size
from explorer.ssd.coverage import Coverage, measure_coverage
from explorer.ssd.suggestion import Suggestion, suggest_anchors

NUM_SIDES = 64
"""Widths and heights that the map of sizes looks at."""

MAX_DOTS = 2000
"""Objects that are drawn as dots; more would hide the map."""


@dataclass(frozen=True, eq=False)
class SizePlane:
    """What an object of each width and height reaches with the best anchor."""

    iou: NDArray[np.float32]
    """(64, 64) float32: rows are heights, columns widths, both from small to the whole input."""
    anchors_px: NDArray[np.float32]
    """(S, 2) float32: width and height of each shape of anchor, layer by layer."""
    selected: NDArray[np.bool_]
    """(S,) bool: those of the selected layer."""
    blind_px: int
    """Side of the largest square, px, such that neither it nor any smaller one reaches the
    threshold.
    """


def size_plane(state: AnchorsState) -> SizePlane:
    """Compute the map of sizes of a state."""
    height, width = state.input_shape_px
    steps = (np.arange(NUM_SIDES) + 0.5) / NUM_SIDES
    layer = state.layer if state.one_map else None
    iou = best_iou_by_size(
        state.anchors, state.feature_maps, state.input_shape_px, steps * width, steps * height,
        state.where, layer,
    )  # fmt: skip
    sides = [
        anchor_sides(shape, layer) * np.array([width, height], np.float32)
        for shape, layer in zip(state.map_shapes, state.anchors.layers, strict=True)
    ]
    selected = np.repeat(np.arange(len(sides)) == state.layer, [len(rows) for rows in sides])
    return SizePlane(iou, np.concatenate(sides), selected, _blind_px(state, layer))


class AnchorFit(Job):
    """The objects of a data set, and a search for anchors that cover them."""

    objects = Instance(Objects, allow_none=True)
    """Objects or None: None while they are read, and for the user's own image."""
    suggestion = Instance(Suggestion, allow_none=True)
    """Suggestion or None: the last one that was found, for the present data set."""

    def __init__(self, load: Callable[[str], Objects] = load_objects) -> None:
        super().__init__()
        self._load = load
        self._dataset = ""

    async def look_at(self, dataset: str) -> None:
        """Read the objects of a data set, unless they are those that are there."""
        if dataset == self._dataset:
            return
        self.cancel()
        self._dataset = dataset
        self.objects = self.suggestion = None
        self.problem = ""
        if dataset == UPLOAD:
            return
        try:
            objects = await asyncio.get_running_loop().run_in_executor(None, self._load, dataset)
        except (ValueError, OSError) as error:
            if dataset == self._dataset:
                self.problem = str(error)
            return
        if dataset == self._dataset:
            self.objects = objects

    def coverage(
        self, state: AnchorsState, anchors: AnchorConfig, own_maps: tuple[FeatureMap, ...] = ()
    ) -> Coverage | None:
        """Measure how `anchors` cover the objects at the state's threshold and input shape.

        They are on the maps of a detector, or on those that ToySSD makes for them.
        """
        if self.objects is None:
            return None
        return measure_coverage(
            anchors,
            own_maps or architecture_maps(anchors, state.input_shape_px),
            state.input_shape_px,
            self.objects.boxes,
            state.match.match_iou_threshold,
        )

    def sizes_px(self, input_shape_px: MapShape) -> NDArray[np.float32]:
        """Return width and height of the objects, (N, 2), px; evenly thinned to 2,000."""
        if self.objects is None:
            return np.zeros((0, 2), np.float32)
        boxes = self.objects.boxes[:: len(self.objects.boxes) // MAX_DOTS + 1]
        height, width = input_shape_px
        scale = np.array([width, height], np.float32)
        sides: NDArray[np.float32] = (boxes[:, 2:] - boxes[:, :2]) * scale
        return sides

    async def search(self, state: AnchorsState, max_anchors: int | None = None) -> None:
        """Search better anchors than the state's, with at most as many of them.

        A second call while one is under way does nothing; `cancel` ends it without a result.
        """
        if self.works:
            return
        objects = self.objects
        if objects is None:
            raise ValueError(_("Choose a data set with labelled objects first."))

        def work(attempt: Attempt) -> Suggestion:
            return suggest_anchors(
                objects.boxes, state.anchors, state.feature_maps, state.input_shape_px,
                match_iou_threshold=state.match.match_iou_threshold,
                max_anchors=max_anchors, on_progress=attempt.progress,
            )  # fmt: skip

        suggestion = await self.perform(work)
        if suggestion is not None:
            self.rest()
            self.suggestion = suggestion


def _blind_px(state: AnchorsState, layer: int | None) -> int:
    sides = np.arange(1, min(state.input_shape_px) + 1, dtype=np.float64)
    threshold = np.float32(state.match.match_iou_threshold)
    # Only squares: the diagonal of a plane of one side after the other.
    for start in range(0, len(sides), 32):
        part = sides[start : start + 32]
        plane = best_iou_by_size(
            state.anchors, state.feature_maps, state.input_shape_px, part, part, state.where, layer
        )
        caught = np.flatnonzero(np.diag(plane) > threshold)
        if len(caught):
            return int(sides[start + caught[0]]) - 1
    return len(sides)
