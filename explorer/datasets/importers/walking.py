"""What every importer does for each of its files: say how far it is, and stop when asked to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from explorer.datasets.folder_in_place import CancelledError
from explorer.i18n import _

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]
_Item = TypeVar("_Item")


def walk(
    items: Sequence[_Item], progress: Progress | None, cancelled: Cancelled | None
) -> Iterator[_Item]:
    """Yield the items.

    Parameters
    ----------
    progress : callable(done, total), optional
        Called after each item.
    cancelled : callable() -> bool, optional
        Asked after each item.

    Raises
    ------
    CancelledError
        If `cancelled` returned True.
    """
    for done, item in enumerate(items, start=1):
        yield item
        if progress is not None:
            progress(done, len(items))
        if cancelled is not None and cancelled():
            text = _("stopped after {done} of {num_items}")
            raise CancelledError(text.format(done=done, num_items=len(items)))
