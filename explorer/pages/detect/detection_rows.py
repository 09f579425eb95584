"""The detections of one picture as rows of a table: what NMS left, down to a very low score.

A score threshold commutes with greedy NMS (a better box is never suppressed by a worse one, and
top-k keeps the best), so the rows are made once and a page filters them as it likes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.exchange.class_label import class_label
from explorer.i18n import _, ngettext
from explorer.pages.shared.choices.names_text import names_text
from explorer.pages.shared.pictures.pictures import Picture
from explorer.ssd.anchors import AnchorGrid
from explorer.ssd.detection import Detections

LOWEST_SCORE = 0.02
"""What is below it is noise, and would only make the page heavy."""


@dataclass(frozen=True, eq=False)
class DetectionRows:
    """N detections by falling score."""

    class_names: tuple[str, ...]
    """Of the model: hostile until escaped."""
    class_id: NDArray[np.int32]
    """(N,) int32."""
    score: NDArray[np.float32]
    """(N,) float32."""
    boxes: NDArray[np.float32]
    """(N, 4) float32, corner, normalised."""
    boxes_px: NDArray[np.float32]
    """(N, 4) float32, corner, px of the picture."""
    anchor: NDArray[np.int32]
    layer: NDArray[np.int32]
    """(N,) int32: where a detection comes from; layer 0 is the finest map."""
    map_shapes: tuple[tuple[int, int], ...]
    """tuple of (height, width)."""

    @classmethod
    def of(
        cls,
        detections: Detections,
        grid: AnchorGrid,
        class_names: tuple[str, ...],
        picture: Picture,
    ) -> DetectionRows:
        """Collect `detections` of `picture` with the names and places that belong to them."""
        scale = np.array([picture.width_px, picture.height_px] * 2, np.float32)
        return cls(
            class_names=class_names,
            class_id=detections.class_id,
            score=detections.score,
            boxes=detections.boxes,
            boxes_px=detections.boxes * scale,
            anchor=detections.anchor,
            layer=grid.layer[detections.anchor],
            map_shapes=grid.map_shapes,
        )

    def __len__(self) -> int:
        return len(self.score)

    def best(self, score_threshold: float) -> DetectionRows:
        """Return those that have at least `score_threshold`."""
        number = self.above(score_threshold)
        return replace(
            self,
            class_id=self.class_id[:number],
            score=self.score[:number],
            boxes=self.boxes[:number],
            boxes_px=self.boxes_px[:number],
            anchor=self.anchor[:number],
            layer=self.layer[:number],
        )

    def above(self, score_threshold: float) -> int:
        """Return how many have at least `score_threshold`, compared as float32."""
        return int((self.score >= np.float32(score_threshold)).sum())

    def columns(self) -> dict[str, Any]:
        """Return one list per column, N long each, of what a table and a drawing need."""
        sizes = self.boxes_px[:, 2:] - self.boxes_px[:, :2]
        maps = [self.map_shapes[layer] for layer in self.layer]
        names = [class_label(class_id, self.class_names) for class_id in self.class_id]
        return {
            "class_name": names,
            "class_id": self.class_id.tolist(),
            "score": self.score.tolist(),
            "xmin": self.boxes[:, 0].tolist(),
            "ymin": self.boxes[:, 1].tolist(),
            "xmax": self.boxes[:, 2].tolist(),
            "ymax": self.boxes[:, 3].tolist(),
            "area_px": (sizes[:, 0] * sizes[:, 1]).tolist(),
            "size": [f"{w:.0f} × {h:.0f}" for w, h in sizes],
            "place": [f"{x:.0f}, {y:.0f}" for x, y in self.boxes_px[:, :2]],
            "layer": (self.layer + 1).tolist(),
            "map": [f"{width} × {height}" for height, width in maps],
            "anchor": self.anchor.tolist(),
            "label": [f"{n} {s:.2f}" for n, s in zip(names, self.score, strict=True)],
        }

    def summary(self, score_threshold: float) -> str:
        """Return the sentence that a page shows above the table; plain text."""
        number = self.above(score_threshold)
        best = float(self.score[0]) if len(self) else 0.0
        text = self.sentence(number, len(self)).format(
            number=number, threshold=f"{score_threshold:.2f}", best=f"{best:.2f}"
        )
        return text if number else f"{text} {self.knowledge}"

    @property
    def knowledge(self) -> str:
        """What the model can find at all: said where it has found nothing; plain text."""
        return _("This model only knows {classes}.").format(classes=names_text(self.class_names))

    @staticmethod
    def sentence(number: int, num_rows: int) -> str:
        """Return the text with its gaps {number}, {threshold} and {best}.

        The page fills it in the browser; `summary` fills it here. Where there is no number,
        `knowledge` follows.
        """
        if number:
            return ngettext(
                "{n} object above {threshold}",
                "{n} objects above {threshold}",
                number,
                n="{number}",
                threshold="{threshold}",
            )
        if num_rows:
            return _("Nothing above {threshold}; the best candidate has {best}.")
        return _("Nothing found: no candidate reaches {lowest}.").replace(
            "{lowest}", f"{LOWEST_SCORE:.2f}"
        )
