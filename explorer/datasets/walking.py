"""What all long work does for each of its items: say how far it is, and stop when asked to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from explorer.datasets.folder_in_place import CancelledError
from explorer.i18n import _

Progress = Callable[[int, int], None]
"""Called with the numbers of items done and in all: images, where nothing else is said."""

Cancelled = Callable[[], bool]
"""Asked after each item; where it returns True, the work ends with a `CancelledError`."""

_Item = TypeVar("_Item")


def walk(
    items: Sequence[_Item],
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    stopped: str = "",
) -> Iterator[_Item]:
    """Yield the items.

    Parameters
    ----------
    stopped : str
        What the `CancelledError` says, with places for `done` and `total`.
    """
    for done, item in enumerate(items, start=1):
        yield item
        if progress is not None:
            progress(done, len(items))
        if cancelled is not None and cancelled():
            text = stopped or _("stopped after {done} of {total}")
            raise CancelledError(text.format(done=done, total=len(items)))
