"""What stands beside labels that this program saved: whose they are, and what was written.

Both formats of such a folder say the same, so that whoever reads it need not say which is meant.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from explorer.files import json_bytes
from explorer.plain_files import read_plain

FILE_NAME = "saved-labels.json"
_PROGRAM = "ssd-explorer"


@dataclass(frozen=True)
class SavedLabels:
    """Parameters of one saving."""

    source: str
    """What the labels are of: the folder or the zip file that was read."""
    parts: tuple[str, ...]
    """The files and folders that were written: some of "coco.json", "voc" and "images"."""
    num_images: int
    num_objects: int
    num_left_out: int = 0
    """Images without a size or without a file are left out, and those without a box where the
    user wants it so.
    """

    def content(self) -> bytes:
        """Return the file."""
        return json_bytes({"written_by": _PROGRAM, **asdict(self)})

    @staticmethod
    def load(folder: Path) -> SavedLabels | None:
        """Return what stands in a folder; None where it is not ours, or not readable."""
        try:
            found = json.loads(read_plain(folder / FILE_NAME))
            if found.pop("written_by") != _PROGRAM:
                return None
            return SavedLabels(**{**found, "parts": tuple(map(str, found["parts"]))})
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
