"""Two squares as min and max, px: the second has the side √(min · max)."""

from __future__ import annotations

import math

from explorer.exchange.numerals import DECIMALS, shortest


def min_px(size: float, height: int) -> float:
    """Return the shortest min that is read back as `size`, which is relative to the height."""
    wanted = round(size, DECIMALS)
    return shortest(size * height, lambda px: round(px / height, DECIMALS) == wanted)


def max_px(size: float, height: int, low_px: float) -> float:
    """Return the shortest max of which, with the min `low_px`, `size` is read back."""
    wanted = round(size, DECIMALS)
    return shortest(
        (size * height) ** 2 / low_px,
        lambda px: round(math.sqrt(low_px * px) / height, DECIMALS) == wanted,
    )
