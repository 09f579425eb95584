"""Images that are there twice, byte for byte or only to the eye: a fault, so that one may leave.

Which images a split must not part is another question, with a far more generous answer: see
`explorer.datasets.own.near_duplicates`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.doctor.image_facts import ImageFacts
from explorer.datasets.own.close_pairs import close_pairs

MEAN_DIFFERENCE = 3.0
"""Grey levels (root of the mean square) over the thumbnails. Saving a JPEG again with another
quality or at half its size changes a cell of 1/16 of the side by about one level."""

LARGEST_DIFFERENCE = 20.0
"""Grey levels in any cell and colour. Two scenes on one background differ by far more where the
object is: a set of one scene with moving objects is no set of duplicates."""

LEAST_CONTRAST = 6.0
"""Grey levels (standard deviation): below it a thumbnail is a plain area, and equal to many."""

_ASPECT = 0.05


def find_twins(facts: Sequence[ImageFacts]) -> list[int]:
    """Return, for each image, the first image that is the same, or its own number.

    Two images are the same if their files are equal, or their thumbnails are nearly equal and so
    are their shapes.
    """
    first = list(range(len(facts)))
    by_digest: dict[bytes, int] = {}
    for number, fact in enumerate(facts):
        if fact.digest:
            first[number] = by_digest.setdefault(fact.digest, number)
    looked_at = [
        number
        for number, fact in enumerate(facts)
        if first[number] == number
        and fact.thumbnail is not None
        and fact.thumbnail.std() >= LEAST_CONTRAST
    ]
    if looked_at:
        thumbnails = np.stack([_flat(facts[number]) for number in looked_at])
        aspects = np.array([_aspect(facts[number]) for number in looked_at])
        groups = _near_groups(thumbnails, aspects)
        least = np.full(len(looked_at), len(facts))
        np.minimum.at(least, groups, looked_at)
        for number, group in zip(looked_at, groups.tolist(), strict=True):
            first[number] = int(least[group])
    return [first[twin] for twin in first]  # an equal file's thumbnail may have a twin, too


def _near_groups(thumbnails: NDArray[np.float32], aspects: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return, for each row of (N, K), the row that it is nearly equal to; mostly itself.

    All of a group are nearly equal to that one row, not each to the next: a film that changes
    slowly is no group.
    """
    limit = MEAN_DIFFERENCE**2 * thumbnails.shape[1]
    groups = np.arange(len(thumbnails))
    # Rounding leaves some levels: the few that come near are compared once more.
    for ones, others in close_pairs(thumbnails, limit + 64):
        alone = (groups[ones] == ones) & (groups[others] == others)
        for one, other in zip(ones[alone].tolist(), others[alone].tolist(), strict=True):
            if groups[one] != one or groups[other] != other:
                continue
            same_shape = abs(aspects[one] / aspects[other] - 1) <= _ASPECT
            if same_shape and _same(thumbnails[one], thumbnails[other]):
                groups[other] = one
    return groups


def _same(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    difference = one - other
    return bool(
        np.sqrt((difference**2).mean()) <= MEAN_DIFFERENCE
        and np.abs(difference).max() <= LARGEST_DIFFERENCE
    )


def _flat(facts: ImageFacts) -> NDArray[np.float32]:
    return np.asarray(facts.thumbnail, dtype=np.float32).ravel()


def _aspect(facts: ImageFacts) -> float:
    width, height = facts.stored_px or (1, 1)
    return width / max(height, 1)
