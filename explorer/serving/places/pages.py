"""What a browser gets that asks for a page: the page, or a place in the queue."""

from __future__ import annotations

import json
import secrets
from typing import Any

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado.ioloop import IOLoop
from tornado.web import authenticated
from tornado.websocket import WebSocketHandler
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler

from explorer.i18n import _, ngettext
from explorer.serving.places.places import Place, Places

_READING_S = 20.0
"""How long a browser may take from the end of a page's document to its first WebSocket."""
_BROWSER = "ssdx-browser"
_BAD_TICKET = 4404
CALL_EVERY_MS = 500
"""How often to look who may come."""


class PageHandler(TornadoVoilaHandler):  # type: ignore[misc]
    """Opens a page where there is a place for it."""

    def initialize(self, places: Places, **kwargs: Any) -> None:
        """Take what Voila gives its handler, and `places`."""
        super().initialize(**kwargs)
        self._places = places
        self._place: Place | None = None
        self._heard = ""

    async def prepare(self) -> None:
        """Set the cookie without which a page that is closed may not end its kernel."""
        await super().prepare()
        self.xsrf_token  # noqa: B018 - reading it sets it

    @property
    def kernel_manager(self) -> Any:
        """The server's, which tells the place which kernel it gives to this page."""
        return _Reception(super().kernel_manager, self)

    @authenticated
    async def get(self, path: str | None = None) -> None:
        """Send the page, or let the browser wait."""
        browser = self.get_cookie(_BROWSER) or secrets.token_hex(16)
        self.set_cookie(_BROWSER, browser, path=self.base_url, httponly=True, samesite="Lax")
        ticket = self.get_query_argument("ticket", "")
        self._place = self._places.take(browser, ticket)
        if self._place is None:
            self._let_wait(self._places.wait(browser, ticket), path or "")
            return
        try:
            await super().get(path)
        finally:
            if self._place.kernel_id is None:
                self._places.give_back(self._place)
            IOLoop.current().call_later(_READING_S, self._hear_no_more)

    def on_connection_close(self) -> None:
        """Note that the browser went before it had the page."""
        super().on_connection_close()
        self._hear_no_more()

    def opened(self, kernel_id: str) -> None:
        """Note which kernel this page has; while it is sent, somebody hears it."""
        assert self._place is not None
        self._place.kernel_id = self._heard = kernel_id
        super().kernel_manager.notify_connect(kernel_id)

    def _hear_no_more(self) -> None:
        kernel_id, self._heard = self._heard, ""
        if kernel_id:
            super().kernel_manager.notify_disconnect(kernel_id)

    def _let_wait(self, ticket: str, path: str) -> None:
        self.set_status(503)
        self.set_header("Content-Type", "text/html")
        self.set_header("Cache-Control", "no-store")
        page = path.removesuffix(".ipynb")
        full = _full_sentence(self._places)
        self.finish(self.render_template("full.html", ticket=ticket, here=page, full=full))


class _Reception:
    """A kernel manager as one page sees it."""

    def __init__(self, kernels: Any, page: PageHandler) -> None:
        self._kernels = kernels
        self._page = page

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kernels, name)

    async def get_rendered_notebook(self, *args: Any, **kwargs: Any) -> Any:
        given = await self._kernels.get_rendered_notebook(*args, **kwargs)
        self._page.opened(given[-1])
        return given

    async def start_kernel(self, *args: Any, **kwargs: Any) -> str:
        kernel_id: str = await self._kernels.start_kernel(*args, **kwargs)
        self._page.opened(kernel_id)
        return kernel_id


class LeaveHandler(VoilaShutdownKernelHandler):  # type: ignore[misc]
    """Ends the kernel of a page that is closed, and keeps its place for a moment."""

    def initialize(self, places: Places) -> None:
        """Take the places of the server."""
        self._places = places

    async def post(self, kernel_id: str) -> None:
        """Do as Voila does; it asks who this is."""
        if self.current_user:
            self._places.leave(kernel_id)
        await super().post(kernel_id)


class Waiting(WebSocketMixin, WebSocketHandler, JupyterHandler):  # type: ignore[misc]
    """Tells a browser that waits how many are before it, and when it may come."""

    def initialize(self, places: Places, guests: dict[str, Waiting]) -> None:
        """Take the places of the server, and all who wait, by their tickets."""
        self._places = places
        self._guests = guests
        self._said = ""

    def set_default_headers(self) -> None:
        """Set none: a WebSocket has no document."""

    @ws_authenticated
    async def get(self, ticket: str) -> None:
        """Open the WebSocket of a ticket."""
        self._ticket = ticket
        await super().get(ticket)

    def open(self, ticket: str) -> None:
        """Begin to listen for what `say` says."""
        super().open()
        if self._places.hear(ticket, present=True):
            self._guests[ticket] = self
        else:
            self.close(_BAD_TICKET)

    def on_message(self, message: str | bytes) -> None:
        """Ignore it: who waits has nothing to say."""

    def on_close(self) -> None:
        """Note that the browser has gone, unless another WebSocket of its has come."""
        if self._guests.get(self._ticket) is self:
            del self._guests[self._ticket]
            self._places.hear(self._ticket, present=False)

    def say(self, ahead: int) -> None:
        """Tell how many are before this one; -1: it may come."""
        said = json.dumps(
            {
                "enter": ahead < 0,
                "full": _full_sentence(self._places),
                "turn": ngettext(
                    "{n} visitor is before you.", "{n} visitors are before you.", ahead
                )
                if ahead
                else _("You are next."),
            }
        )
        if said != self._said and self.ws_connection is not None:
            self._said = said
            self.write_message(said)


def call_guests(places: Places, guests: dict[str, Waiting]) -> None:
    """Tell each who waits where it stands."""
    for ticket, ahead in places.call().items():
        if ticket in guests:
            guests[ticket].say(ahead)


def _full_sentence(places: Places) -> str:
    text = _("The server is full: {open} of {number} pages are open.")
    return text.format(open=places.num_open, number=places.number)
