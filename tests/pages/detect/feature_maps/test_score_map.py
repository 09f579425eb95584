from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.pages.detect.feature_maps.score_map import ANY_CLASS, best_scores, score_map
from tests.pages.detect.readings import ENGINE, quiet_scores, random_reading, reading_of

GRID = ENGINE.anchors()


def test_the_best_anchor_of_a_cell_speaks_for_it() -> None:
    scores = quiet_scores()
    here = np.flatnonzero((GRID.layer == 0) & (GRID.row == 2) & (GRID.column == 5))
    scores[here[1]] = np.log([0.5, 0.4, 0.1])
    scores[here[3]] = np.log([0.3, 0.1, 0.6])
    reading = reading_of(scores)

    best = score_map(reading, 0)
    assert best.score.shape == (8, 8)
    assert best.score[2, 5] == pytest.approx(0.6)
    assert best.anchor[2, 5] == here[3]
    cats = score_map(reading, 0, class_id=0)
    assert cats.score[2, 5] == pytest.approx(0.4)
    assert cats.anchor[2, 5] == here[1]
    best.score[2, 5] = 0
    assert best.score.max() < 1e-6
    assert best_scores(reading)[0] == pytest.approx(0.6)
    assert best_scores(reading, class_id=0)[0] == pytest.approx(0.4)
    assert max(best_scores(reading)[1:]) < 1e-6


@given(seed=st.integers(0, 2**32 - 1), class_id=st.sampled_from([ANY_CLASS, 0, 1]))
def test_every_cell_names_an_anchor_of_its_own(seed: int, class_id: int) -> None:
    reading = random_reading(seed)
    for layer, (height, width) in enumerate(GRID.map_shapes):
        seen = score_map(reading, layer, class_id)
        assert (GRID.layer[seen.anchor] == layer).all()
        assert (GRID.row[seen.anchor] == np.arange(height)[:, None]).all()
        assert (GRID.column[seen.anchor] == np.arange(width)).all()
        said = reading.class_prob[seen.anchor, 1:]
        expected = said.max(axis=2) if class_id == ANY_CLASS else said[..., class_id]
        np.testing.assert_array_equal(seen.score, expected)
        assert seen.score.max() == best_scores(reading, class_id)[layer]


def test_the_cell_at_a_point() -> None:
    seen = score_map(random_reading(0), 1)  # 4 × 4
    assert seen.cell_at(0.0, 0.0) == (0, 0)
    assert seen.cell_at(0.49, 0.76) == (3, 1)
    assert seen.cell_at(1.2, -0.3) == (0, 3)
    assert seen.cell_at(-0.3, 1.2) == (3, 0)
    assert seen.cell_at(1.0, 1.0) == (3, 3)
