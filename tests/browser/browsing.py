"""The server and the browser with which pages are tested and measured."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psutil

from tests.places import ROOT

ARTIFACTS = ROOT / "test-artifacts"
TOKEN = "a-token-for-tests"
SIZES = {"desktop": (1280, 800), "mobile": (390, 844)}
PATIENCE_S = 120.0
"""How long a page may take: the machine may be busy, speed is measured in benchmarks."""

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A camera that shows a moving pattern, for the pages that ask for one.
    "--use-fake-device-for-media-stream",
]


def chromium() -> str | None:
    """Return the path of a Chromium or Chrome, `$CHROMIUM` first."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@dataclass
class Server:
    """A running ``ssd-explorer run``."""

    port: int
    runs: Path
    process: subprocess.Popen[bytes]
    data: Path | None = None

    def address(self, path: str = "", **query: str) -> str:
        """Return the address of `path`, the token in it."""
        return f"http://127.0.0.1:{self.port}/{path}?{urlencode({'token': TOKEN, **query})}"

    def get(self, path: str = "", token: str = TOKEN) -> tuple[int, str]:
        """Return status and text of a plain GET without a cookie."""
        query = f"?token={token}" if token else ""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}{query}") as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def kernel_process(self, kernel_id: str) -> psutil.Process:
        """Return the process of a page's kernel, which holds sockets of its name."""
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                sockets = (str(socket.laddr) for socket in process.net_connections("unix"))
                if any(f"kernel-{kernel_id}" in address for address in sockets):
                    return process
        raise LookupError(f"no process has kernel {kernel_id}")

    def shut_down_kernel(self, kernel_id: str) -> None:
        """End the kernel of a page, as a crash would."""
        asked = urllib.request.Request(
            self.address(f"voila/api/shutdown/{kernel_id}"), method="POST"
        )
        urllib.request.urlopen(asked).close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_server(
    port: int,
    runs: Path,
    log: Path,
    token: str = TOKEN,
    data: Path | None = None,
    max_pages: int | None = None,
    **variables: str,
) -> subprocess.Popen[bytes]:
    """Start our server as a user does; it is not ready yet.

    Data sets are those of this machine, or of the folder `data`; `variables` are of the
    environment.
    """
    environment = {
        **os.environ,
        **({"SSD_EXPLORER_DATA": str(data)} if data else {}),
        "SSD_EXPLORER_RUNS": str(runs),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        **variables,
    }
    asked = f"port={port}, token={token!r}, max_pages={max_pages}"
    code = f"from explorer.serving.server import serve; serve({asked})"
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=runs,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


@contextmanager
def plain_voila(notebook: Path, log: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve one notebook as ``voila`` does in the repository's root; the address and process."""
    port = free_port()
    command = [sys.executable, "-m", "voila", str(notebook), "--no-browser", f"--port={port}"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_until_up(port, process)
        yield f"http://127.0.0.1:{port}/", process
    finally:
        # How fast it ends after Ctrl-C is Voila's affair: while it warms up a kernel it may hang.
        with suppress(subprocess.TimeoutExpired):
            stop_server(process)


def stop_server(process: subprocess.Popen[bytes]) -> int:
    """End a server as Ctrl-C does, and return its exit code."""
    process.send_signal(signal.SIGINT)
    try:
        return process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


def wait_until_up(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when the server answers; fail if it ends or stays silent."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with code {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the server did not answer")
