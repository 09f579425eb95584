"""Does MXNet compute the same? The anchors page's comparison with the real operators."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.i18n import _
from explorer.pages.anchors.replay import stand_in_scores
from explorer.pages.anchors.scene import AnchorScene

OFFSET_TOLERANCE = 1e-4
"""Logarithms of two libraries differ in their last bits."""


@dataclass(frozen=True)
class MatchingAgreement:
    """Of how many anchors MXNet says something else."""

    num_anchors: int
    num_moved: int
    num_matched_otherwise: int
    num_other_offsets: int

    @property
    def equal(self) -> bool:
        """MXNet says the same of every anchor."""
        return self.num_moved + self.num_matched_otherwise + self.num_other_offsets == 0

    @property
    def text(self) -> str:
        """One line for the page."""
        if self.equal:
            return _("equal to MXNet's operator ✓")
        return _(
            "differs from MXNet's operator: of {all:,} anchors {moved:,} lie elsewhere, "
            "{matched:,} have another target, {offsets:,} other offsets",
            moved=self.num_moved,
            all=self.num_anchors,
            matched=self.num_matched_otherwise,
            offsets=self.num_other_offsets,
        )


def compare_with_mxnet(scene: AnchorScene) -> MatchingAgreement:
    """Compute the anchors and the targets of `scene` with MXNet, and compare.

    All of the result is compared: positives, what mining chose, classes and offsets. The first
    call imports MXNet, which takes more than a second: not before the page is drawn, and not on
    its event loop.
    """
    from explorer.engine.operators import multibox_prior, multibox_target

    grid, targets = scene.grid, scene.replay.targets
    anchors = np.concatenate(
        [
            multibox_prior(each.shape, layer.sizes, layer.ratios, each.steps(grid.input_shape_px))
            for each, layer in zip(grid.feature_maps, grid.config.layers, strict=True)
        ]
    )
    moved = (anchors != grid.boxes).any(axis=1)
    labels = scene.labels
    scores = stand_in_scores(scene.replay.iou, labels)
    offsets, _mask, cls_target = multibox_target(
        anchors, labels[None], scores[None], scene.state.match
    )
    otherwise = cls_target[0] != targets.cls_target
    apart = np.abs(offsets.reshape(-1, 4) - targets.offsets).max(axis=1) > OFFSET_TOLERANCE
    return MatchingAgreement(len(anchors), int(moved.sum()), int(otherwise.sum()), int(apart.sum()))
