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
        self.done: list[LabelEdit] = []
        self.undone: list[LabelEdit] = []
        """The next one to take back, or to do again, is the last."""
        self._last_s = -math.inf

    def clear(self) -> None:
        """Forget all."""
        self.done, self.undone = [], []

    def add(self, step: LabelEdit) -> None:
        """Remember a step; what was taken back is gone."""
        last = self.done[-1] if self.done else None
        now_s = time.monotonic()
        goes_on = now_s - self._last_s < PAUSE_S
        if last is not None and goes_on and step.name and step.name == last.name:
            self.done[-1] = replace(last, after=step.after, selected_after=step.selected_after)
        else:
            self.done = [*self.done[1 - LIMIT :], step]
        self._last_s = now_s
        self.undone = []

    def pause(self) -> None:
        """Let the next step be one of its own, whatever its name."""
        self._last_s = -math.inf

    def undo(self) -> LabelEdit | None:
        """Return the step to take back."""
        self._last_s = -math.inf
        if not self.done:
            return None
        self.undone.append(self.done.pop())
        return self.undone[-1]

    def redo(self) -> LabelEdit | None:
        """Return the step to do again."""
        self._last_s = -math.inf
        if not self.undone:
            return None
        self.done.append(self.undone.pop())
        return self.done[-1]
