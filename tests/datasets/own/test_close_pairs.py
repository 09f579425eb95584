from __future__ import annotations

import numpy as np
import pytest

from explorer.datasets.own.close_pairs import close_pairs


@pytest.mark.parametrize("number", [0, 1, 2, 511, 513, 1300])
def test_all_close_pairs_are_found_once_and_no_others(number: int) -> None:
    rng = np.random.default_rng(number)
    # Few values: many pairs are close, and many exactly at the limit.
    rows = rng.integers(0, 4, (number, 5)).astype(np.float32)
    squared = ((rows[:, None] - rows[None]) ** 2).sum(axis=2)
    wanted = set(zip(*map(np.ndarray.tolist, np.nonzero(np.triu(squared <= 3, 1))), strict=True))
    found = [
        pair
        for ones, others in close_pairs(rows, 3)
        for pair in zip(ones.tolist(), others.tolist(), strict=True)
    ]
    assert len(found) == len(wanted)
    assert {(min(pair), max(pair)) for pair in found} == wanted


def test_the_second_of_a_pair_has_no_smaller_mean() -> None:
    rows = np.random.default_rng(0).random((700, 6)).astype(np.float32)
    means = rows.mean(axis=1)
    pairs = [(ones, others) for ones, others in close_pairs(rows, 0.1)]
    assert sum(len(ones) for ones, _others in pairs) > 100
    assert all((means[ones] <= means[others]).all() for ones, others in pairs)
