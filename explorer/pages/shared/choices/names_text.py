"""Several names in a sentence: the first ones, and how many more there are."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.i18n import _

MOST = 6
"""Of more names the first ones are written out, and the number of the others."""


def names_text(names: Sequence[str]) -> str:
    """Return "ace, jack, king", or the first ones "and 14 more"; escape what comes of it."""
    text = ", ".join(names[:MOST])
    left = len(names) - MOST
    return text if left <= 0 else _("{names} and {left} more").format(names=text, left=left)
