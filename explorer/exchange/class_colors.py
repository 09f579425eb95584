"""The colour of each class, the same on a page and in a file."""

from __future__ import annotations

CLASS_COLORS = (
    "#D55E00",
    "#0072B2",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#F0E442",
    "#000000",
)
"""Okabe and Ito's, safe for colour-blind users, without the colour of the ground truth."""


def class_color(class_id: int) -> str:
    """Return the colour of a class as ``#RRGGBB``; the eighth has that of the first again."""
    return CLASS_COLORS[class_id % len(CLASS_COLORS)]


def ink_on(color: str) -> str:
    """Return "black" or "white", whichever has more contrast on ``#RRGGBB``.

    Source: the contrast of WCAG 2, (lighter + 0.05) / (darker + 0.05) of the relative luminances.
    """
    red, green, blue = ((int(color[at : at + 2], 16) / 255) ** 2.2 for at in (1, 3, 5))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "black" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "white"
