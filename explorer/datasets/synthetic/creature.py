"""The figures of the synthetic data sets: who they are, in ellipsoids.

All are our own. A figure stands on y = 0, is about 2 units high and looks along +z.
Its pose and its tint vary a little from one individual to the next.
"""

from __future__ import annotations

import colorsys
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.synthetic.ellipsoids import Ellipsoid, Vector
from explorer.i18n import _

WHITE = (0.95, 0.95, 0.92)
BLACK = (0.015, 0.015, 0.02)

TEAL = (0.03, 0.36, 0.36)
DEEP_TEAL = (0.012, 0.15, 0.19)
CREAM = (0.86, 0.70, 0.42)
CORAL = (0.86, 0.13, 0.08)

RADISH = (0.75, 0.05, 0.22)
PALE = (0.92, 0.68, 0.66)
LEAF = (0.10, 0.42, 0.04)
DARK_LEAF = (0.05, 0.24, 0.03)

GOLD = (0.90, 0.48, 0.04)
COCOA = (0.13, 0.05, 0.02)


def draw_individual(species: str, rng: np.random.Generator) -> tuple[Ellipsoid, ...]:
    """Return one individual of a species; the same state of `rng` gives the same one."""
    pose = rng.uniform(-1.0, 1.0, size=4)
    if species not in SPECIES:
        text = _("no species is called {species!r}; known are: {names}")
        raise ValueError(text.format(species=species, names=", ".join(SPECIES)))
    parts = SPECIES[species](pose)
    hue, saturation, value = rng.uniform(-1.0, 1.0, size=3) * (0.018, 0.12, 0.12)
    return tuple(
        replace(part, colour=_tinted(part.colour, hue, 1 + saturation, 1 + value)) for part in parts
    )


def _creature(pose: NDArray[np.float64]) -> list[Ellipsoid]:
    """Return the creature: two antennae, fin ears, a cream belly, coral feet, a curled tail."""
    arm, nod, sway, wag = pose
    head = 0.05 * nod
    return [
        Ellipsoid((0, 0.70, 0), (0.42, 0.60, 0.38), TEAL),
        Ellipsoid((0, 0.66, 0.13), (0.31, 0.47, 0.29), CREAM, gloss=0.1),
        Ellipsoid((0, 0.98, -0.10), (0.35, 0.055, 0.31), DEEP_TEAL),
        Ellipsoid((0, 0.74, -0.13), (0.38, 0.060, 0.31), DEEP_TEAL),
        Ellipsoid((0, 0.50, -0.10), (0.37, 0.055, 0.31), DEEP_TEAL),
        Ellipsoid((0, 1.40, 0.03), (0.42, 0.36, 0.37), TEAL),
        Ellipsoid((0, 1.29, 0.30 + head), (0.19, 0.12, 0.12), CREAM, gloss=0.1),
        Ellipsoid((0, 1.345, 0.415 + head), (0.055, 0.042, 0.04), CORAL, gloss=0.6),
        *_both(
            # eyes: white, pupil, glint
            Ellipsoid((0.165, 1.47, 0.30), (0.115, 0.145, 0.09), WHITE, gloss=0.5),
            Ellipsoid((0.160, 1.465, 0.365), (0.070, 0.095, 0.045), BLACK, gloss=0.9),
            Ellipsoid((0.185, 1.505, 0.405), (0.022, 0.026, 0.012), WHITE),
            Ellipsoid((0.30, 1.31, 0.25), (0.075, 0.055, 0.06), CORAL, gloss=0.1),
            # fin ears, their inside showing at the front
            Ellipsoid((0.47, 1.55, -0.02), (0.21, 0.11, 0.05), TEAL, (0, 0, 35 + 6 * nod)),
            Ellipsoid((0.48, 1.555, 0.02), (0.15, 0.065, 0.03), CORAL, (0, 0, 35 + 6 * nod), 0.1),
            # feet
            Ellipsoid((0.22, 0.11, 0.10), (0.17, 0.11, 0.25), CORAL),
        ),
        # antennae sway together
        *_antenna(0.17, -14 - 7 * sway),
        *_antenna(-0.17, 14 - 7 * sway),
        *_arm(0.42, 24 + 13 * arm),
        *_arm(-0.42, -24 + 9 * arm),
        Ellipsoid((0.03 * wag, 0.30, -0.40), (0.15, 0.13, 0.20), TEAL),
        Ellipsoid((0.07 * wag, 0.36, -0.60), (0.12, 0.12, 0.14), TEAL),
        Ellipsoid((0.11 * wag, 0.50, -0.70), (0.10, 0.14, 0.10), DEEP_TEAL),
        Ellipsoid((0.15 * wag, 0.66, -0.70), (0.12, 0.15, 0.12), CORAL),
    ]


def _antenna(root: float, lean: float) -> list[Ellipsoid]:
    angle = np.radians(lean)
    x, y = -np.sin(angle), np.cos(angle)
    return [
        Ellipsoid(
            (root + 0.2 * x, 1.70 + 0.2 * y, 0), (0.040, 0.24, 0.040), DEEP_TEAL, (0, 0, lean)
        ),
        Ellipsoid((root + 0.46 * x, 1.70 + 0.46 * y, 0), (0.10, 0.10, 0.10), CORAL, gloss=0.6),
    ]


