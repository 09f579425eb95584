"""Numbers as text, no longer than needed."""

from __future__ import annotations

from collections.abc import Callable

DECIMALS = 6
"""Sizes and ratios that are computed from another library's numbers are rounded to these.

Half of the last decimal is 0.0005 px at the largest input, 1024 px.
"""


def exact(value: float) -> str:
    """Return the shortest text that Python reads as the same number; 1, not 1.0."""
    return repr(float(value)).removesuffix(".0")


def single(value: float) -> str:
    """Return `value` with the 9 digits that single precision, used by the others, can hold."""
    return f"{value:.9g}"


def shortest(value: float, serves: Callable[[float], bool]) -> float:
    """Return `value` rounded to the fewest decimals with which it still `serves`.

    So a number that someone chose comes back from one that was rounded after it was used: 60,
    not 59.9997, from √(30·60) to 4 decimals.
    """
    for decimals in range(3 * DECIMALS):
        if serves(round(value, decimals)):
            return round(value, decimals)
    return value
