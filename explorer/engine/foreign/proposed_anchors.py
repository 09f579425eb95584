"""Anchors for a detector whose files only say how many there are in a cell."""

from __future__ import annotations

from explorer.config import ANCHOR_PRESETS, AnchorConfig
from explorer.i18n import _
from explorer.mxnet_files.errors import MxnetFileError

_MOST = 16
"""In a cell: two sizes, and the ratios 1, 2, 1/2, 3, 1/3, … 8, 1/8."""


def propose_anchors(num_anchors: tuple[int, ...]) -> AnchorConfig:
    """Return anchors of which there are so many in a cell of each map, finest first.

    They are those of the first preset that has as many, ToySSD's before all others. Where none
    has, sizes grow evenly as ToySSD's do, and a cell has two of them, or one if its number is odd.

    Raises
    ------
    MxnetFileError
        If a cell has more than 16.
    """
    for preset in ANCHOR_PRESETS.values():
        if num_anchors == tuple(layer.num_anchors for layer in preset.layers):
            return preset
    if max(num_anchors) > _MOST:
        text = _(
            "it has {number} anchors in a cell: tell their sizes and ratios to open it, with "
            "--anchors"
        )
        raise MxnetFileError(text.format(number=max(num_anchors)))
    ratios = [1.0, *(ratio for side in range(2, 9) for ratio in (side, round(1 / side, 6)))]
    grown = AnchorConfig.from_scales(0.2, 0.88, len(num_anchors), ratios[:1])
    return AnchorConfig.of(
        [
            layer.sizes[: 2 - number % 2]
            for layer, number in zip(grown.layers, num_anchors, strict=True)
        ],
        [ratios[: number - 1 + number % 2] for number in num_anchors],
    )
