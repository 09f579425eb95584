"""Two numbers compared in text, with as many digits as tell them apart."""

from __future__ import annotations

MOST_DIGITS = 6


def digits_apart(number: float, other: float) -> int:
    """Return how many digits after the point, at least 2, two numbers need to look different.

    Equal numbers need no more than 2.
    """
    for digits in range(2, MOST_DIGITS):
        if number == other or f"{number:.{digits}f}" != f"{other:.{digits}f}":
            return digits
    return MOST_DIGITS


def compared(number: float, threshold: float, least_digits: int = 2) -> str:
    """Return how a number lies to a threshold: "0.43 < 0.50", or "0.52 ≥ 0.45"."""
    digits = max(least_digits, digits_apart(number, threshold))
    sign = "≥" if number >= threshold else "<"
    return f"{number:.{digits}f} {sign} {threshold:.{digits}f}"
