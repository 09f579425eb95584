"""Which images of a set are nearly the same, so that a split does not part them.

Whether an image is there twice, which is a fault, is another question with a far stricter answer:
see `explorer.datasets.doctor.twins`. Both look at the same thumbnails.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.datasets.annotations import LabelledImage
from explorer.datasets.doctor.image_facts import ImageFacts
from explorer.datasets.doctor.image_pass import look_at_all
from explorer.datasets.own.close_pairs import close_pairs
from explorer.datasets.walking import Cancelled, Progress

MOST_DIFFERENT = 16
"""Of 128 bits. Measured on 127 photographs: one that is saved again as a JPEG, at half its size or
less, changes 2, one in a hundred 10; of two photographs, 99 in 100 differ in 41 and more."""

_SIDE = 8
_FLAT = 2.0
"""Grey levels (standard deviation): a plain area has no gradients but noise, and no twin."""


def near_duplicates(
    images: tuple[LabelledImage, ...],
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> list[frozenset[str]]:
    """Return the groups of two and more images that look the same, by their names.

    Each image is a difference hash: whether it gets brighter from one cell of a coarse grid to
    the next, to the right and downwards. Whatever is like a member of a group belongs to it, so a
    whole film that hardly changes is one group. Images that cannot be read are in none. All
    pairs are compared, 10,000 images in about a second; reading them takes longer.
    """
    once = {image.name: image for image in images}  # a list may name an image many times
    return alike(look_at_all(tuple(once.values()), progress, cancelled))


def alike(seen: Iterable[tuple[LabelledImage, ImageFacts]]) -> list[frozenset[str]]:
    """Return the groups of `near_duplicates`, of images that were looked at already."""
    names, hashes = [], []
    for image, facts in seen:
        found = None if facts.thumbnail is None else _difference_hash(facts.thumbnail)
        if found is not None:
            names.append(image.name)
            hashes.append(found)
    group = np.arange(len(names))
    # Unequal signs differ by 2.
    signs = np.where(np.array(hashes), np.float32(1), np.float32(-1))
    for ones, others in close_pairs(signs, 4 * MOST_DIFFERENT):
        apart = group[ones] != group[others]
        for one, other in zip(ones[apart].tolist(), others[apart].tolist(), strict=True):
            if group[one] != group[other]:
                group[group == group[other]] = group[one]
    members: dict[int, list[str]] = {}
    for name, number in zip(names, group.tolist(), strict=True):
        members.setdefault(number, []).append(name)
    return [frozenset(found) for found in members.values() if len(found) > 1]


def _difference_hash(thumbnail: NDArray[np.uint8]) -> NDArray[np.bool_] | None:
    """Return 128 bits, or None for an image that is a plain area."""
    size = (_SIDE + 1, _SIDE + 1)
    grey = Image.fromarray(thumbnail).convert("L").resize(size, Image.Resampling.BOX)
    cells = np.asarray(grey, dtype=np.int16)
    if cells.std() < _FLAT:
        return None
    right = cells[:_SIDE, 1:] > cells[:_SIDE, :-1]
    down = cells[1:, :_SIDE] > cells[:-1, :_SIDE]
    return np.concatenate([right.ravel(), down.ravel()])
