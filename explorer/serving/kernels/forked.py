"""Kernels that come from the nursery, for Jupyter like any others."""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from importlib.metadata import EntryPoint
from typing import Any

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

from explorer.files import CHECKOUT

PROVISIONER = "forked"
_LAUNCHER = ["-m", "ipykernel_launcher"]


class Nursery:
    """The process of `nursery.py`; it begins to import at once, and a dead one is replaced."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._start()

    def fork(self, argv: list[str], env: dict[str, str], cwd: str) -> ForkedProcess:
        """Return a new kernel; wait until there can be one.

        Raises
        ------
        RuntimeError
            If it cannot make one.
        ConnectionError
            If it ends each time it is started.
        """
        order = json.dumps({"argv": argv, "env": env, "cwd": cwd}).encode() + b"\n"
        with self._one_at_a_time:
            try:
                return self._ask(order)
            except ConnectionError:
                self.close()
                self._start()
                return self._ask(order)

    def is_ready(self) -> bool:
        """Say whether `fork` answers at once; False while it imports, or another one waits."""
        if not self._one_at_a_time.acquire(blocking=False):
            return False
        try:
            return self._is_ready or self._can_be_read(0)
        finally:
            self._one_at_a_time.release()

    def close(self) -> None:
        """End it, and all kernels that it made."""
        self._link.close()
        self._process.kill()
        self._process.wait()

    def _start(self) -> None:
        self._is_ready = False
        self._link, other = socket.socketpair()
        with other:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "explorer.serving.kernels.nursery", str(other.fileno())],
                cwd=CHECKOUT,
                # By this name a process knows that it is a page's, and not JupyterLab's.
                env={**os.environ, "VOILA_BASE_URL": "/"},
                stdin=subprocess.DEVNULL,
                pass_fds=[other.fileno()],
                start_new_session=True,
            )

    def _can_be_read(self, timeout_ms: int | None) -> bool:
        link = select.poll()
        link.register(self._link, select.POLLIN)
        return bool(link.poll(timeout_ms))

    def _ask(self, order: bytes) -> ForkedProcess:
        if not self._is_ready:
            if not self._link.recv(1):  # the word that all is imported
                raise ConnectionResetError
            self._is_ready = True
        self._link.sendall(order)
        answer, files, _flags, _address = socket.recv_fds(self._link, 64, 1)
        if not answer:
            raise ConnectionResetError
        if not files:
            raise RuntimeError(f"the nursery could not fork: {answer.decode()}")
        return ForkedProcess(int(answer), files[0])


class ForkedProcess:
    """What `subprocess.Popen` is for a child, for a process that is none.

    Parameters
    ----------
    pid : int
        Its session and its group, too.
    descriptor : int
        Means this process even when another one has its number later.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, descriptor: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._descriptor = descriptor
        self._end = select.poll()
        self._end.register(descriptor, select.POLLIN)

    def poll(self) -> int | None:
        """Return None while it runs; with what code it ended, nobody can say."""
        return self._wait(0)

    def wait(self) -> int | None:
        """Return when it has ended."""
        return self._wait(None)

    def send_signal(self, number: int) -> None:
        """Send a signal to it, if it still runs."""
        with suppress(ProcessLookupError):
            if self.poll() is None:
                signal.pidfd_send_signal(self._descriptor, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def _wait(self, timeout_ms: int | None) -> int | None:
        if self.returncode is None and self._end.poll(timeout_ms):
            os.close(self._descriptor)
            self.returncode = 0
        return self.returncode


class ForkedProvisioner(LocalProvisioner):
    """Starts kernels in the nursery of the server, `Voila.nursery`."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork a kernel of this Python; one of another starts by itself.

        So does the first one of a server: who comes at once would have to wait for all imports.
        """
        nursery: Nursery = self.parent.parent.parent.nursery
        if cmd[:3] == [sys.executable, *_LAUNCHER] and nursery.is_ready():
            order = (cmd[3:], kwargs["env"], kwargs["cwd"])
            with suppress(RuntimeError, OSError):
                self.process = await asyncio.to_thread(nursery.fork, *order)
                self.pid = self.pgid = self.process.pid
                self.cwd = kwargs["cwd"]
                return self.connection_info
        return await super().launch_kernel(cmd, **kwargs)


def register() -> None:
    """Let Jupyter know of `ForkedProvisioner` by the name `PROVISIONER`."""
    group = KernelProvisionerFactory.GROUP_NAME
    value = f"{ForkedProvisioner.__module__}:{ForkedProvisioner.__name__}"
    KernelProvisionerFactory.provisioners[PROVISIONER] = EntryPoint(PROVISIONER, value, group)
