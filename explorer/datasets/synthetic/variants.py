"""The synthetic data sets by name, and what the scenes of each hold; light, for lists of names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """What the scenes of a variant hold."""

    species: tuple[str, ...]
    """One class each."""
    num_objects: tuple[int, int] = (1, 1)
    """(least, most)."""
    heights_px: tuple[float, float] = (29.0, 190.0)
    """(least, most): heights are spread evenly over their logarithm."""


VARIANTS = {
    "creature": Recipe(species=("creature",)),
    "creature-two": Recipe(species=("creature", "sprout")),
    "creature-many": Recipe(
        species=("creature", "sprout", "puff"), num_objects=(0, 6), heights_px=(29.0, 120.0)
    ),
}
"""New ones go to the end: an entry's place is part of the seed of its images."""
