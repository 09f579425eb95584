"""Where a training step went wrong: looked for only when it has, so a good step pays nothing."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.ssd.boxes import iou
from explorer.ssd.matching import match

Term = Literal["output", "class loss", "box loss", "gradient"]


class NotFiniteError(ArithmeticError):
    """The training diverged to NaN or infinity; the network is the one from before the step."""

    def __init__(
        self,
        text: str,
        term: Term,
        images: tuple[int, ...] = (),
        gt_index: int | None = None,
        parameters: tuple[str, ...] = (),
    ) -> None:
        super().__init__(text)
        self.term: Term = term
        """What was found not to be finite first, in the order of `Term`."""
        self.images = images
        """Rows of the batch in which it is so; empty where that cannot be told."""
        self.gt_index = gt_index
        """For the box loss, the row of the labels of ``images[0]`` that lies worst."""
        self.parameters = parameters
        """For the gradient, those in which it is so."""


def images_not_finite(*arrays: NDArray[np.float32]) -> tuple[int, ...]:
    """Return the images whose part of any of the arrays (B, …) is NaN or infinite."""
    finite = [np.isfinite(array.reshape(len(array), -1)).all(axis=1) for array in arrays]
    return tuple(np.flatnonzero(~np.logical_and.reduce(finite)).tolist())


def worst_ground_truth(
    anchors: NDArray[np.float32],
    labels: NDArray[np.float32],
    error: NDArray[np.float32],
    match_iou_threshold: float,
) -> int | None:
    """Return the ground truth of the anchor with the greatest error; NaN exceeds all.

    Parameters
    ----------
    anchors : (A, 4) float32, corner, normalised
    labels : (G, 5) float32
        Rows of -1 are padding.
    error : (A, 4) float32
        Offsets less their targets, 0 where the anchor is not positive.

    Returns
    -------
    int or None
        A row of `labels`; None if the anchor matches none of them.
    """
    size = np.where(np.isfinite(error), np.abs(error), np.inf).max(axis=1)
    boxes = labels[labels[:, 0] >= 0, 1:]
    gt_index = int(match(iou(anchors, boxes), match_iou_threshold).gt_index[size.argmax()])
    return None if gt_index < 0 else gt_index
