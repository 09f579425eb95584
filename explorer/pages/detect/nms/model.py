"""The rounds of NMS on the detect page: where the user stands, and what is to be seen there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from traitlets import HasTraits, Int

from explorer.exchange.class_label import class_label
from explorer.i18n import _, ngettext
from explorer.pages.detect.model import DetectModel
from explorer.ssd.detection import Detections, suppress
from explorer.ssd.nms import OVERLAPS
from explorer.ssd.nms_rounds import NmsCounts, NmsRound, nms_counts, nms_rounds

Fate = Literal["kept", "removed", "spared"]

MOST_SPARED = 3
"""Of the boxes that stay, those nearest to being removed are listed."""

SAMPLED = tuple(step / 10 for step in range(1, 11))
"""Thresholds for which the boxes left are counted."""


@dataclass(frozen=True)
class NmsRow:
    """A box in a round: the kept one, one that it removes, or one that stays although near."""

    fate: Fate
    class_name: str
    """Hostile until escaped."""
    score: float
    iou: float
    """With the kept box."""
    other_class: bool = False
    """It stays for its class alone: its IoU is high enough."""


class NmsModel(HasTraits):
    """NMS of the page's candidates, round by round.

    Nothing is computed until `update`, which a panel calls at its own pace.
    """

    position = Int(0)
    """How many rounds have been played, from 0 to `num_rounds`."""
    version = Int(0)
    """Grows when `update` has found anything else than before."""

    def __init__(self, model: DetectModel) -> None:
        super().__init__()
        self._model = model
        self._state: tuple[Any, float] = (None, 0.0)
        self.detections: Detections | None = None
        """With the page's score threshold; None while nothing is known of the picture."""
        self.rounds: tuple[NmsRound, ...] = ()
        self.counts: NmsCounts | None = None
        self._class_names: tuple[str, ...] = ()
        self.config = model.config
        model.observe(self._look_at_selected, "selected")
        self.update()

    @property
    def num_rounds(self) -> int:
        """One per detection."""
        return len(self.rounds)

    @property
    def round(self) -> NmsRound | None:
        """The last round that was played; None before the first."""
        return self.rounds[self.position - 1] if self.position > 0 else None

    @property
    def waiting(self) -> NDArray[np.int64]:
        """Rows of the candidates that are left, by falling score."""
        if self.round is not None:
            return self.round.waiting
        if not self.rounds:
            return np.zeros(0, np.int64)
        first = self.rounds[0]
        return np.sort(np.concatenate([[first.kept], first.suppressed, first.waiting]))

    @property
    def kept_before(self) -> list[int]:
        """Rows of the candidates that earlier rounds kept."""
        return [each.kept for each in self.rounds[: max(self.position - 1, 0)]]

    def update(self) -> None:
        """Follow the page.

        The user stays with the box whose round is shown, if it is still kept.
        """
        reading, model = self._model.detector.reading, self._model
        if self._state == (reading, model.score_threshold):
            return
        shown = self._anchor_shown()
        self._state = (reading, model.score_threshold)
        self.detections, self.rounds, self.counts = None, (), None
        if reading is not None:
            self.config, self.detections = reading.at(model.score_threshold)
            self.rounds = nms_rounds(self.detections)
            self.counts = nms_counts(self.detections)
            self._class_names = reading.class_names
        self.position = self._position_of(shown)
        self.version += 1

    def go_to(self, position: int) -> None:
        """Play this many rounds, as far as there are any."""
        self.position = min(max(position, 0), self.num_rounds)

    def kept_by_threshold(self) -> list[tuple[float, int]]:
        """Return how many boxes NMS leaves at several thresholds and the page's: (IoU, number)."""
        if self.detections is None:
            return []
        candidates = self.detections.candidates
        values = sorted({*SAMPLED, self.config.nms_iou_threshold})
        return [
            (value, len(suppress(candidates, self.config.with_(nms_iou_threshold=value))))
            for value in values
        ]

    def rows(self, most: int) -> list[NmsRow]:
        """Return the boxes of the round: the kept one, at most this many removed, some spared."""
        this, detections = self.round, self.detections
        if this is None or detections is None:
            return []
        removed = [
            self._row("removed", row, float(overlap))
            for row, overlap in zip(this.suppressed[:most].tolist(), this.iou, strict=False)
        ]
        return [self._row("kept", this.kept, 1.0), *removed, *self._spared(this)]

    def headline(self) -> str:
        """Return what happens in the round, in a sentence or two."""
        this, detections = self.round, self.detections
        if detections is None:
            return _("Nothing was detected yet.")
        threshold = f"{self.config.score_threshold:.2f}"
        if not self.rounds:
            return _("No box has a score of {threshold} or more: NMS has nothing to do.").format(
                threshold=threshold
            )
        if this is None:
            return _("Before the first round: {number} boxes wait, the surest first.").format(
                number=len(self.waiting)
            )
        title = _(
            "Round {number} of {all}: box {number}, the surest left ({name} {score}), is kept."
        )
        candidates = detections.candidates
        text = title.format(
            number=self.position,
            all=self.num_rounds,
            name=self._class_names[candidates.class_id[this.kept]],
            score=f"{candidates.score[this.kept]:.2f}",
        )
        return f"{text} {self._removed(len(this.suppressed))} {_left(len(this.waiting))}"

    def _removed(self, number: int) -> str:
        if number == 0:
            return _("It removes none: no other box overlaps it enough.")
        of_class = len(self._class_names) > 1 and not self.config.force_suppress
        limit = {"measure": self.config.nms_measure, "iou": self.config.nms_iou_threshold}
        if of_class:
            return ngettext(
                "It removes {n} box of its class that overlaps it by {measure} {iou:.2f} or more.",
                "It removes {n} boxes of its class that overlap it by {measure} {iou:.2f} or more.",
                number,
                **limit,
            )
        return ngettext(
            "It removes {n} box that overlaps it by {measure} {iou:.2f} or more.",
            "It removes {n} boxes that overlap it by {measure} {iou:.2f} or more.",
            number,
            **limit,
        )

    def _row(self, fate: Fate, row: int, overlap: float, other_class: bool = False) -> NmsRow:
        assert self.detections is not None
        candidates = self.detections.candidates
        name = class_label(candidates.class_id[row], self._class_names)
        return NmsRow(fate, name, float(candidates.score[row]), overlap, other_class)

    def _spared(self, this: NmsRound) -> list[NmsRow]:
        """Return the waiting boxes that overlap the kept one most."""
        assert self.detections is not None
        boxes = self.detections.candidates.boxes
        measure = OVERLAPS[self.config.nms_measure]
        overlap = measure(boxes[this.kept : this.kept + 1], boxes[this.waiting])[0]
        nearest = np.argsort(-overlap, kind="stable")[:MOST_SPARED]
        threshold = np.float32(self.config.nms_iou_threshold)
        return [
            self._row("spared", int(this.waiting[n]), float(overlap[n]), overlap[n] >= threshold)
            for n in nearest[overlap[nearest] > 0]
        ]

    def _anchor_shown(self) -> int | None:
        this, detections = self.round, self.detections
        if this is None or detections is None:
            return None
        return int(detections.candidates.anchor[this.kept])

    def _position_of(self, anchor: int | None) -> int:
        """Return the round that keeps or removes an anchor's box, else the nearest to here."""
        found = self.detections
        if anchor is not None and found is not None and anchor < len(found.stage):
            keeper = found.suppressed_by[anchor]
            kept = found.anchor == (anchor if keeper < 0 else keeper)
            if kept.any():
                return int(kept.argmax()) + 1
        return min(max(self.position, 1), self.num_rounds)

    def _look_at_selected(self, change: Any) -> None:
        """Go to the round in which the page's selected box is kept or removed, if there is one."""
        self.update()
        anchor = change["new"]
        if self.detections is not None and 0 <= anchor < len(self.detections.stage):
            entered = self.detections.anchor == anchor
            if entered.any() or self.detections.suppressed_by[anchor] >= 0:
                self.position = self._position_of(anchor)


def _left(number: int) -> str:
    if number == 0:
        return _("No box is left: NMS is done.")
    return ngettext("{n} still waits.", "{n} still wait.", number)
