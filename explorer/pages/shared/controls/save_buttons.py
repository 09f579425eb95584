"""Buttons that save files which the kernel makes when they are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
from traitlets import Dict

from explorer.pages.shared.controls.saved_file import SavedFile
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.timing.background import start


class SaveButtons(anywidget.AnyWidget):
    """A row of buttons; see `save_buttons.js`.

    A file goes to the browser as a message: nothing is written on the server, and nothing is
    asked of the network.

    Parameters
    ----------
    labels : mapping of str to str
        What the button of each kind of file says.
    maker : callable
        Called on the kernel's loop; returns what makes the file of a kind, which a thread then
        does.
    problem : Notice
        Says why there is no file.
    """

    _esm = Path(__file__).parent / "save_buttons.js"
    labels = Dict().tag(sync=True)

    def __init__(
        self,
        labels: Mapping[Any, str],
        maker: Callable[[Any], Callable[[], SavedFile]],
        problem: Notice,
    ) -> None:
        super().__init__(labels=dict(labels))
        self._maker = maker
        self._made = guarded(problem)(self._make)
        self.on_msg(self._asked)

    def _asked(self, _widget: Any, content: dict[str, Any], _buffers: list[memoryview]) -> None:
        start(self._answer(content["id"], content["kind"]))

    async def _answer(self, request: str, kind: str) -> None:
        """Send a file, or nothing: the button waits for an answer."""
        made = await self._made(kind)
        if made is None:
            self.send({"id": request})
        else:
            file = {"name": made.name, "media_type": made.media_type}
            self.send({"id": request, **file}, [made.content])

    async def _make(self, kind: str) -> SavedFile:
        return await asyncio.get_running_loop().run_in_executor(None, self._maker(kind))
