"""Pictures from the user: chosen, dropped on the page, pasted, or taken with the camera."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
from traitlets import Dict, Int, List, Unicode

from explorer.i18n import _
from explorer.images import MAX_FILE_MB
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.timing.background import start

Take = Callable[[str, memoryview], Awaitable[str | None] | str | None]


class PictureUpload(anywidget.AnyWidget):
    """Buttons, and the whole page as a place to drop files; see `upload.js`.

    ipywidgets' own FileUpload sends all files in one message, and one that is larger than the
    server's limit vanishes.

    Parameters
    ----------
    take : callable
        Gets the name (hostile until escaped) and the content of one file; returns, or resolves
        to, one sentence if it is no picture. The next file comes when it is done.
    drop : str
        Shown while files are held over the page; by default that pictures can be dropped.
    leave : sequence of str
        Endings of dropped files that another upload of the page takes.
    """

    _esm = Path(__file__).parent / "upload.js"
    accept = Unicode(".jpg,.jpeg,.png,.webp,.bmp,.gif,image/*").tag(sync=True)
    limit_bytes = Int(MAX_FILE_MB * 2**20).tag(sync=True)
    leave = List(Unicode()).tag(sync=True)
    texts = Dict().tag(sync=True)

    def __init__(self, take: Take, drop: str = "", leave: Sequence[str] = ()) -> None:
        super().__init__(
            leave=list(leave),
            texts={
                "choose": _("Your pictures…"),
                "camera": _("Camera"),
                "hint": _("or drop or paste them anywhere on this page"),
                "drop": drop or _("Drop pictures here"),
                "reading": _("Reading picture {number} of {all}…"),
                "too_large": _(
                    "{name} has {size} MB, the limit is {limit} MB: please make it smaller."
                ),
                "unreadable": _("{name} could not be read: is it a folder?"),
                "no_camera": _("The camera cannot be used: {reason}."),
                "shoot": _("Take the picture"),
                "cancel": _("Cancel"),
            },
        )
        self._take = take
        self.on_msg(self._came)

    def _came(self, _widget: Any, content: dict[str, Any], buffers: list[memoryview]) -> None:
        start(self._answer(content, buffers[0]))

    async def _answer(self, content: dict[str, Any], file: memoryview) -> None:
        """Take a file; the browser sends the next one, whatever became of this."""
        failed = Notice()
        problem: str | None = None

        async def take() -> None:
            nonlocal problem
            taken = self._take(content["name"], file)
            problem = await taken if inspect.isawaitable(taken) else taken

        await guarded(failed)(take)()
        self.send({"id": content["id"], "problem": problem or failed.text})
