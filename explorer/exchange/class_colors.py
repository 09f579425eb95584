"""The colour of each class, the same on a page and in a file."""

from __future__ import annotations

__all__ = ["CLASS_COLORS", "class_color"]

CLASS_COLORS = (
    "#D55E00",
    "#0072B2",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#F0E442",
    "#000000",
)
"""Okabe and Ito's, safe for colour-blind readers, without the green of the ground truth."""


def class_color(class_id: int) -> str:
    """Return the colour of a class as ``#RRGGBB``; the eighth has that of the first again."""
    return CLASS_COLORS[class_id % len(CLASS_COLORS)]
