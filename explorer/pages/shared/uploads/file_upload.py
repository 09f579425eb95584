"""Files or a folder from the user's own machine, however large: chosen, or dropped on the page."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import anywidget
from traitlets import Dict, List, Unicode

from explorer.i18n import _, reason_of
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.timing.background import start
from explorer.pages.shared.uploads.incoming import Incoming
from explorer.pages.shared.uploads.place import new_place


@dataclass(frozen=True)
class Picker:
    """A button that lets the user choose."""

    text: str
    accept: str = ""
    """The endings of the files to choose from, with commas; empty: all."""
    folder: bool = False
    several: bool = False


class FileUpload(anywidget.AnyWidget):
    """Buttons, and the whole page as a place to drop; see `file_upload.js`.

    Parameters
    ----------
    take : callable
        Gets what has arrived whole, and does the rest.
    guard : callable
        Says what `take` raises; see `guarded`.
    hint : str
        What else than pressing the buttons can be done; empty where another upload says it.
    drop : str
        Shown while files are held over the page; empty where another upload of the page says it.
    endings : sequence of str
        Of dropped files those are taken that end so; empty: all. The others are another upload's.
    """

    _esm = Path(__file__).parent / "file_upload.js"
    texts = Dict().tag(sync=True)
    pickers = List(Dict()).tag(sync=True)
    endings = List(Unicode()).tag(sync=True)

    def __init__(
        self,
        take: Callable[[Incoming], Coroutine[Any, Any, None]],
        guard: Callable[..., Any],
        pickers: Sequence[Picker],
        hint: str = "",
        drop: str = "",
        endings: Sequence[str] = (),
    ) -> None:
        super().__init__(
            pickers=[asdict(picker) for picker in pickers],
            endings=list(endings),
            texts={
                "hint": hint,
                "drop": drop,
                "sending": _("{done} of {all} MB"),
                "cancel": _("Cancel"),
                "several": _("{name} and {more} more"),
                "busy": _("Wait until this upload has ended, or cancel it first."),
                "empty": _("It contains no file."),
                "unreadable": _("A file could not be read: is it still there?"),
            },
        )
        self._take, self._guard = take, guard
        self._incoming: Incoming | None = None
        self.on_msg(self._came)

    def _came(self, _widget: Any, content: dict[str, Any], buffers: list[memoryview]) -> None:
        failed = Notice()
        guarded(failed)(self._do)(content, buffers)
        if failed.text:
            self._forget()
        self.send({"id": content.get("id"), "problem": failed.text})

    def _do(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        what = content["what"]
        if what == "begin":
            self._forget()
            self._incoming = _begin(str(content["name"]), content["bytes"])
        elif what == "forget":
            self._forget()
        elif self._incoming is None:
            raise ValueError(_("The upload was interrupted: please try again."))
        elif what == "piece":
            self._incoming.write(content["path"], buffers[0], content["first"])
        else:
            whole, self._incoming = self._incoming, None
            start(self._take(whole), self._guard)

    def _forget(self) -> None:
        if self._incoming is not None:
            self._incoming.place.cleanup()
            self._incoming = None


def _begin(name: str, num_bytes: int) -> Incoming:
    try:
        place = new_place()
    except OSError as error:
        text = _("Nothing can be stored on this machine: {reason}.")
        raise ValueError(text.format(reason=reason_of(error))) from error
    try:
        return Incoming(place, name, num_bytes)
    except ValueError:
        place.cleanup()
        raise
