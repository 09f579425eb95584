"""Does MXNet compute the same? The anchors page's comparison with the real operators."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.config import MatchConfig
from explorer.i18n import _
from explorer.viewmodels.anchor_scene import AnchorScene

__all__ = ["Agreement", "compare_with_mxnet"]


@dataclass(frozen=True)
class Agreement:
    """How many anchors MXNet places elsewhere, or matches otherwise, of how many."""

    num_anchors: int
    num_moved: int
    num_matched_otherwise: int

    @property
    def equal(self) -> bool:
        """MXNet says exactly the same."""
        return self.num_moved == 0 and self.num_matched_otherwise == 0

    @property
    def text(self) -> str:
        """One line for the page."""
        if self.equal:
            return _("equal to MXNet's operator ✓")
        return _(
            "differs from MXNet's operator: {moved:,} of {all:,} anchors lie elsewhere, "
            "{matched:,} are matched otherwise"
        ).format(moved=self.num_moved, all=self.num_anchors, matched=self.num_matched_otherwise)


def compare_with_mxnet(scene: AnchorScene, gt_box: tuple[float, float, float, float]) -> Agreement:
    """Compute the anchors and the matching of `scene` with MXNet, and compare.

    The first call imports MXNet, which takes more than a second: not before the page is
    drawn, and not on its event loop.
    """
    from explorer.net.operators import multibox_prior, multibox_target

    grid = scene.grid
    anchors = np.concatenate(
        [
            multibox_prior(shape, layer.sizes, layer.ratios)
            for shape, layer in zip(grid.map_shapes, grid.config.layers, strict=True)
        ]
    )
    moved = (anchors != grid.boxes).any(axis=1)
    labels = np.array([[[0.0, *gt_box]]], np.float32)
    scores = np.zeros((1, len(anchors), 2), np.float32)
    config = MatchConfig(match_iou_threshold=scene.match_iou_threshold)
    positive = multibox_target(anchors, labels, scores, config)[2][0] > 0
    otherwise = positive != scene.matching.positive
    return Agreement(len(anchors), int(moved.sum()), int(otherwise.sum()))
