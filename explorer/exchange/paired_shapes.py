"""Cells as the paper has them: two squares, then each ratio together with its inverse.

torchvision and pytorch-ssd make no others.

References
----------
Liu et al. 2016, arXiv:1512.02325, section 2.2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from explorer.config import AnchorLayer
from explorer.exchange.shapes import Shapes


def up_to_inverse(layer: AnchorLayer) -> list[float]:
    """Return the ratios other than 1, without those whose inverse comes before."""
    kept: list[float] = []
    for ratio in layer.ratios:
        there = [1.0, *kept, *(1 / other for other in kept)]
        if not any(math.isclose(ratio, other, rel_tol=1e-5) for other in there):
            kept.append(ratio)
    return kept


def paired_shapes(size: float, after: float, ratios: Sequence[float]) -> Shapes:
    """Return the shapes of a cell, (2 + 2R, 2) width and height, in the unit of the sizes.

    Squares of `size` and √(size · after), and `size` at each ratio and its inverse.
    """
    between = math.sqrt(size * after)
    shapes = [(size, size), (between, between)]
    for ratio in ratios:
        long, short = size * math.sqrt(ratio), size / math.sqrt(ratio)
        shapes += [(long, short), (short, long)]
    return np.array(shapes)
