"""The part of `Engine` that needs no network: its anchors, and what they learn of objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.config import AnchorConfig, FeatureMap, MapShape, MatchConfig
from explorer.i18n import _
from explorer.ssd.anchors import AnchorGrid, anchor_grid
from explorer.ssd.boxes import check_boxes, iou
from explorer.ssd.matching import Matching, match
from explorer.ssd.targets import Targets, assign_targets, check_relative


class Matcher:
    """Anchors on feature maps, their matching with objects, and the targets that follow.

    Parameters
    ----------
    anchors : AnchorConfig
    feature_maps : FeatureMap of each layer
    input_shape_px : (height, width)
    config : MatchConfig, optional
        What `match` and `targets` use where they are given no other.
    num_classes : int, optional
        Without it any class is taken.
    """

    def __init__(
        self,
        anchors: AnchorConfig,
        feature_maps: Sequence[FeatureMap],
        input_shape_px: MapShape,
        config: MatchConfig | None = None,
        num_classes: int | None = None,
    ) -> None:
        self._matching = config or MatchConfig()
        self._num_classes = num_classes
        self._grid = anchor_grid(anchors, feature_maps, input_shape_px)

    def anchors(self) -> AnchorGrid:
        """Return all anchors, each with its layer, row, column and shape index."""
        return self._grid

    def iou(self, gt_boxes: Any) -> NDArray[np.float32]:
        """Return the IoU of each anchor with each ground truth, (A, G) float32.

        Parameters
        ----------
        gt_boxes : (G, 4), corner, normalised; G may be 0

        Raises
        ------
        ValueError
            If a box is inverted, not finite or in pixels.
        """
        given = np.asarray(gt_boxes, np.float32)
        boxes = check_boxes(given.reshape(0, 4) if given.size == 0 else given, "gt_boxes")
        check_relative(boxes, "gt_boxes")
        return iou(self._grid.boxes, boxes)

    def match(
        self, gt_boxes: Any, gt_classes: Any = None, config: MatchConfig | None = None
    ) -> Matching:
        """Assign anchors to ground truths, and say why.

        Parameters
        ----------
        gt_boxes : (G, 4), corner, normalised; G may be 0
        gt_classes : (G,) int, optional
            Checked only: matching looks at boxes alone.
        config : MatchConfig, optional

        Returns
        -------
        Matching
            Per anchor its ground truth or -1, the best IoU, and the kind of match.

        Raises
        ------
        ValueError
            If a box is inverted, not finite or in pixels, or a class is out of range.
        """
        quality = self.iou(gt_boxes)
        if gt_classes is not None:
            self._check_classes(np.asarray(gt_classes, np.int64).reshape(-1), quality.shape[1])
        return match(quality, (config or self._matching).match_iou_threshold)

    def targets(
        self,
        labels: ArrayLike,
        class_scores: ArrayLike | None = None,
        config: MatchConfig | None = None,
    ) -> Targets:
        """Match the ground truths of one image, and make what the loss compares with.

        Parameters
        ----------
        labels : (G, 5) float32
            class_id, xmin, ymin, xmax, ymax, normalised; the first row of -1 ends the list.
        class_scores : (A, C + 1) float32, optional
            Before softmax; needed for mining only.
        config : MatchConfig, optional

        Raises
        ------
        ValueError
            If `labels` is malformed, or mining lacks scores or finds too few negatives.
        """
        return assign_targets(self._grid.boxes, labels, config or self._matching, class_scores)

    def _check_classes(self, classes: NDArray[np.int64], num_boxes: int) -> None:
        if len(classes) != num_boxes:
            text = _("{num_boxes} gt_boxes but {num_classes} gt_classes")
            raise ValueError(text.format(num_boxes=num_boxes, num_classes=len(classes)))
        most = np.inf if self._num_classes is None else self._num_classes
        if ((classes < 0) | (classes >= most)).any():
            text = _("gt_classes must be 0..{last}, got {values}")
            raise ValueError(text.format(last=most - 1, values=classes.tolist()))
