"""What the detect page shows, as files for other programs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.exchange.coco import coco_results
from explorer.exchange.detected_image import DetectedImage
from explorer.exchange.detections_csv import detections_csv
from explorer.i18n import _
from explorer.pages.detect.model import DetectModel
from explorer.pages.shared.controls.saved_file import SavedFile

FileKind = Literal["png", "csv", "coco"]

LONGEST_NAME = 80
"""Characters of a picture's name in the name of a file; some systems allow 255 bytes."""


@dataclass(frozen=True, eq=False)
class Takeaway:
    """A picture and the detections that are shown on it."""

    image: NDArray[np.uint8]
    """(H, W, 3) uint8, RGB."""
    found: DetectedImage
    class_names: tuple[str, ...]
    """In order of `class_id`."""

    def file(self, kind: FileKind) -> SavedFile:
        """Return it as a drawing, a table, or COCO's results.

        Raises
        ------
        ValueError
            If there is no such kind.
        """
        if kind == "png":
            from explorer.exchange.annotated_image import write_annotated

            png = write_annotated(self.image, self.found, self.class_names)
            return SavedFile(self._name(".png"), "image/png", png)
        if kind == "csv":
            table = detections_csv([self.found], self.class_names)
            return SavedFile(self._name(".csv"), "text/csv", table.encode())
        if kind == "coco":
            results = coco_results([self.found], self.class_names).results
            return SavedFile(self._name("-coco.json"), "application/json", results.encode())
        raise ValueError(_("{kind} is not a kind of file").format(kind=repr(kind)))

    def _name(self, ending: str) -> str:
        stem = re.sub(r"[^\w .()-]+", "_", PurePath(self.found.name).stem)[:LONGEST_NAME]
        return f"{stem.strip(' .') or 'picture'}-detections{ending}"


def takeaway_of(model: DetectModel) -> Takeaway | None:
    """Return the picture with the detections that the page shows; None while there are none yet.

    These have at least the page's score, and a class that is not hidden.
    """
    picture, reading = model.picture, model.detector.reading
    if picture is None or reading is None:
        return None
    rows = reading.rows.best(model.score_threshold)
    hidden = [name in model.hidden_classes for name in rows.class_names]
    shown = ~np.array(hidden, bool)[rows.class_id]
    found = DetectedImage(
        name=picture.name,
        shape_px=(picture.height_px, picture.width_px),
        class_id=rows.class_id[shown],
        score=rows.score[shown],
        boxes_px=rows.boxes_px[shown].astype(np.float64),
        anchor=rows.anchor[shown],
        layer=rows.layer[shown],
    )
    return Takeaway(picture.image, found, rows.class_names)
