"""One anchor and its object: the four offsets, raw, scaled by the variances, and decoded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.pages.anchors.scene import AnchorRow, AnchorScene
from explorer.ssd.offsets import decode, encode

Four = tuple[float, float, float, float]


@dataclass(frozen=True)
class AnchorDetail:
    """What the box predictor would learn at one anchor."""

    row: AnchorRow
    gt: int
    """The object it is matched with, or else its best one."""
    matched: bool
    box_px: Four
    gt_px: Four
    decoded_px: Four
    """corner, px: the anchor, the object, and what the offsets give back."""
    raw: Four
    """(Δx / w, Δy / h, log w ratio, log h ratio)."""
    scaled: Four
    """The same, divided by the variances: the target of the box predictor."""


def anchor_detail(scene: AnchorScene) -> AnchorDetail | None:
    """Return the selected anchor's; None without an object to compare it with."""
    if not scene.state.objects:
        return None
    number = scene.anchor
    matching = scene.replay.targets.matching
    matched = bool(matching.gt_index[number] >= 0)
    gt = int(matching.gt_index[number] if matched else matching.best_gt[number])
    anchor, box = scene.grid.boxes[number][None], scene.labels[gt, 1:][None]
    variances = scene.state.match.variances
    raw, scaled = encode(anchor, box, (1.0, 1.0, 1.0, 1.0)), encode(anchor, box, variances)
    decoded = decode(anchor, scaled, variances)
    return AnchorDetail(
        row=scene.row(number),
        gt=gt,
        matched=matched,
        box_px=_four(anchor[0] * scene.scale_px),
        gt_px=_four(box[0] * scene.scale_px),
        decoded_px=_four(decoded[0] * scene.scale_px),
        raw=_four(raw[0]),
        scaled=_four(scaled[0]),
    )


def _four(values: NDArray[np.float32]) -> Four:
    first, second, third, fourth = (float(value) for value in values)
    return first, second, third, fourth
