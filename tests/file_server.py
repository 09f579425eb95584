"""A server of files on this machine, for what downloads."""

from __future__ import annotations

import functools
import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class FileServer(http.server.ThreadingHTTPServer):
    """Serves a folder, and remembers what it was asked for."""

    cut = ""
    """The path of a file that breaks off in its middle, such as /a.rec."""
    slow = ""
    """That of one whose second half comes when `goes_on` is set."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        self.goes_on = threading.Event()
        super().__init__(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder)))

    @property
    def address(self) -> str:
        """Of the folder, with a slash at its end."""
        return f"http://127.0.0.1:{self.server_port}/"


class _Handler(http.server.SimpleHTTPRequestHandler):
    server: FileServer

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path not in (self.server.cut, self.server.slow):
            super().do_GET()
            return
        content = Path(self.translate_path(self.path)).read_bytes()
        half = len(content) // 2
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:half])
        if self.path == self.server.slow:
            self.server.goes_on.wait(60)
            with suppress(OSError):  # nobody wants it any more
                self.wfile.write(content[half:])

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(folder: Path) -> Iterator[FileServer]:
    """Serve a folder meanwhile."""
    with FileServer(folder) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def nobody_answers() -> Iterator[str]:
    """Yield an address at which a connection is refused."""
    with socket.socket() as taken:  # bound and never listening
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/"
