"""Kernels that are forked: what they share, what is their own, and how they end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client import KernelManager

from explorer.serving.kernels.forked import ForkedProcess, Nursery

STATE = """
import os, random, sys, threading
import numpy as np
print(os.getppid(), os.getcwd(), os.environ["GREETING"], "HOME" in os.environ, os.getsid(0))
print(random.random(), np.random.rand())
print("bokeh" in sys.modules, os.environ.get("OMP_NUM_THREADS"))
import mxnet as mx
print((mx.nd.ones((2, 3)) * 2).sum().asscalar())
"""


@pytest.fixture
def nursery(monkeypatch: pytest.MonkeyPatch) -> Iterator[Nursery]:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    made = Nursery()
    yield made
    made.close()


class Kernel:
    """A forked kernel and a way to talk to it."""

    def __init__(self, nursery: Nursery, folder: Path, **env: str) -> None:
        manager = KernelManager(connection_file=str(folder / "kernel.json"), transport="ipc")
        manager.ip = str(folder / "kernel")
        manager.write_connection_file()
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        self.process: ForkedProcess = nursery.fork(
            ["-f", manager.connection_file], {**kept, **env}, str(folder)
        )
        self._client = manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)

    def run(self, code: str) -> list[str]:
        """Return the lines that `code` prints."""
        text = ""

        def listen(message: dict[str, Any]) -> None:
            nonlocal text
            text += message["content"].get("text", "")

        self._client.execute_interactive(code, output_hook=listen, timeout=60)
        return text.splitlines()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self._client.stop_channels()


def folder(tmp_path: Path, name: str) -> Path:
    made = tmp_path / name
    made.mkdir()
    return made


def test_a_kernel_says_at_once_what_widgets_there_are(nursery: Nursery, tmp_path: Path) -> None:
    kernel = Kernel(nursery, folder(tmp_path, "one"))
    targets = kernel.run("print(*sorted(get_ipython().kernel.comm_manager.targets))")
    kernel.end()
    assert targets == ["jupyter.widget jupyter.widget.control"]


def test_two_kernels_share_what_is_imported_and_nothing_else(
    nursery: Nursery, tmp_path: Path
) -> None:
    one = Kernel(nursery, folder(tmp_path, "one"), GREETING="hello")
    two = Kernel(nursery, folder(tmp_path, "two"), GREETING="good day")
    where, numbers, shared, computed = one.run(STATE)
    elsewhere, other_numbers, _, computed_too = two.run(STATE)
    parent = where.split()[0]
    assert where == f"{parent} {tmp_path / 'one'} hello False {one.process.pid}"
    assert elsewhere == f"{parent} {tmp_path / 'two'} good day False {two.process.pid}"
    assert len({*numbers.split(), *other_numbers.split()}) == 4
    assert shared.split()[0] == "True"
    assert float(computed) == float(computed_too) == 12.0
    alone = psutil.Process(one.process.pid).memory_full_info()
    assert alone.uss < alone.rss / 2
    one.end()
    two.end()


def test_the_end_of_a_kernel_is_noticed_and_leaves_no_zombie(
    nursery: Nursery, tmp_path: Path
) -> None:
    kernel = Kernel(nursery, tmp_path)
    assert kernel.process.poll() is None
    kernel.end()
    assert kernel.process.poll() == 0
    assert not psutil.pid_exists(kernel.process.pid)
    kernel.process.kill()  # says nothing when there is nothing to end


def test_a_dead_nursery_is_replaced_and_takes_its_kernels_along(
    nursery: Nursery, tmp_path: Path
) -> None:
    orphan = Kernel(nursery, folder(tmp_path, "orphan"))
    (parent,) = orphan.run("import os; print(os.getppid())")
    psutil.Process(int(parent)).kill()
    assert orphan.process.wait() == 0
    orphan.end()
    kernel = Kernel(nursery, folder(tmp_path, "next"))
    (other,) = kernel.run("import os; print(os.getppid())")
    assert other != parent
    kernel.end()


def test_a_fork_that_fails_is_an_error_and_ends_no_kernel(nursery: Nursery, tmp_path: Path) -> None:
    kernel = Kernel(nursery, folder(tmp_path, "kernel"))
    (parent,) = kernel.run("import os; print(os.getppid())")
    process, files = psutil.Process(int(parent)), psutil.RLIMIT_NOFILE
    soft, hard = process.rlimit(files)
    process.rlimit(files, (0, hard))  # there is none left for it
    with pytest.raises(RuntimeError, match=r"could not fork: .*Too many open files"):
        nursery.fork(["-f", "nowhere"], {}, str(tmp_path))
    process.rlimit(files, (soft, hard))
    assert kernel.run("print('here')") == ["here"]
    another = Kernel(nursery, folder(tmp_path, "another"))
    assert another.run("import os; print(os.getppid())") == [parent]
    another.end()
    kernel.end()


def test_it_says_when_it_is_ready(tmp_path: Path) -> None:
    made = Nursery()
    try:
        assert not made.is_ready()  # its imports take seconds
        kernel = Kernel(made, tmp_path)
        assert made.is_ready()
        kernel.end()
    finally:
        made.close()


def test_a_server_that_ends_before_it_has_listened_is_no_error() -> None:
    link, other = socket.socketpair()
    with other:
        nursery = subprocess.Popen(
            [sys.executable, "-m", "explorer.serving.kernels.nursery", str(other.fileno())],
            pass_fds=[other.fileno()],
            stderr=subprocess.PIPE,
        )
    assert link.recv(1, socket.MSG_PEEK) == b"."
    link.close()  # with the byte unread: the other end is reset
    _, said = nursery.communicate(timeout=60)
    assert (nursery.returncode, said) == (0, b"")
