"""What an anchor is for the loss."""

from __future__ import annotations

from enum import IntEnum


class AnchorKind(IntEnum):
    """What an anchor is at some step; the values of `MatchKind`, and one more."""

    IGNORED = -1
    BACKGROUND = 0
    FORCED = 1
    OVER_THRESHOLD = 2
    MINED = 3
    """A negative that mining chose: it takes part in the class loss."""
