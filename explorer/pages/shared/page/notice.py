"""One sentence beside a control: what went wrong or what is going on, never a traceback."""

from __future__ import annotations

import html
import inspect
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Literal, TypeVar

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.shared.page.parts import show

log = logging.getLogger("explorer.pages")
Kind = Literal["error", "info", "success"]
Function = TypeVar("Function", bound=Callable[..., Any])
Guard = Callable[[Callable[..., Any]], Callable[..., Any]]
"""What `guarded` returns: whoever makes controls decorates their callbacks with it."""


class Notice(widgets.HTML):
    """A line that is empty until `say` or `fail` fills it; it escapes all HTML.

    An error has ``role="alert"``, so that a screen reader speaks it at once; other kinds have
    ``role="status"``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.add_class("ssdx-notice")
        self.clear()

    def say(self, text: str, kind: Kind = "info") -> None:
        """Show `text`; an empty text clears the line."""
        self.text = text
        role = "alert" if kind == "error" else "status"
        line = f'<p class="ssdx-{kind}" role="{role}">{html.escape(text)}</p>'
        self.value = line if text else ""
        show(text, self)

    def fail(self, text: str) -> None:
        """Show `text` as an error."""
        self.say(text, "error")

    def clear(self) -> None:
        """Take the line away."""
        self.say("")


def guarded(notice: Notice) -> Callable[[Function], Function]:
    """Decorate a callback (plain or async) so that an exception becomes a line in `notice`.

    A `ValueError` is ours: its sentence says what to do and is shown as it is. Anything else
    is shown as one sentence with an id, and logged with its traceback under that id. A call
    that succeeds clears the error that an earlier call left there.
    """

    def decorate(callback: Function) -> Function:
        shown: list[str] = []

        @contextmanager
        def guard() -> Iterator[None]:
            try:
                yield
            except Exception as error:  # noqa: BLE001 whatever it is, the page must say it
                shown[:] = [_report(notice, error)]
                return
            if shown and notice.text == shown.pop():
                notice.clear()

        @wraps(callback)
        def call(*args: Any, **kwargs: Any) -> Any:
            with guard():
                return callback(*args, **kwargs)

        @wraps(callback)
        async def call_async(*args: Any, **kwargs: Any) -> Any:
            with guard():
                return await callback(*args, **kwargs)

        return call_async if inspect.iscoroutinefunction(callback) else call  # type: ignore

    return decorate


def _report(notice: Notice, error: Exception) -> str:
    """Show and log `error`; return what is shown."""
    name = secrets.token_hex(3)
    log.error("error %s on a page", name, exc_info=error)
    if type(error) is ValueError and str(error):
        text = str(error)
    else:
        text = _("Something went wrong (error {id}); the server's log says what.").format(id=name)
    notice.fail(text)
    return text
