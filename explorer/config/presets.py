"""Anchor configurations that have a name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from explorer.config.anchors import AnchorConfig
from explorer.i18n import _


def _of_paper(input_px: int, bounds_px: Sequence[float]) -> AnchorConfig:
    """Build from the min_size of each layer, in px, and after them the last layer's max_size.

    A layer's max_size is the next one's min_size. The first and the last two layers have
    three ratios, those between five.
    """
    sizes = [
        [round(low / input_px, 6), round(math.sqrt(low * high) / input_px, 6)]
        for low, high in pairwise(bounds_px)
    ]
    few = [1, 2, 0.5]
    many = [*few, 3, round(1 / 3, 6)]
    return AnchorConfig.of(sizes, [few, *[many] * (len(sizes) - 3), few, few])


TOY_SSD = AnchorConfig.of(
    sizes=[[0.2, 0.272], [0.37, 0.447], [0.54, 0.619], [0.71, 0.79], [0.88, 0.961]],
    ratios=[1, 2, 0.5],
)
"""The tutorial's anchors: 4 per cell, 5,444 at 256 px."""

CREATURE = AnchorConfig.of(
    sizes=[[0.15, 0.2], [0.272, 0.33], [0.4, 0.47], [0.6, 0.7], [0.88, 0.961]],
    ratios=[1, 0.67, 0.5],
)
"""Anchors for the creature set, whose figure is taller than wide and often small."""

SSD300 = _of_paper(300, (30, 60, 111, 162, 213, 264, 315))
"""Sizes and ratios of the paper's SSD300, carried onto six of ToySSD's feature maps.

As weiliu89/caffe sets them for Pascal VOC (min_size and max_size in examples/ssd/ssd_pascal.py),
relative to the input and rounded to 6 decimals. The maps are ToySSD's, not VGG's: at 300 px
their sides are 37, 18, 9, 4, 2, 1, the paper's 38, 19, 10, 5, 3, 1.

References
----------
Liu et al. 2016, arXiv:1512.02325, sections 2.2 and 3.1.
"""

SSD512 = _of_paper(512, (35.84, 76.8, 153.6, 230.4, 307.2, 384.0, 460.8, 537.6))
"""Sizes and ratios of the paper's SSD512, carried onto seven of ToySSD's feature maps.

As for `SSD300`. At 512 px the maps' sides are the paper's: 64, 32, 16, 8, 4, 2, 1.
"""

ANCHOR_PRESETS: dict[str, AnchorConfig] = {
    "toy-ssd": TOY_SSD,
    "creature": CREATURE,
    "ssd300": SSD300,
    "ssd512": SSD512,
}


def anchor_preset(name: str) -> AnchorConfig:
    """Return the preset called `name`; raise `ValueError` with the known names otherwise."""
    try:
        return ANCHOR_PRESETS[name]
    except KeyError:
        known = ", ".join(sorted(ANCHOR_PRESETS))
        text = _("no anchor preset is called {name!r}; known are: {known}")
        raise ValueError(text.format(name=name, known=known)) from None


def preset_name(anchors: AnchorConfig) -> str | None:
    """Return the name of the preset that `anchors` equal; None if they are somebody's own."""
    return next((name for name, preset in ANCHOR_PRESETS.items() if preset == anchors), None)
