"""Where a box comes from: its anchor, its cell and map, and what the network said there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.pages.detect.reading import Reading
from explorer.ssd.boxes import iou
from explorer.ssd.detection import Stage
from explorer.ssd.offsets import decode

Four = tuple[float, float, float, float]


@dataclass(frozen=True)
class OffsetRow:
    """One of the four numbers that move an anchor."""

    name: str
    """What it moves."""
    raw: float
    """As the network said it."""
    variance: float
    effect: str
    """What it does, in words and px."""

    @property
    def scaled(self) -> float:
        """`raw` times `variance`."""
        return self.raw * self.variance


@dataclass(frozen=True)
class Provenance:
    """All that is known of one anchor's box; px are the picture's."""

    anchor: int
    layer: int
    row: int
    column: int
    shape: int
    """Its place among all anchors; layer 0 is the finest map."""
    map_shape: tuple[int, int]
    """(height, width)."""
    num_shapes: int
    """Anchors in a cell of that map."""
    anchor_px: Four
    cell_px: Four
    box_px: Four
    """corner: `box_px` is the decoded box, cut at the border if the page does so."""
    moved_iou: float
    """IoU of the anchor with the box as decoded, before it is cut."""
    offsets: tuple[OffsetRow, OffsetRow, OffsetRow, OffsetRow]
    class_names: tuple[str, ...]
    """The background first; hostile until escaped."""
    class_prob: NDArray[np.float32]
    """(C + 1,) float32."""
    best: int
    """Column of the best foreground class."""
    also: tuple[tuple[str, float], ...]
    """Other classes, hostile until escaped, and their scores, that the box was kept for; only
    where an anchor may name several.
    """
    sum_to_one: bool
    """Whether the probabilities do; else each stands for itself."""
    stage: Stage
    suppressed_by: int
    """The anchor that suppressed it, or -1."""
    suppressed_iou: float
    measure: str
    """What that is called."""

    @property
    def score(self) -> float:
        """Probability of the best foreground class."""
        return float(self.class_prob[self.best])

    @property
    def class_name(self) -> str:
        """The best foreground class: hostile until escaped."""
        return self.class_names[self.best]


def provenance(reading: Reading, anchor: int) -> Provenance:
    """Explain the box of `anchor`, whether it became a detection or not.

    Raises
    ------
    ValueError
        If there is no such anchor.
    """
    grid, config = reading.grid, reading.config
    if not 0 <= anchor < len(grid):
        text = _("anchor must be from 0 to {last}, got {anchor}")
        raise ValueError(text.format(last=len(grid) - 1, anchor=anchor))
    layer, row, column = int(grid.layer[anchor]), int(grid.row[anchor]), int(grid.column[anchor])
    feature_map = grid.feature_maps[layer]
    picture = reading.picture
    scale = np.array([picture.width_px, picture.height_px] * 2, np.float32)
    raw = reading.output.offsets[anchor]
    decoded = decode(grid.boxes[anchor : anchor + 1], raw[None], reading.variances)
    shown = np.clip(decoded, 0, 1) if config.clip else decoded
    down, across = np.divide(feature_map.stride_px, grid.input_shape_px)
    cell = np.array([column, row, column + 1, row + 1]) * [across, down, across, down]
    prob = reading.class_prob[anchor]
    found = reading.detections
    return Provenance(
        anchor=anchor,
        layer=layer,
        row=row,
        column=column,
        shape=int(grid.shape[anchor]),
        map_shape=feature_map.shape,
        num_shapes=int(grid.shape[grid.layer == layer].max()) + 1,
        anchor_px=_four(grid.boxes[anchor] * scale),
        cell_px=_four(cell * scale),
        box_px=_four(shown[0] * scale),
        moved_iou=float(iou(grid.boxes[anchor : anchor + 1], decoded)[0, 0]),
        offsets=_offset_rows(grid.boxes[anchor] * scale, raw, reading.variances),
        class_names=(_("background"), *reading.class_names),
        class_prob=prob,
        best=int(prob[1:].argmax()) + 1,
        also=tuple(
            (reading.class_names[class_id], score)
            for class_id, score in zip(
                found.class_id[found.anchor == anchor].tolist(),
                found.score[found.anchor == anchor].tolist(),
                strict=True,
            )
            if class_id != prob[1:].argmax()
        ),
        sum_to_one=reading.engine.detector.class_activation == "softmax",
        stage=Stage(int(found.stage[anchor])),
        suppressed_by=int(found.suppressed_by[anchor]),
        suppressed_iou=float(found.suppressed_iou[anchor]),
        measure=config.nms_measure,
    )


def _offset_rows(
    anchor_px: NDArray[np.float32], raw: NDArray[np.float32], variances: Four
) -> tuple[OffsetRow, OffsetRow, OffsetRow, OffsetRow]:
    width, height = (float(side) for side in anchor_px[2:] - anchor_px[:2])
    names = (_("centre x"), _("centre y"), _("width"), _("height"))
    sides = (width, height, width, height)
    ways = ((_("right"), _("left")), (_("down"), _("up")))
    rows = []
    for number, (name, side, variance) in enumerate(zip(names, sides, variances, strict=True)):
        value = float(raw[number])
        if number < 2:
            shift = value * variance * side
            effect = _("{px} px {way}: {share} of its {side}").format(
                px=f"{abs(shift):.1f}",
                way=ways[number][shift < 0],
                share=f"{abs(value * variance):.0%}",
                side=_("width") if number == 0 else _("height"),
            )
        else:
            factor = float(np.exp(value * variance))
            effect = _("× {factor}: {before} px become {after} px").format(
                factor=f"{factor:.2f}", before=f"{side:.0f}", after=f"{side * factor:.0f}"
            )
        rows.append(OffsetRow(name, value, variance, effect))
    return rows[0], rows[1], rows[2], rows[3]


def _four(values: NDArray[np.float32]) -> Four:
    first, second, third, fourth = (float(value) for value in values)
    return first, second, third, fourth