def _arm(shoulder: float, lift: float) -> list[Ellipsoid]:
    angle = np.radians(lift)
    x, y = np.sin(angle), -np.cos(angle)
    return [
        Ellipsoid(
            (shoulder + 0.18 * x, 0.98 + 0.18 * y, 0.08), (0.10, 0.25, 0.11), TEAL, (0, 0, lift)
        ),
        Ellipsoid((shoulder + 0.42 * x, 0.98 + 0.42 * y, 0.10), (0.105, 0.10, 0.11), CREAM),
    ]


def _sprout(pose: NDArray[np.float64]) -> list[Ellipsoid]:
    """Return the sprout: a radish with a pale root, one big eye and three broad leaves."""
    lean, spread, look, _ = pose
    leaves = []
    for azimuth in (20.0, 140.0, 260.0):
        turn = np.radians(azimuth + 12 * lean)
        outward = np.array([np.sin(turn), 0.0, np.cos(turn)])
        tilt = 38 + 7 * spread
        middle = np.array([0, 1.28, 0]) + 0.42 * (
            np.sin(np.radians(tilt)) * outward + np.array([0, np.cos(np.radians(tilt)), 0])
        )
        facing = (tilt, azimuth + 12 * lean, 0.0)
        leaves.append(Ellipsoid(_vector(middle), (0.23, 0.44, 0.05), LEAF, facing, 0.2))
        leaves.append(
            Ellipsoid(
                _vector(middle + np.array([0, 0.02, 0])), (0.035, 0.40, 0.055), DARK_LEAF, facing
            )
        )
    return [
        Ellipsoid((0, 0.72, 0), (0.62, 0.54, 0.60), RADISH, gloss=0.4),
        Ellipsoid((0, 0.44, 0), (0.50, 0.36, 0.48), PALE, gloss=0.3),
        Ellipsoid((0, 1.26, 0), (0.13, 0.16, 0.13), LEAF),
        *leaves,
        Ellipsoid((0, 0.84, 0.47), (0.22, 0.23, 0.15), WHITE, gloss=0.5),
        Ellipsoid((0.05 * look, 0.83, 0.585), (0.11, 0.125, 0.06), BLACK, gloss=0.9),
        Ellipsoid((0.05 * look + 0.04, 0.885, 0.64), (0.032, 0.036, 0.015), WHITE),
        Ellipsoid((0, 0.56, 0.535), (0.13, 0.035, 0.05), (0.30, 0.01, 0.05), gloss=0.1),
        *_both(Ellipsoid((0.24, 0.07, 0.08), (0.15, 0.09, 0.20), PALE, gloss=0.1)),
    ]


def _puff(pose: NDArray[np.float64]) -> list[Ellipsoid]:
    """Return the puff: a round golden bird with a dark crest, stub wings and a fan tail."""
    flap, crest, look, _ = pose
    return [
        Ellipsoid((0, 0.86, 0), (0.72, 0.70, 0.68), GOLD, gloss=0.1),
        Ellipsoid((0, 0.68, 0.20), (0.54, 0.46, 0.52), CREAM, gloss=0.1),
        Ellipsoid((0, 0.98, 0.70), (0.11, 0.07, 0.16), CORAL, gloss=0.5),
        *_both(
            Ellipsoid((0.24, 1.14, 0.53), (0.15, 0.16, 0.10), WHITE, gloss=0.5),
            Ellipsoid((0.24 + 0.02 * look, 1.13, 0.605), (0.08, 0.09, 0.05), BLACK, gloss=0.9),
            Ellipsoid((0.27, 1.17, 0.645), (0.025, 0.028, 0.014), WHITE),
            Ellipsoid((0.72, 0.84, -0.02), (0.10, 0.34, 0.26), COCOA, (0, 0, 28 + 16 * flap)),
            Ellipsoid((0.20, 0.08, 0.14), (0.12, 0.08, 0.22), CORAL),
            Ellipsoid((0.14, 1.62, -0.04), (0.06, 0.22, 0.05), COCOA, (0, 0, -32 - 8 * crest)),
            Ellipsoid((0.17, 0.62, -0.76), (0.11, 0.05, 0.30), COCOA, (20, -18, 0)),
        ),
        Ellipsoid((0, 1.68, -0.04), (0.06, 0.24, 0.05), COCOA),
        Ellipsoid((0, 0.64, -0.78), (0.11, 0.05, 0.32), COCOA, (20, 0, 0)),
    ]


SPECIES = {"creature": _creature, "sprout": _sprout, "puff": _puff}
"""What gives the figure of each in a pose, four numbers from -1 to 1."""


def _both(*parts: Ellipsoid) -> list[Ellipsoid]:
    """Return the parts and their mirror images on the figure's other side."""
    mirrored = []
    for part in parts:
        x, y, z = part.centre
        about_x, about_y, about_z = part.turn
        mirrored.append(replace(part, centre=(-x, y, z), turn=(about_x, -about_y, -about_z)))
    return [*parts, *mirrored]


def _tinted(colour: Vector, hue: float, saturation: float, value: float) -> Vector:
    own_hue, own_saturation, own_value = colorsys.rgb_to_hsv(*colour)
    return colorsys.hsv_to_rgb(
        (own_hue + hue) % 1.0, min(own_saturation * saturation, 1.0), min(own_value * value, 1.0)
    )


def _vector(values: NDArray[np.float64]) -> Vector:
    x, y, z = (float(value) for value in values)
    return (x, y, z)
