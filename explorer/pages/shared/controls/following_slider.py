"""A slider that follows a model without fighting the user who moves it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from explorer.pages.shared.controls.following import Following


class FollowingSlider(widgets.FloatSlider):
    """Tells the user's moves from its own, which ipywidgets' slider does not.

    In the browser a value that the kernel sets is laid on the slider's own grid, where it
    differs in the last bit, and so it comes back as if the user had moved the handle: late,
    perhaps when the slider shows something else already. And a value that is written back while
    the handle moves pulls it to where it was.
    """

    min: float
    max: float
    step: float
    value: float

    def __init__(self, *, step: float, **options: Any) -> None:
        digits = len(f"{step:g}".partition(".")[2])
        super().__init__(step=step, readout_format=f".{digits}f", **options)
        self._sent: list[float] = []
        self._following = Following()

    def follow(self, value: float) -> None:
        """Show `value`, unless the handle stands there already."""
        if self._on_grid(value) == self._on_grid(self.value):
            return
        with self._following:
            self.value = value
        if not float(self.step).is_integer():  # whole numbers do not come back
            self._sent.append(self._on_grid(value))

    def follow_within(self, value: float, low: float, high: float) -> None:
        """Show `value` on a slider from `low` to `high`."""
        with self._following:  # wider first: a value outside would be moved to the end
            self.min, self.max = min(self.min, low), max(self.max, high)
        self.follow(value)
        with self._following:
            self.min, self.max = low, high

    def on_move(self, callback: Callable[[float], None]) -> None:
        """Call `callback(value)` when the user has moved the handle."""

        def changed(change: dict[str, Any]) -> None:
            value = self._on_grid(change["new"])
            if value in self._sent:  # our own, come back: so has all that was sent before
                del self._sent[: self._sent.index(value) + 1]
                return
            self._sent.clear()
            callback(value)

        self.observe(self._following.by_hand(changed), "value")

    def _on_grid(self, value: float) -> float:
        return round(round(value / self.step) * self.step, 6)
