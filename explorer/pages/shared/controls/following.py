"""Tells the user's changes from those of a panel that shows what its model says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from traitlets import HasTraits


class Following:
    """A panel sets its controls ``with`` this, and what listens to the user is deaf meanwhile.

    Parameters
    ----------
    guard : callable, optional
        Decorates what `listen` calls: it says what goes wrong, see `guarded`.
    """

    def __init__(self, guard: Callable[[Any], Any] = lambda callback: callback) -> None:
        self._guard = guard
        self._depth = 0

    def __enter__(self) -> None:
        self._depth += 1

    def __exit__(self, *_error: object) -> None:
        self._depth -= 1

    def listen(self, control: HasTraits, take: Callable[[Any], object]) -> None:
        """Call `take` with the control's value when the user changes it to anything but None."""

        def changed(change: dict[str, Any]) -> None:
            if change["new"] is not None:
                take(change["new"])

        control.observe(self._guard(self.by_hand(changed)), "value")

    def offer(self, choice: Any, options: Iterable[Any], value: Any) -> None:
        """Let a list have these options, which are sent if they are others, and choose a value."""
        options = list(options)
        with self:
            if list(choice.options) != options:
                choice.options = options
            choice.value = value

    def by_hand(self, callback: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return `callback`, called for the user's changes alone."""

        @wraps(callback)
        def call(change: Any) -> None:
            if not self._depth:
                callback(change)

        return call
