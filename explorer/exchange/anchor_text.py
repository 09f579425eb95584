"""What comes out when anchors are written in a format."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Written:
    """Anchors as text for another library."""

    text: str
    """To be copied; ends with a line break."""
    notes: tuple[str, ...] = ()
    """One sentence for each thing that the other library will make differently. None means that
    it makes our anchors: the same boxes, in the order that is usual there.
    """
