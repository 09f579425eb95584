"""Tells the user's changes from those of a view that shows what its model says."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import Any

__all__ = ["Following"]


class Following:
    """A view sets its controls ``with`` this, and what listens to the user is deaf meanwhile."""

    def __init__(self) -> None:
        self._on = False

    def __enter__(self) -> None:
        self._on = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._on = False

    def by_hand(self, callback: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return `callback`, called for the user's changes alone."""

        @wraps(callback)
        def call(change: Any) -> None:
            if not self._on:
                callback(change)

        return call
