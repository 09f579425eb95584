"""The smallest change of one setting of detection after which an object is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.config import DetectConfig
from explorer.evaluation.detection_matching import match_detections
from explorer.ssd.detection import Candidates, Detections, suppress

Setting = Literal["score_threshold", "nms_iou_threshold", "nms_topk", "force_suppress"]

STEPS = 100
"""Of a slider from 0 to 1: what is suggested can be set by hand."""

LEAST_SCORE = 0.02
"""No lower score threshold is suggested: what is below it is noise."""

Changes = dict[int, "SettingChange"]
"""The smallest change of a setting for each object that one helps."""


@dataclass(frozen=True)
class SettingChange:
    """One setting of `DetectConfig` and its new value."""

    setting: Setting
    value: float | int | bool

    def apply(self, config: DetectConfig) -> DetectConfig:
        """Return `config` with the change."""
        changed: DetectConfig = config.with_(**{self.setting: self.value})
        return changed


class ChangeSearch:
    """Tries what the settings would find, each of them changed alone and towards more boxes.

    Parameters
    ----------
    candidates : Candidates
        Of all anchors: found with a score threshold of 0.
    labels : (G, 5) float32
        class_id (negative for a class that the detector does not know) and a corner box.
    config : DetectConfig
        The present settings.
    """

    def __init__(
        self, candidates: Candidates, labels: NDArray[np.float32], config: DetectConfig
    ) -> None:
        self._candidates, self._labels, self._config = candidates, labels, config
        self._missing = set(range(len(labels))) - self._found(config)[1].keys()
        self._tried: dict[Setting, Changes] = {}

    def find(self, gt: int, settings: Iterable[Setting]) -> SettingChange | None:
        """Return the smallest change of the first of `settings` that helps object `gt`.

        Detecting again with it finds the object, and with any smaller change (of a threshold: on
        the slider's grid) it does not. None where none of them helps.
        """
        tries: dict[Setting, Callable[[], Changes]] = {
            "score_threshold": self._score_threshold,
            "nms_iou_threshold": self._nms_iou_threshold,
            "nms_topk": self._nms_topk,
            "force_suppress": self._force_suppress,
        }
        for setting in settings:
            if setting not in self._tried:
                self._tried[setting] = tries[setting]()
            change = self._tried[setting].get(gt)
            if change is not None:
                return change
        return None

    def _score_threshold(self) -> Changes:
        # A lower threshold only adds detections behind the others: the lowest shows them all.
        lowest = min(LEAST_SCORE, self._config.score_threshold)
        detections, finders = self._found(self._config.with_(score_threshold=lowest))
        return {
            gt: SettingChange("score_threshold", max(lowest, _on_grid(detections.score[finder])))
            for gt, finder in finders.items()
            if gt in self._missing
        }

    def _nms_topk(self) -> Changes:
        # So does a larger top-k.
        detections, finders = self._found(self._config.with_(nms_topk=-1))
        return {
            gt: SettingChange("nms_topk", int(detections.row[finders[gt]]) + 1)
            for gt in self._missing & finders.keys()
        }

    def _nms_iou_threshold(self) -> Changes:
        # A higher one may also lose boxes, to others that are kept now: each has to be tried.
        changes: Changes = {}
        first = int(np.floor(self._config.nms_iou_threshold * STEPS)) + 1
        for value in (step / STEPS for step in range(first, STEPS + 1)):
            finders = self._found(self._config.with_(nms_iou_threshold=value))[1]
            for gt in self._missing & finders.keys() - changes.keys():
                changes[gt] = SettingChange("nms_iou_threshold", value)
            if changes.keys() == self._missing:
                break
        return changes

    def _force_suppress(self) -> Changes:
        if not self._config.force_suppress:
            return {}
        finders = self._found(self._config.with_(force_suppress=False))[1]
        return {gt: SettingChange("force_suppress", False) for gt in self._missing & finders.keys()}

    def _found(self, config: DetectConfig) -> tuple[Detections, dict[int, int]]:
        """Return the detections with these settings, and which of them finds each object."""
        detections = suppress(self._candidates.above(config.score_threshold), config)
        found = match_detections(detections, self._labels)
        rows = np.flatnonzero(found >= 0)
        return detections, dict(zip(found[rows].tolist(), rows.tolist(), strict=True))


def _on_grid(score: np.float32) -> float:
    """Return the highest step of the slider that lets `score` pass, compared as float32."""
    step = int(np.floor(float(score) * STEPS))
    if np.float32((step + 1) / STEPS) <= score:  # rounded down, as 0.35 is
        step += 1
    return step / STEPS
