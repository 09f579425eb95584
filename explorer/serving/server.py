"""Serve the dashboards of `apps/` with one command: what ``ssd-explorer run`` does.

It is Voila with `voila.json`, told what plain Voila does not do by itself: the port is the one
that was asked for, nobody without the token gets in, and Jupyter finds a folder to write to even
where HOME is read-only.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import secrets
import shutil
import signal
import socket
import threading
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import Any

import typer
from jupyter_server.utils import url_path_join
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.netutil import bind_sockets
from traitlets.config import Config
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler

from explorer.files import CHECKOUT
from explorer.i18n import _, language, ngettext, reason_of
from explorer.serving.kernels.forked import PROVISIONER, Nursery, register
from explorer.serving.kernels.silence import LOOK_S, PING_MS, PONG_MS, SILENCE_S, HeardKernels
from explorer.serving.places.capacity import available_memory, pages_that_fit
from explorer.serving.places.pages import (
    CALL_EVERY_MS,
    LeaveHandler,
    PageHandler,
    Waiting,
    call_guests,
)
from explorer.serving.places.places import Places
from explorer.serving.writable import find_writable_places

_TEMPLATE = CHECKOUT / "explorer" / "pages" / "template"
_HOST = "127.0.0.1"
"""Where to listen: who reaches a kernel can run code, so no other machine does."""


def serve(
    port: int, token: str | None, open_browser: bool = False, max_pages: int | None = None
) -> None:
    """Serve the dashboards until Ctrl-C or SIGTERM; print the one address to open.

    Parameters
    ----------
    port : int
        Never another one: a bookmark stays good.
    token : str, optional
        What an address must carry; None makes a random one, "" lets everybody in.
    open_browser : bool
        Open the address in the user's browser.
    max_pages : int, optional
        How many pages can be open at once; None: as many as the memory that is free now can hold.

    Raises
    ------
    ValueError
        If the port cannot be had, or there is no folder of dashboards.
    """
    apps = _apps_folder()
    sockets = _listen(port)
    if token is None:
        token = secrets.token_hex(16)
    find_writable_places()
    # A dashboard computes little; training's own process takes all the cores.
    os.environ["OMP_NUM_THREADS"] = "1"
    address = f"http://{_HOST}:{port}/" + (f"?token={token}" if token else "")
    server = _Server.instance(  # as the one application, its log is everybody's
        config_file_paths=[str(CHECKOUT)],
        log_level=logging.ERROR,
        open_browser=False,
    )
    # It takes Jupyter's milliseconds between pings for seconds, and says that they cannot be.
    logging.getLogger("tornado.general").setLevel(logging.ERROR)
    register()
    server.sockets = sockets
    server.max_pages = max_pages or pages_that_fit(available_memory())
    server.nursery = Nursery()
    server.overrides = _overrides(apps, port, token)
    server.ready = lambda: _say_where(address, server.max_pages, open_browser)
    with suppress(KeyboardInterrupt):  # Ctrl-C is how it ends
        server.initialize([])
        server.start()


def _apps_folder() -> Path:
    """Return the folder of the dashboards' notebooks; raise `ValueError` without it."""
    apps = CHECKOUT / "apps"
    if not (apps / "anchors.ipynb").is_file():
        text = _(
            "there are no dashboards (apps/) in {place}: install the package from a clone, with "
            "`pip install -e .`"
        )
        raise ValueError(text.format(place=CHECKOUT))
    return apps


