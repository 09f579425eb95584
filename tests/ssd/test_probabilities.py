from __future__ import annotations

import numpy as np
import pytest

from explorer.ssd.probabilities import softmax


def test_softmax_by_hand() -> None:
    scores = np.log([[1.0, 1.0, 2.0], [3.0, 1.0, 4.0]])
    np.testing.assert_allclose(softmax(scores), [[0.25, 0.25, 0.5], [0.375, 0.125, 0.5]], rtol=1e-6)


def test_softmax_sums_to_one_and_ignores_a_constant() -> None:
    scores = np.random.default_rng(0).integers(-20, 20, (2, 50, 11)).astype(np.float32)
    prob = softmax(scores)
    assert prob.dtype == np.float32
    np.testing.assert_allclose(prob.sum(axis=-1), 1, rtol=1e-6)
    np.testing.assert_array_equal(softmax(scores + 1000), prob)
    assert softmax(np.zeros((0, 3))).shape == (0, 3)


@pytest.mark.parametrize("score", [np.nan, np.inf])
def test_softmax_refuses_what_is_not_finite(score: float) -> None:
    with pytest.raises(ValueError, match="class_scores must be finite"):
        softmax([[0.0, score]])


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 4, 3), (2, 4, 5, 3)])
def test_softmax_is_over_the_last_axis(shape: tuple[int, ...]) -> None:
    scores = np.random.default_rng(1).normal(0, 3, shape).astype(np.float32)
    powers = np.exp(scores.astype(np.float64))
    expected = powers / powers.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(softmax(scores), expected, rtol=1e-5)


@pytest.mark.parametrize("scores", [1.0, np.zeros((2, 0))])
def test_softmax_refuses_scores_of_no_class(scores: object) -> None:
    with pytest.raises(ValueError, match=r"class_scores must have shape \(..., C \+ 1\)"):
        softmax(scores)  # type: ignore[arg-type]
