"""Which rows of many numbers lie close together, without a table of all pairs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_BLOCK = 512


def close_pairs(
    rows: NDArray[np.float32], most: float
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Yield the numbers of all pairs of rows whose squared distance is at most `most`.

    Pairs come in some thousand arrays, so who is in a group with another already can be left out
    of all later ones: a film of nearly equal images then costs no more than different ones. Only
    rows are compared whose means let them be close; 10,000 rows of 768 numbers take seconds.

    Parameters
    ----------
    rows : (N, K) float32
        Whole numbers are compared exactly as long as their squares sum up to less than 2²⁴; of
        others `most` should be a little larger than what is meant.

    Yields
    ------
    first, second : (P,) int each
        A row, and one whose mean is not below its own.
    """
    if not len(rows):
        return
    means = rows.mean(axis=1)
    order = np.argsort(means, kind="stable")
    rows, means = rows[order], means[order]
    # |a - b|² <= most, said of the product a·b: one table less for each pair of blocks.
    least = ((rows**2).sum(axis=1) - most / 2) / 2
    # The mean square of a difference is at least the square of the difference of the means.
    reach = np.searchsorted(means, means + np.sqrt(most / rows.shape[1]), side="right")
    for start in range(0, len(order), _BLOCK):
        stop = min(start + _BLOCK, len(order))
        end = int(reach[stop - 1])
        for other in range(start, end, _BLOCK):
            last = min(other + _BLOCK, end)
            products = rows[start:stop] @ rows[other:last].T
            first, second = np.nonzero(products >= least[start:stop, None] + least[other:last])
            first, second = first + start, second + other
            later = second > first
            if later.any():
                yield order[first[later]], order[second[later]]
