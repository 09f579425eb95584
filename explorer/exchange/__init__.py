"""Anchors in the words of other libraries, and detections as files for other programs.

Anchors are written, with what cannot be said, and read back, one file per library. Each library has
its own rule for how few numbers become the shapes of a cell's anchors; what of ours that rule
cannot make is said in notes, never left out silently.

Detections are written by `coco`, `detections_csv` and `annotated_image` from `DetectedImage`s,
which `detected_image` has; anchors need none of these.
"""

from explorer.exchange.formats import FORMATS, Format, read_anchors_text, write_anchors
from explorer.exchange.shapes import Written

__all__ = ["FORMATS", "Format", "Written", "read_anchors_text", "write_anchors"]
