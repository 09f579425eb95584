"""The process whose copies the pages' kernels are, so that they share what it has imported.

A kernel that is started by itself imports Bokeh, ipywidgets, MXNet and the page: 100 to 160 MB that
no other kernel can use. A fork of a process that has imported all this holds only what it changes.

``python -m explorer.serving.kernels.nursery FD`` reads a line of JSON for each kernel from the
socket FD, and answers with its process id and a file descriptor of the process; a byte says when it
begins to. It ends with the socket, and its kernels with it (ipykernel asks each second whether its
parent lives).

A fork takes one thread along, so nothing here starts any. MXNet has some as soon as it is used, and
stops and starts them around each fork by itself. CUDA survives no fork: with MXNet for GPUs each
kernel imports its own.
"""

from __future__ import annotations

import gc
import importlib
import json
import logging
import os
import random
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

import ipywidgets
import numpy as np
from ipykernel.kernelapp import IPKernelApp

from explorer.engine.gpus import mxnet_computes_on_gpus

_SHARED = (
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "explorer.pages.shared.page.library",
    "explorer.pages.anchors.page",
    "explorer.pages.train.page",
    "explorer.pages.detect.page",
    "explorer.pages.data.page",
)
READY = b"."
"""Said when all is imported."""

_SHARED_ON_CPU = ("explorer.engine.operators",)


def main() -> None:
    """Import what pages need, then make kernels until nobody can ask for one any more."""
    link = socket.socket(fileno=int(sys.argv[1]))
    sys.path.pop(0)  # the folder of this checkout, which no kernel has there
    _import_shared()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a kernel that has ended
    with link:
        order = _new_kernel(link)
    if order is not None:
        _become_kernel(**json.loads(order))


def _new_kernel(link: socket.socket) -> bytes | None:
    """Return in each new process what it is to be; in this one None, when the server is gone."""
    with suppress(ConnectionError), link.makefile("rb") as orders:
        link.sendall(READY)
        for order in orders:
            if _is_new_kernel(link):
                return order
    return None


def _is_new_kernel(link: socket.socket) -> bool:
    """Fork: return True in the new process; in this one say on `link` which it is, or why none."""
    pid = -1
    try:
        pid = os.fork()
        if pid == 0:
            return True
        process = os.pidfd_open(pid)
    except OSError as error:  # no memory, say: the kernels that there are go on
        if pid > 0:
            os.kill(pid, signal.SIGKILL)
        link.sendall(str(error).encode())
        return False
    socket.send_fds(link, [str(pid).encode()], [process])
    os.close(process)
    return False


def _import_shared() -> None:
    for name in _SHARED if mxnet_computes_on_gpus() else _SHARED + _SHARED_ON_CPU:
        try:
            importlib.import_module(name)
        except Exception:  # the page that needs it will fail alike, and say so
            logging.exception("cannot import %s", name)
    # Imported within a kernel it does so by itself. Without, a page asks for each widget alone.
    ipywidgets.register_comm_target()
    gc.collect()
    gc.freeze()  # a look for garbage would write to every object, and so copy it


def _become_kernel(argv: list[str], env: dict[str, str], cwd: str) -> None:
    parent = os.getppid()
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    random.seed()
    np.random.seed()  # noqa: NPY002 - whoever asks the global generator
    app: Any = IPKernelApp
    app.launch_instance([*argv, f"--IPKernelApp.parent_handle={parent}"])


if __name__ == "__main__":
    main()
