"""The picture's objects on the detect page: which are found, and why the others are not."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from traitlets import HasTraits, Instance, Int, Tuple

from explorer.config import DetectConfig
from explorer.evaluation.smallest_change import SettingChange
from explorer.evaluation.why_missed import NOBODY, ObjectVerdict, Outcome, why_missed
from explorer.i18n import _
from explorer.pages.detect.missed.words import (
    box_name,
    lowered_text,
    object_name,
    remedy_text,
    verdict_text,
)
from explorer.pages.detect.model import SETTINGS, DetectModel
from explorer.pages.detect.reading import Reading
from explorer.pages.shared.pictures.ground_truth import NamedTruth, label_rows
from explorer.ssd.detection import Detections
from explorer.ssd.offsets import decode

Box = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class MissedObject:
    """One object and its story; boxes are corner, normalised, None where there is none."""

    name: str
    """Hostile until escaped, as `text` is."""
    text: str
    remedy: str
    """What became of it, and what would make it found; `remedy` may be empty."""
    verdict: ObjectVerdict
    truth: Box
    """(4,) float32."""
    anchor: Box | None
    """(4,) float32: the anchor that overlaps it most."""
    box: Box | None
    """(4,) float32: the predicted box that the text is about."""
    suppressor: Box | None
    """(4,) float32: the box that removed it."""
    box_label: str
    suppressor_label: str
    """What is written at these boxes."""

    @property
    def is_found(self) -> bool:
        """A detection is counted for it."""
        return self.verdict.outcome == Outcome.FOUND


class MissedModel(HasTraits):
    """What became of the page's objects.

    Nothing is computed until `update`, which a panel calls at its own pace.
    """

    objects = Tuple()
    """tuple of MissedObject: one per object of the page; empty while nothing is known of the
    picture.
    """
    version = Int(0)
    """Grows when `update` has found anything else than before."""
    selected = Int(0)
    """The object whose boxes are drawn."""
    before = Instance(SettingChange, allow_none=True)
    """SettingChange or None: the earlier value of the setting that `apply` changed, while its
    new value stands.
    """

    def __init__(self, model: DetectModel) -> None:
        super().__init__()
        self._model = model
        self._state: tuple[Any, ...] = ()
        self._applied: SettingChange | None = None
        model.observe(self._setting_changed, list(SETTINGS))
        self.update()

    @property
    def object(self) -> MissedObject | None:
        """The selected object."""
        return self.objects[self.selected] if self.selected < len(self.objects) else None

    def update(self) -> None:
        """Follow the page."""
        model = self._model
        reading = model.detector.reading
        state = (reading, model.truth, model.score_threshold)
        if state == self._state:
            return
        self._state = state
        objects = () if reading is None else _objects(reading, model.truth, model.score_threshold)
        with self.hold_trait_notifications():
            self.objects = objects
            if self.selected >= len(objects):
                self.selected = 0
            self.version += 1

    def headline(self) -> str:
        """Return how many objects are found, or why nothing can be said."""
        if self._model.detector.reading is None:
            return _("Nothing was detected yet.")
        if not self.objects:
            return _(
                "No object is known in this picture. Draw one with “Draw an object” above the "
                "picture, or take a sample, and see here whether it is found."
            )
        found = sum(each.is_found for each in self.objects)
        if len(self.objects) == 1:
            return _("The object is found.") if found else _("The object is missed.")
        if found == len(self.objects):
            return _("All {all} objects are found.").format(all=found)
        return _("{found} of {all} objects are found.").format(found=found, all=len(self.objects))

    def choose(self, number: int) -> None:
        """Draw an object's boxes, and let the rest of the page explain the one it is about."""
        self.selected = number
        if self.object is not None and self.object.verdict.anchor != NOBODY:
            self._model.selected = self.object.verdict.anchor

    def apply(self, change: SettingChange) -> None:
        """Change the page's setting; `undo` takes it back."""
        earlier = SettingChange(change.setting, getattr(self._model, change.setting))
        self._applied = change
        setattr(self._model, change.setting, change.value)
        self.before = earlier

    def undo(self) -> None:
        """Give the setting its earlier value; without one nothing happens."""
        if self.before is not None:
            setattr(self._model, self.before.setting, self.before.value)

    def _setting_changed(self, change: Any) -> None:
        """Forget an undo that would no longer take back what the user sees."""
        applied = self._applied
        if applied is None or change["name"] != applied.setting:
            return
        # A slider gives a value back that differs in its last bits.
        if not math.isclose(change["new"], applied.value, abs_tol=1e-6):
            self.before = self._applied = None


def _objects(
    reading: Reading, truth: tuple[NamedTruth, ...], score_threshold: float
) -> tuple[MissedObject, ...]:
    config, detections = reading.at(score_threshold)
    names = [object_name(each.class_name, number) for number, each in enumerate(truth, start=1)]
    boxes = [np.array(each.box, np.float32) for each in truth]
    labels = label_rows(truth, reading.class_names)
    verdicts = _verdicts(reading, labels, config)
    objects = [
        _object(verdict, names, box, reading, detections, config)
        for verdict, box in zip(verdicts, boxes, strict=True)
    ]
    # Where a lower score threshold alone does not help, say what would happen behind it.
    if any(_needs_more(verdict) for verdict in verdicts):
        behind = _verdicts(reading, labels, reading.config)
        for number, verdict in enumerate(verdicts):
            if _needs_more(verdict):
                then = _object(
                    behind[number], names, boxes[number], reading, reading.detections, config
                )
                remedy = lowered_text(f"{then.text} {then.remedy}")
                objects[number] = replace(objects[number], remedy=remedy)
    return tuple(objects)


def _verdicts(
    reading: Reading, labels: NDArray[np.float32], config: DetectConfig
) -> tuple[ObjectVerdict, ...]:
    config = reading.engine.detector.complete(config)
    return why_missed(
        labels, reading.grid.boxes, reading.class_prob, reading.output.offsets, config
    )


def _needs_more(verdict: ObjectVerdict) -> bool:
    return verdict.outcome == Outcome.UNDER_THRESHOLD and verdict.change is None


def _object(
    verdict: ObjectVerdict,
    names: list[str],
    truth: Box,
    reading: Reading,
    detections: Detections,
    config: DetectConfig,
) -> MissedObject:
    def box(anchor: int) -> Box | None:
        if anchor == NOBODY:
            return None
        own, shift = reading.grid.boxes[anchor][None], reading.output.offsets[anchor][None]
        decoded: Box = decode(own, shift, reading.variances, clip=config.clip)[0]
        return decoded

    best = verdict.best_anchor
    return MissedObject(
        name=names[verdict.gt],
        text=verdict_text(verdict, detections, config, reading.class_names, names),
        remedy=remedy_text(verdict),
        verdict=verdict,
        truth=truth,
        anchor=None if best == NOBODY else reading.grid.boxes[best],
        box=box(verdict.anchor),
        suppressor=box(verdict.suppressor),
        box_label=f"{box_name(verdict.anchor, detections)}, {verdict.score:.2f}",
        suppressor_label=box_name(verdict.suppressor, detections),
    )
