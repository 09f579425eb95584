"""A Bokeh figure as a widget that sends what changes together in one message."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from bokeh.document.events import (
    ColumnDataChangedEvent,
    ColumnsPatchedEvent,
    ColumnsStreamedEvent,
)
from bokeh.models import LayoutDOM
from bokeh.protocol import Protocol
from jupyter_bokeh.widgets import BokehModel

_COLUMNS = (ColumnDataChangedEvent, ColumnsStreamedEvent, ColumnsPatchedEvent)


class FigureWidget(BokehModel):
    """Bokeh's own widget sends each changed source by itself, in three messages.

    The browser then paints in between, and what belongs to one move of a slider comes ten
    milliseconds apart. Here the changes of one turn of the event loop travel as one patch. With no
    running loop (a test, a script) each goes at once.
    """

    def __init__(self, model: LayoutDOM, **options: Any) -> None:
        self._changes: list[Any] = []
        super().__init__(model, **options)

    def _document_patched(self, event: Any) -> None:
        """Take a change of the document; Bokeh calls this."""
        if event.setter is self:
            return  # it came from the browser
        if isinstance(event, _COLUMNS) and any(
            isinstance(waiting, ColumnDataChangedEvent) and waiting.model is event.model
            for waiting in self._changes
        ):
            return  # the source's data is read when the patch is made: all of it is on its way
        self._changes.append(event)
        if len(self._changes) > 1:
            return
        try:
            asyncio.get_running_loop().call_soon(self._flush)
        except RuntimeError:
            self._flush()

    def _flush(self) -> None:
        changes, self._changes = self._changes, []
        patch = Protocol().create("PATCH-DOC", changes)
        for part in (patch.header_json, patch.metadata_json, patch.content_json):
            self.send({"msg": "patch", "payload": part})
        for buffer in patch.buffers:
            self.send({"msg": "patch", "payload": json.dumps(buffer.ref)})
            self.send({"msg": "patch"}, [buffer.to_bytes()])