class _Server(Voila):  # type: ignore[misc]
    """Voila on sockets that are open already, with settings that no file overrides."""

    sockets: list[socket.socket]
    max_pages: int
    overrides: Config
    nursery: Nursery
    ready: Any

    def load_config_file(self, *args: Any, **kwargs: Any) -> None:
        super().load_config_file(*args, **kwargs)
        self.update_config(self.overrides)

    def init_settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = super().init_settings()
        # Another name for this machine in a request is a web page that tries to get in.
        settings["allow_remote_access"] = False
        settings.update(ws_ping_interval=PING_MS, ws_ping_timeout=PONG_MS)
        settings["voila_jinja2_env"].globals.update(_=_, language=language)
        return settings

    def init_handlers(self) -> list[Any]:
        kernels = self.kernel_manager
        places = Places(self.max_pages, lambda kernel_id: kernel_id in kernels)
        guests: dict[str, Waiting] = {}
        PeriodicCallback(lambda: call_guests(places, guests), CALL_EVERY_MS).start()
        ours = {TornadoVoilaHandler: PageHandler, VoilaShutdownKernelHandler: LeaveHandler}
        handlers = [
            (pattern, ours[handler], {**dict(*rest), "places": places})
            if handler in ours
            else (pattern, handler, *rest)
            for pattern, handler, *rest in super().init_handlers()
        ]
        waiting = url_path_join(self.server_url, r"/voila/places/([\w-]+)")
        return [(waiting, Waiting, {"places": places, "guests": guests}), *handlers]

    def listen(self) -> None:
        HTTPServer(self.app).add_sockets(self.sockets)
        self.ioloop = IOLoop.current()
        self.ioloop.add_callback(self.ready)
        # As a callback, so that Ctrl-C never breaks into the middle of starting a kernel.
        loop = asyncio.get_event_loop()
        loop.add_signal_handler(signal.SIGINT, self.ioloop.stop)
        try:
            self.ioloop.start()
        finally:
            self.stop()

    def stop(self) -> None:
        """End the kernels, those that are only starting too, then remove their sockets."""
        # A page that is only being made ends with its kernel, which is no news.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        self.ioloop.run_sync(self._end_kernels)
        self.nursery.close()
        shutil.rmtree(self.connection_dir)

    async def _end_kernels(self) -> None:
        starting = [task for pool in self.kernel_manager._pools.values() for task in pool]
        await asyncio.gather(*starting, return_exceptions=True)
        # Jupyter would interrupt them first, and each would print a traceback. They own nothing:
        # a training is a process of its own.
        for kernel_id in self.kernel_manager.list_kernel_ids():
            await self.kernel_manager.get_kernel(kernel_id).signal_kernel(signal.SIGKILL)
        await self.kernel_manager.shutdown_all(now=True)


def _overrides(apps: Path, port: int, token: str) -> Config:
    """Return what `voila.json` leaves to this launcher."""
    own = {
        "root_dir": str(apps),
        "template_paths": [str(_TEMPLATE)],
        "port": port,
        "ip": _HOST,
        "token": token,
    }
    return Config(
        {
            "Voila": own,
            "VoilaConfiguration": {"multi_kernel_manager_class": HeardKernels},
            "MappingKernelManager": {"cull_interval": LOOK_S, "cull_idle_timeout": SILENCE_S},
            "KernelProvisionerFactory": {"default_provisioner_name": PROVISIONER},
        }
    )


def _listen(port: int) -> list[socket.socket]:
    try:
        return bind_sockets(port, _HOST)
    except OSError as error:
        text = _("cannot listen on {host}, port {port}: {reason}")
        if error.errno == errno.EADDRINUSE:
            text = _(
                "port {port} is in use: end the program that uses it, or choose another with --port"
            )
        reason = reason_of(error).lower()
        raise ValueError(text.format(host=_HOST, port=port, reason=reason)) from None


def _say_where(address: str, max_pages: int, open_browser: bool) -> None:
    typer.echo(_("SSD Explorer is running. Open this address in your browser:"))
    typer.echo(f"\n    {address}\n")
    typer.echo(
        ngettext(
            "There is room for {n} page at a time.",
            "There is room for {n} pages at a time.",
            max_pages,
        )
    )
    typer.echo(_("Ctrl-C stops it; a training that runs goes on."))
    if open_browser:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
