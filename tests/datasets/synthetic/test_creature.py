from __future__ import annotations

import numpy as np
import pytest

from explorer.datasets.synthetic.creature import SPECIES, draw_individual
from explorer.datasets.synthetic.ellipsoids import Light, View, trace


@pytest.mark.parametrize("species", SPECIES)
def test_a_seed_is_an_individual(species: str) -> None:
    one, again, other = (
        draw_individual(species, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert one == again
    assert one != other
    assert len(one) == len(other)
    for part in (*one, *other):
        assert min(part.radii) > 0
        assert all(0 <= channel <= 1 for channel in part.colour)


@pytest.mark.parametrize("species", SPECIES)
def test_a_figure_stands_on_the_ground_and_is_about_two_high(species: str) -> None:
    for seed in range(5):
        parts = draw_individual(species, np.random.default_rng(seed))
        assert min(part.centre[1] - part.radii[1] for part in parts) == pytest.approx(0, abs=0.06)
        assert 1.5 < max(part.centre[1] + min(part.radii) for part in parts) < 2.5


def test_the_creature_is_taller_than_wide_from_all_around() -> None:
    shapes = np.array(
        [
            trace(
                draw_individual("creature", np.random.default_rng(step)),
                View(azimuth=step * 30, elevation=10),
                Light(),
                60,
                samples=1,
            ).shape[:2]
            for step in range(12)
        ]
    )
    ratios = shapes[:, 1] / shapes[:, 0]
    assert ratios.max() < 0.75
    assert 0.5 < ratios.mean() < 0.68


def test_individuals_look_like_their_own_species() -> None:
    colours = np.zeros((len(SPECIES), 6, 3))
    for row, species in enumerate(SPECIES):
        for seed in range(6):
            parts = draw_individual(species, np.random.default_rng(seed))
            image = trace(parts, View(azimuth=seed * 60), Light(), 40, samples=1)
            colours[row, seed] = image[..., :3][image[..., 3] == 255].mean(axis=0)
    means = colours.mean(axis=1)
    distances = np.linalg.norm(colours[:, :, None] - means, axis=-1)
    expected = np.repeat(np.arange(len(SPECIES))[:, None], 6, axis=1)
    np.testing.assert_array_equal(distances.argmin(axis=-1), expected)


def test_an_unknown_species() -> None:
    with pytest.raises(ValueError, match="known are: creature, sprout, puff"):
        draw_individual("dragon", np.random.default_rng())
