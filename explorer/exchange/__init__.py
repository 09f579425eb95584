"""Anchors in the words of other libraries: written, with what cannot be said; read back.

One file a library. Each library has its own rule for how few numbers become the shapes of a
cell's anchors; what of ours that rule cannot make is said in notes, never left out silently.
"""

from explorer.exchange.formats import FORMATS, Format, read_anchors_text, write_anchors
from explorer.exchange.written import Written

__all__ = ["FORMATS", "Format", "Written", "read_anchors_text", "write_anchors"]
