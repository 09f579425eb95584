"""Scales that overlap from layer to layer, as torchvision's and TensorFlow's SSD take them.

Layer k has the side s_k, and of √(s_k·s_k+1) the only other one: it cannot be chosen freely,
except on the last layer, whose s_k+1 belongs to no layer.
"""

from __future__ import annotations

import math

from explorer.config import AnchorConfig
from explorer.exchange.numerals import DECIMALS, shortest


def scale_chain(config: AnchorConfig) -> list[float]:
    """Return the first size of each layer, and the scale after the last layer's.

    That one gives the last layer's second size to 6 decimals, with as few as will do; it is 1
    if there is no second size.
    """
    firsts = [layer.sizes[0] for layer in config.layers]
    last, *more = config.layers[-1].sizes
    if not more:
        return [*firsts, 1.0]
    wanted = round(more[0], DECIMALS)
    after = shortest(
        more[0] ** 2 / last, lambda scale: round(math.sqrt(last * scale), DECIMALS) == wanted
    )
    return [*firsts, after]
