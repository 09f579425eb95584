"""What was done to a set of labels, image after image, and the way back and forth."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.datasets.annotations import AnnotationSet

LIMIT = 500
"""Steps that are remembered: each holds a list of all images."""

PAUSE_S = 1.0
"""After a rest of this long another drag begins."""


@dataclass(frozen=True)
class LabelEdit:
    """One edit."""

    name: str
    """Steps in quick succession of one non-empty name are one: a drag."""
    before: AnnotationSet
    after: AnnotationSet
    image: int
    """Where it happened."""
    selected_before: int
    selected_after: int


class LabelHistory:
    """Steps that were done, and those that were taken back since."""

    def __init__(self) -> None:
        self._done: list[LabelEdit] = []
        self._undone: list[LabelEdit] = []
        self._last_s = -math.inf

    @property
    def can_undo(self) -> bool:
        """Whether a step was done."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether a step was taken back, and none done since."""
        return bool(self._undone)

    def clear(self) -> None:
        """Forget all."""
        self._done, self._undone = [], []

    def add(self, step: LabelEdit) -> None:
        """Remember a step; what was taken back is gone."""
        last = self._done[-1] if self._done else None
        now_s = time.monotonic()
        goes_on = now_s - self._last_s < PAUSE_S
        if last is not None and goes_on and step.name and step.name == last.name:
            self._done[-1] = replace(last, after=step.after, selected_after=step.selected_after)
        else:
            self._done = [*self._done[1 - LIMIT :], step]
        self._last_s = now_s
        self._undone = []

    def pause(self) -> None:
        """Let the next step be one of its own, whatever its name."""
        self._last_s = -math.inf

    def undo(self) -> LabelEdit | None:
        """Return the step to take back."""
        self._last_s = -math.inf
        if not self._done:
            return None
        self._undone.append(self._done.pop())
        return self._undone[-1]

    def redo(self) -> LabelEdit | None:
        """Return the step to do again."""
        self._last_s = -math.inf
        if not self._undone:
            return None
        self._done.append(self._undone.pop())
        return self._done[-1]
